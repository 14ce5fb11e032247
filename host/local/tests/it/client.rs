//! A minimal S3 client, so that the tests see the wire format.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use obscura_local::Local;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;

const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const DATE: &[time::format_description::FormatItem<'_>] =
    time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");

/// Signs requests to one server.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: String,
    secret: String,
    access: String,
    pub(crate) region: String,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The texts of an XML element, with entities.
    pub(crate) fn all(&self, element: &str) -> Vec<&str> {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let parts = self.text().split(&open).skip(1);
        parts.map(|part| part.split(&close).next().unwrap()).collect()
    }

    pub(crate) fn one(&self, element: &str) -> &str {
        self.all(element).first().copied().unwrap_or_default()
    }
}

impl Client {
    pub(crate) fn new(local: &Local) -> Self {
        Self {
            address: local.s3().address().to_string(),
            secret: local.credentials().secret_access_key.clone(),
            access: local.credentials().access_key_id.clone(),
            region: local.region().to_owned(),
        }
    }

    /// A client of delivery, which needs no signature.
    pub(crate) fn of_delivery(local: &Local) -> Self {
        let address = local.delivery().unwrap().address().to_string();
        Self { address, ..Self::new(local) }
    }

    /// A read request without a signature.
    pub(crate) async fn fetch(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.plain("GET", path, headers, "").await
    }

    pub(crate) fn set_access_key(&mut self, id: &str) {
        self.access = id.to_owned();
    }

    pub(crate) fn set_secret(&mut self, secret: &str) {
        self.secret = secret.to_owned();
    }

    pub(crate) async fn put(&self, key: &str, body: impl Into<Bytes>) -> Answer {
        self.send("PUT", key, &[], &[], body).await.unwrap()
    }

    pub(crate) async fn get(&self, key: &str) -> Answer {
        self.send("GET", key, &[], &[], "").await.unwrap()
    }

    pub(crate) async fn get_with(&self, key: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", key, &[], headers, "").await.unwrap()
    }

    pub(crate) async fn put_with(&self, key: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send("PUT", key, &[], headers, body.to_owned()).await.unwrap()
    }

    pub(crate) async fn delete(&self, key: &str) -> Answer {
        self.send("DELETE", key, &[], &[], "").await.unwrap()
    }

    pub(crate) async fn list(&self, query: &[(&str, &str)]) -> Answer {
        self.send("GET", "", query, &[], "").await.unwrap()
    }

    /// A request without a signature, to any path.
    pub(crate) async fn plain(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", &self.address);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.exchange(request.body(Full::new(body.to_owned().into())).unwrap()).await.unwrap()
    }

    /// A form upload, as sent by a page with a policy.
    pub(crate) async fn form(&self, key: &str) -> Answer {
        let now = time::OffsetDateTime::now_utc().format(DATE).unwrap();
        let scope = format!("{}/us-east-1/s3/aws4_request", &now[..8]);
        let credential = format!("{}/{scope}", self.access);
        let policy = serde_json::json!({
            "expiration": "2099-01-01T00:00:00.000Z",
            "conditions": [
                { "bucket": "bucket" },
                ["starts-with", "$key", ""],
                { "x-amz-algorithm": "AWS4-HMAC-SHA256" },
                { "x-amz-credential": credential },
                { "x-amz-date": now },
            ],
        });
        let policy = base64_simd::STANDARD.encode_to_string(policy.to_string());
        let mut signing = hmac(format!("AWS4{}", self.secret).as_bytes(), &now[..8]);
        for part in ["us-east-1", "s3", "aws4_request"] {
            signing = hmac(&signing, part);
        }
        let signature = hex(&hmac(&signing, &policy));
        let mut body = String::new();
        for (name, value) in [
            ("key", key),
            ("policy", &policy),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
            ("x-amz-credential", &credential),
            ("x-amz-date", &now),
            ("x-amz-signature", &signature),
        ] {
            body += &format!(
                "--form\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        body += "--form\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cat.jpg\"\r\n\
                 Content-Type: image/jpeg\r\n\r\nbytes\r\n--form--\r\n";
        let kind = ("content-type", "multipart/form-data; boundary=form");
        self.plain("POST", "/bucket", &[kind], &body).await
    }

    /// An invocation of a function, signed for a service.
    pub(crate) async fn invoke(&self, function: &str, service: &str, body: &str) -> Answer {
        let path = format!("/2015-03-31/functions/{}/invocations", encode(function));
        let now = time::OffsetDateTime::now_utc().format(DATE).unwrap();
        // The path is encoded again.
        let canonical = format!(
            "POST\n{}\n\nhost:{}\nx-amz-date:{now}\n\nhost;x-amz-date\n{}",
            path.replace('%', "%25"),
            self.address,
            hex(&Sha256::digest(body))
        );
        let authorization =
            self.authorize(&canonical, service, "us-east-1", "host;x-amz-date", &now);
        let headers = [("x-amz-date", now.as_str()), ("authorization", &authorization)];
        self.plain("POST", &path, &headers, body).await
    }

    /// A signed request as text.
    pub(crate) fn raw_get(&self, key: &str) -> String {
        let now = time::OffsetDateTime::now_utc().format(DATE).unwrap();
        let path = format!("/bucket/{key}");
        format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nx-amz-date: {now}\r\n\
             x-amz-content-sha256: UNSIGNED-PAYLOAD\r\nauthorization: {}\r\n\r\n",
            self.address,
            self.sign("GET", &path, "", &now)
        )
    }

    /// An operation on `key` in the bucket `bucket`.
    pub(crate) async fn send(
        &self,
        method: &str,
        key: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let path: Vec<String> = key.split('/').map(encode).collect();
        let path = format!("/bucket/{}", path.join("/"));
        let mut query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        query.sort();
        let query = query.join("&");
        let now = time::OffsetDateTime::now_utc().format(DATE)?;
        let (authorization, hash) = (self.sign(method, &path, &query, &now), "UNSIGNED-PAYLOAD");
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{path}?{query}"))
            .header("host", &self.address)
            .header("x-amz-date", &now)
            .header("x-amz-content-sha256", hash)
            .header("authorization", authorization);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.exchange(request.body(Full::new(body.into()))?).await
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(&self.address).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let response = sender.send_request(request).await?;
        let (parts, body) = response.into_parts();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await?.to_bytes(),
        })
    }

    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>
    fn sign(&self, method: &str, path: &str, query: &str, now: &str) -> String {
        let canonical = format!(
            "{method}\n{path}\n{query}\nhost:{}\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n\
             x-amz-date:{now}\n\nhost;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD",
            self.address
        );
        let headers = "host;x-amz-content-sha256;x-amz-date";
        self.authorize(&canonical, "s3", &self.region, headers, now)
    }

    fn authorize(
        &self,
        canonical: &str,
        service: &str,
        region: &str,
        headers: &str,
        now: &str,
    ) -> String {
        let day = &now[..8];
        let scope = format!("{day}/{region}/{service}/aws4_request");
        let hash = hex(&Sha256::digest(canonical));
        let text = format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{hash}");
        let mut key = hmac(format!("AWS4{}", self.secret).as_bytes(), day);
        for part in [region, service, "aws4_request"] {
            key = hmac(&key, part);
        }
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, \
             SignedHeaders={headers}, Signature={}",
            self.access,
            hex(&hmac(&key, &text))
        )
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, STRICT).to_string()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    hex_simd::encode_to_string(bytes, hex_simd::AsciiCase::Lower)
}
