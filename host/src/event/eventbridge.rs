//! An S3 event through EventBridge. Its keys are not encoded.

use serde::Deserialize;
use serde_json::Value;

use super::{EventError, Notification, bare_etag, moment, read};
use crate::key::SourceKey;

#[derive(Deserialize)]
struct Event {
    detail: Detail,
    time: Option<String>,
}

#[derive(Deserialize)]
struct Detail {
    bucket: Bucket,
    object: Object,
    requester: Option<String>,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
    etag: Option<String>,
    sequencer: Option<String>,
}

pub(super) fn recognises(event: &Value) -> bool {
    event.get("source").and_then(Value::as_str) == Some("aws.s3")
}

pub(super) fn parse(event: &Value) -> Result<Notification, EventError> {
    let Event { detail, time } = read(event)?;
    Ok(Notification {
        bucket: detail.bucket.name,
        key: SourceKey::literal(detail.object.key),
        etag: bare_etag(detail.object.etag),
        occurred_at: moment(time.as_deref()),
        sequencer: detail.object.sequencer,
        principal: detail.requester,
    })
}
