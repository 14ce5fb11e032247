//! Stored objects.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;

/// An object with its S3 metadata.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub(crate) body: Bytes,
    pub(crate) etag: String,
    pub(crate) content_type: String,
    pub(crate) cache_control: Option<String>,
    pub(crate) metadata: HashMap<String, String>,
}

impl Stored {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Width and height of a JPEG or lossy WebP file, from its header.
    pub(crate) fn dimensions(&self) -> (u16, u16) {
        let body = &self.body;
        if body.starts_with(b"\xff\xd8") {
            return jpeg_dimensions(body);
        }
        assert_eq!(&body[8..16], b"WEBPVP8 ");
        let side = |at: usize| u16::from_le_bytes([body[at], body[at + 1]]) & 0x3fff;
        (side(26), side(28))
    }
}

/// From segment to segment up to the start of the frame.
fn jpeg_dimensions(file: &[u8]) -> (u16, u16) {
    let number = |at: usize| u16::from_be_bytes([file[at], file[at + 1]]);
    let mut at = 2;
    while !matches!(file[at + 1], 0xc0..=0xc2) {
        at += 2 + usize::from(number(at + 2));
    }
    (number(at + 7), number(at + 5))
}

/// A response of the deliver function.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) status: u64,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Bytes,
}

impl Answered {
    pub(crate) fn of(payload: &Value) -> Self {
        assert_eq!(payload["isBase64Encoded"], true, "{payload}");
        let body = STANDARD.decode(payload["body"].as_str().unwrap()).unwrap();
        Self {
            status: payload["statusCode"].as_u64().unwrap(),
            headers: serde_json::from_value(payload["headers"].clone()).unwrap(),
            body: body.into(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Its status and, for a failure, its code.
    pub(crate) fn is(&self) -> (u64, &str) {
        (self.status, self.header("x-obscura-code"))
    }
}
