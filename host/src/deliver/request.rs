//! The payload of a function URL.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

use super::failure::Failure;

/// The maximum length of a path: S3's 1024 bytes of a key, each percent-encoded, and a name.
const MAX_PATH_BYTES: usize = 4096;

/// The method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
}

/// The parts of a request that the response depends on.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// Decoded, without the leading slash.
    pub(super) path: String,
    headers: HashMap<String, String>,
}

/// The payload of a function URL, version 2.0.
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    raw_path: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    request_context: Context,
}

#[derive(Deserialize)]
struct Context {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl Request {
    /// Read a payload.
    pub(super) fn parse(payload: &Value) -> Result<Self, Failure> {
        let payload = Payload::deserialize(payload)
            .map_err(|error| Failure::bad_request(&format!("not a request: {error}")))?;
        let method = match payload.request_context.http.method.as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            _ => return Err(Failure::method()),
        };
        let path = decode(&payload.raw_path)?;
        let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
        let headers = payload.headers.into_iter().map(lower).collect();
        Ok(Self { method, path, headers })
    }

    /// A header's value; several values are joined by commas.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

fn decode(path: &str) -> Result<String, Failure> {
    if path.len() > MAX_PATH_BYTES {
        return Err(Failure::too_long());
    }
    let decoded = percent_decode_str(path.strip_prefix('/').unwrap_or(path)).decode_utf8();
    let decoded = decoded.map_err(|_| Failure::bad_request("the path is not UTF-8"))?;
    if decoded.contains(char::is_control) {
        return Err(Failure::bad_request("the path has a control character"));
    }
    Ok(decoded.into_owned())
}

#[cfg(test)]
impl Request {
    /// A request for this path with these headers.
    pub(super) fn of(path: &str, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { method: Method::Get, path: path.to_owned(), headers: headers.collect() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn parse(method: &str, path: &str) -> Result<Request, Failure> {
        Request::parse(&json!({
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"Accept": "image/webp"},
            "requestContext": {"http": {"method": method, "path": path}},
            "isBase64Encoded": false,
        }))
    }

    #[test]
    fn a_path_is_decoded_once() {
        let request = parse("GET", "/a%20b/100%2525.jpg/card").unwrap();
        assert_eq!(request.path, "a b/100%25.jpg/card");
        assert_eq!(request.header("accept"), Some("image/webp"));
    }

    #[test]
    fn what_is_no_request_has_a_status() {
        let status = |one: Result<Request, Failure>| one.unwrap_err().into_response().status();
        assert_eq!(status(parse("POST", "/a")), 405);
        assert_eq!(status(parse("GET", "/%ff")), 400);
        assert_eq!(status(parse("GET", "/a%0d%0ab")), 400);
        assert_eq!(status(parse("GET", &"x".repeat(5000))), 414);
        assert_eq!(status(Request::parse(&json!({"Records": []}))), 400);
    }
}
