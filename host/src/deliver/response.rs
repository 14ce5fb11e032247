//! An HTTP response.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// An answer.
#[derive(Debug)]
pub(super) struct Response {
    status: u16,
    headers: Map<String, Value>,
    body: Bytes,
    code: Option<String>,
}

impl Response {
    /// A response with this status and cache lifetime.
    pub(super) fn new(status: u16, cache_control: &str) -> Self {
        let response = Self { status, headers: Map::new(), body: Bytes::new(), code: None };
        response
            .with("cache-control", cache_control)
            .with("x-content-type-options", "nosniff")
            // Output of a transform can be displayed, but cannot run scripts.
            .with(
                "content-security-policy",
                "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            )
            .with("cross-origin-resource-policy", "cross-origin")
    }

    /// The same with a header. An invalid value is omitted.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() && value.bytes().all(|c| (32..127).contains(&c)) {
            self.headers.insert(name.to_owned(), value.into());
        }
        self
    }

    /// The same with a body of this media type.
    pub(super) fn body(mut self, media_type: &str, body: Bytes) -> Self {
        self.body = body;
        self.with("content-type", media_type)
    }

    /// The same, as an error of this code.
    pub(super) fn of_code(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self.with("x-obscura-code", code)
    }

    /// Its status.
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// The code of its error.
    pub(super) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The response of a function URL. Without the body, it still has the body's length.
    pub(super) fn into_payload(self, with_body: bool) -> Value {
        let length = self.body.len().to_string();
        let Self { status, headers, body, .. } =
            if status_has_body(self.status) { self.with("content-length", &length) } else { self };
        let body = if with_body { body } else { Bytes::new() };
        json!({
            "statusCode": status,
            "headers": headers,
            "body": STANDARD.encode(&body),
            "isBase64Encoded": true,
        })
    }
}

fn status_has_body(status: u16) -> bool {
    status != 304
}
