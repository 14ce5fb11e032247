//! An S3 notification: `{"Records": [{"eventSource": "aws:s3", …}]}`.

use serde::Deserialize;
use serde_json::Value;

use super::{EventError, Notification, bare_etag, read};
use crate::key::SourceKey;

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    s3: S3,
}

#[derive(Deserialize)]
struct S3 {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
    #[serde(rename = "eTag")]
    etag: Option<String>,
}

/// S3 sends one when a notification is set up.
pub(super) fn is_test(event: &Value) -> bool {
    event.get("Event").and_then(Value::as_str) == Some("s3:TestEvent")
}

pub(super) fn parse(event: &Value) -> Result<Vec<Notification>, EventError> {
    let event: Event = read(event)?;
    event
        .records
        .into_iter()
        .map(|Record { s3 }| {
            Ok(Notification {
                bucket: s3.bucket.name,
                key: SourceKey::form_decode(&s3.object.key)?,
                etag: bare_etag(s3.object.etag),
            })
        })
        .collect()
}
