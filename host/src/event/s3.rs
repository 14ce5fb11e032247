//! A record of an S3 notification: `{"eventSource": "aws:s3", …}`.

use serde::Deserialize;
use serde_json::Value;

use super::{EventError, Notification, bare_etag, moment, read};
use crate::key::SourceKey;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    s3: S3,
    event_name: Option<String>,
    event_time: Option<String>,
    user_identity: Option<UserIdentity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity {
    principal_id: Option<String>,
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
    sequencer: Option<String>,
}

/// Events that do not make an object's bytes more readable. Processing one could only find an
/// archived object, and remove renditions that were made before it was archived.
const NO_NEWS: [&str; 8] = [
    "ObjectTagging:",
    "ObjectAcl:",
    "LifecycleTransition",
    "IntelligentTiering",
    "Replication:",
    "ReducedRedundancyLostObject",
    "ObjectRestore:Post",
    "ObjectRestore:Delete",
];

/// S3 sends a test event when a notification is set up.
pub(super) fn is_test(event: &Value) -> bool {
    event.get("Event").and_then(Value::as_str) == Some("s3:TestEvent")
}

/// Parse a record; `None` if there is nothing to do.
pub(super) fn parse(record: &Value) -> Result<Option<Notification>, EventError> {
    let Record { s3, event_name, event_time, user_identity } = read(record)?;
    let name = event_name.unwrap_or_default();
    let name = name.strip_prefix("s3:").unwrap_or(&name);
    if NO_NEWS.iter().any(|family| name.starts_with(family)) {
        return Ok(None);
    }
    Ok(Some(Notification {
        bucket: s3.bucket.name,
        key: SourceKey::form_decode(&s3.object.key)?,
        etag: bare_etag(s3.object.etag),
        removed: name.starts_with("ObjectRemoved:") || name.starts_with("LifecycleExpiration:"),
        occurred_at: moment(event_time.as_deref()),
        sequencer: s3.object.sequencer,
        principal: user_identity.and_then(|identity| identity.principal_id),
    }))
}
