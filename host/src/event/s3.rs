//! An S3 notification: `{"Records": [{"eventSource": "aws:s3", …}]}`.

use serde::Deserialize;
use serde_json::Value;

use super::{EventError, Notification, bare_etag, moment, read};
use crate::key::SourceKey;

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    s3: S3,
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

/// S3 sends one when a notification is set up.
pub(super) fn is_test(event: &Value) -> bool {
    event.get("Event").and_then(Value::as_str) == Some("s3:TestEvent")
}

pub(super) fn parse(event: &Value) -> Result<Vec<Notification>, EventError> {
    let event: Event = read(event)?;
    event
        .records
        .into_iter()
        .map(|Record { s3, event_time, user_identity }| {
            Ok(Notification {
                bucket: s3.bucket.name,
                key: SourceKey::form_decode(&s3.object.key)?,
                etag: bare_etag(s3.object.etag),
                occurred_at: moment(event_time.as_deref()),
                sequencer: s3.object.sequencer,
                principal: user_identity.and_then(|identity| identity.principal_id),
            })
        })
        .collect()
}
