//! Who wants to be told what became of pictures, at a URL.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use obscura_local::Destination;
use serde_json::Value;

use crate::cause::cause;

/// The longest that a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Posts events to a URL.
#[derive(Clone)]
pub(super) struct Webhook {
    url: String,
    connector: SharedHttpConnector,
}

impl Webhook {
    /// Read a URL.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let uri: http::Uri = url.parse().map_err(|error| format!("this is not a URL: {error}"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
            return Err("a URL is like http://localhost:3000/pictures".to_owned());
        }
        let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
        let connector = Connector::builder().tls_provider(provider).build();
        Ok(Self { url: url.to_owned(), connector: SharedHttpConnector::new(connector) })
    }

    async fn post(&self, event: &Value) -> Result<u16, String> {
        let request = http::Request::post(&self.url)
            .header("content-type", "application/json")
            .header("user-agent", concat!("obscura/", env!("CARGO_PKG_VERSION")))
            .body(SdkBody::from(event.to_string()));
        let request = request.map_err(|error| error.to_string())?;
        let request = HttpRequest::try_from(request).map_err(|error| error.to_string())?;
        let answer = self.connector.call(request).await;
        let answer = answer.map_err(|error| format!("it cannot be reached: {}", cause(&error)))?;
        Ok(answer.status().as_u16())
    }
}

#[async_trait]
impl Destination for Webhook {
    /// Whatever is not answered with 2xx is tried again.
    async fn take(&self, event: &Value) -> Result<(), String> {
        let answered = tokio::time::timeout(PATIENCE, self.post(event)).await;
        let answered = answered.unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}")));
        let reason = match answered {
            Ok(200..=299) => return Ok(()),
            Ok(status) => format!("it answered {status}"),
            Err(reason) => reason,
        };
        Err(format!("{} did not accept an event: {reason}", self.url))
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// Answers one request so, and gives what was sent.
    async fn answering(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/pictures?a=1", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut sent = String::new();
            while !sent.ends_with('}') {
                let mut bytes = [0; 1024];
                let read = stream.read(&mut bytes).await.unwrap();
                sent.push_str(&String::from_utf8_lossy(bytes.get(..read).unwrap()));
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            sent
        });
        (url, serving)
    }

    #[tokio::test]
    async fn an_event_is_posted_as_json() {
        let (url, serving) = answering("HTTP/1.1 204 No Content\r\n\r\n").await;
        Webhook::parse(&url).unwrap().take(&json!({ "type": "ready" })).await.unwrap();
        let sent = serving.await.unwrap();
        assert!(sent.starts_with("POST /pictures?a=1 HTTP/1.1\r\n"), "{sent}");
        assert!(sent.to_ascii_lowercase().contains("content-type: application/json\r\n"), "{sent}");
        assert!(sent.ends_with("\r\n\r\n{\"type\":\"ready\"}"), "{sent}");
    }

    #[tokio::test]
    async fn whatever_is_not_success_is_a_reason_to_try_again() {
        for answer in [
            "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n",
            "",
        ] {
            let (url, _) = answering(answer).await;
            let webhook = Webhook::parse(&url).unwrap();
            let reason = webhook.take(&json!({})).await.unwrap_err();
            assert!(reason.contains(&url), "{reason}");
        }
        for odd in ["pictures", "ftp://a/b", "http://", "http://a b/"] {
            assert!(Webhook::parse(odd).is_err(), "{odd}");
        }
    }
}
