//! An S3 event through EventBridge. Its keys are not encoded.

use serde::Deserialize;
use serde_json::Value;

use super::{EventError, Notification, bare_etag, moment, read};
use crate::key::SourceKey;

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "detail-type")]
    kind: Option<String>,
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

/// Events that do not make an object's bytes more readable; see `s3::NO_NEWS`.
const NO_NEWS: [&str; 7] = [
    "Object Tags Added",
    "Object Tags Deleted",
    "Object ACL Updated",
    "Object Storage Class Changed",
    "Object Access Tier Changed",
    "Object Restore Initiated",
    "Object Restore Expired",
];

pub(super) fn recognises(event: &Value) -> bool {
    event.get("source").and_then(Value::as_str) == Some("aws.s3")
}

/// Parse an event; `None` if there is nothing to do.
pub(super) fn parse(event: &Value) -> Result<Option<Notification>, EventError> {
    let Event { kind, detail, time } = read(event)?;
    let kind = kind.unwrap_or_default();
    if NO_NEWS.contains(&kind.as_str()) {
        return Ok(None);
    }
    Ok(Some(Notification {
        bucket: detail.bucket.name,
        key: SourceKey::literal(detail.object.key),
        etag: bare_etag(detail.object.etag),
        removed: kind == "Object Deleted",
        occurred_at: moment(time.as_deref()),
        sequencer: detail.object.sequencer,
        principal: detail.requester,
    }))
}
