//! Where an event enters: four shapes, one [`Delivery`].
//!
//! - `s3`: an S3 notification
//! - `sqs`: S3 notifications in SQS messages
//! - `eventbridge`: an S3 event through EventBridge
//! - `batch`: an S3 Batch Operations task

mod batch;
mod eventbridge;
mod s3;
mod sqs;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::key::{BadKey, SourceKey};

/// Something happened to an object. What it was is found out by looking: events
/// come late, twice, and out of order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notification {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: SourceKey,
    /// The ETag that the object had, without quotes.
    pub etag: Option<String>,
    /// When it happened.
    pub occurred_at: Option<OffsetDateTime>,
    /// Tells the changes of one key apart, and a repeat of the same.
    pub sequencer: Option<String>,
    /// Who did it, as the event names them.
    pub principal: Option<String>,
}

/// What one invocation brings.
#[derive(Debug)]
pub struct Delivery {
    /// Each succeeds or fails on its own, where the shape allows it.
    pub items: Vec<Item>,
    /// How the invocation is answered.
    pub reply: Reply,
}

/// A message, or a task, or the whole event.
#[derive(Debug)]
pub struct Item {
    /// What the answer calls it.
    pub id: String,
    /// What happened; none for a test event.
    pub notifications: Result<Vec<Notification>, EventError>,
}

/// How an invocation is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The invocation succeeds or fails as a whole.
    Whole,
    /// A partial batch response names the messages that failed.
    PartialBatch,
    /// Each task has a result.
    BatchOperations {
        /// The version of the schema that was used.
        schema_version: String,
        /// The invocation that is answered.
        invocation_id: String,
    },
}

/// An event that cannot be understood.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EventError {
    /// None of the four shapes.
    #[error(
        "the event is not an S3 notification, an SQS batch of them, an EventBridge event of \
         S3, or an S3 Batch Operations task: {0}"
    )]
    Unrecognised(String),
    /// A key is not UTF-8.
    #[error("{0}")]
    BadKey(String),
}

impl From<BadKey> for EventError {
    fn from(error: BadKey) -> Self {
        Self::BadKey(error.to_string())
    }
}

impl Delivery {
    /// Understand an invocation's payload.
    ///
    /// # Errors
    /// [`EventError::Unrecognised`] if it has none of the four shapes.
    pub fn parse(payload: &Value) -> Result<Self, EventError> {
        if sqs::recognises(payload) {
            return sqs::parse(payload);
        }
        if batch::recognises(payload) {
            return batch::parse(payload);
        }
        let item = Item { id: String::new(), notifications: Ok(notifications(payload)?) };
        Ok(Self { items: vec![item], reply: Reply::Whole })
    }
}

/// The notifications in an S3 or EventBridge event.
fn notifications(event: &Value) -> Result<Vec<Notification>, EventError> {
    if s3::is_test(event) {
        return Ok(Vec::new());
    }
    if eventbridge::recognises(event) {
        return eventbridge::parse(event).map(|notification| vec![notification]);
    }
    s3::parse(event)
}

/// Read a value into a type, or say why it is not one.
fn read<'a, T: serde::Deserialize<'a>>(value: &'a Value) -> Result<T, EventError> {
    T::deserialize(value).map_err(|error| EventError::Unrecognised(error.to_string()))
}

/// A time as events write it.
fn moment(text: Option<&str>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text?, &Rfc3339).ok()
}

/// An ETag without its quotes.
fn bare_etag(etag: Option<String>) -> Option<String> {
    etag.map(|etag| etag.trim_matches('"').to_owned()).filter(|etag| !etag.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn record(key: &str) -> Value {
        json!({
            "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "eventTime": "2026-01-02T03:04:05.250Z", "userIdentity": { "principalId": "AWS:AIDA" },
            "s3": {
                "bucket": { "name": "b" },
                "object": { "key": key, "eTag": "abc", "size": 1, "sequencer": "00A1" },
            },
        })
    }

    fn keys(item: &Item) -> Vec<String> {
        let notifications = item.notifications.as_ref().unwrap();
        notifications.iter().map(|one| one.key.as_str().to_owned()).collect()
    }

    #[test]
    fn an_s3_notification() {
        let delivery =
            Delivery::parse(&json!({ "Records": [record("a+b.jpg"), record("c")] })).unwrap();
        assert_eq!(delivery.reply, Reply::Whole);
        assert_eq!(keys(&delivery.items[0]), ["a b.jpg", "c"]);
        let first = &delivery.items[0].notifications.as_ref().unwrap()[0];
        assert_eq!(first.etag.as_deref(), Some("abc"));
        assert_eq!(first.occurred_at.unwrap().unix_timestamp_nanos() % 1_000_000_000, 250_000_000);
        assert_eq!(first.sequencer.as_deref(), Some("00A1"));
        assert_eq!(first.principal.as_deref(), Some("AWS:AIDA"));
    }

    #[test]
    fn a_test_event_brings_nothing() {
        let event = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b" });
        let delivery = Delivery::parse(&event).unwrap();
        assert!(keys(&delivery.items[0]).is_empty());
    }

    #[test]
    fn messages_fail_one_by_one() {
        let body = json!({ "Records": [record("x")] }).to_string();
        let event = json!({ "Records": [
            { "messageId": "1", "eventSource": "aws:sqs", "body": body },
            { "messageId": "2", "eventSource": "aws:sqs", "body": "not json" },
        ]});
        let delivery = Delivery::parse(&event).unwrap();
        assert_eq!(delivery.reply, Reply::PartialBatch);
        assert_eq!(keys(&delivery.items[0]), ["x"]);
        assert!(delivery.items[1].notifications.is_err());
    }

    #[test]
    fn eventbridge_does_not_encode_keys() {
        let event = json!({
            "source": "aws.s3", "detail-type": "Object Created",
            "detail": { "bucket": { "name": "b" }, "object": { "key": "a+b%20.jpg", "etag": "e" } }
        });
        assert_eq!(keys(&Delivery::parse(&event).unwrap().items[0]), ["a+b%20.jpg"]);
    }

    #[test]
    fn batch_operations_in_both_versions() {
        let event = |version: &str, bucket: Value| {
            let mut task = json!({ "taskId": "t", "s3Key": "a+b", "s3VersionId": null });
            task.as_object_mut().unwrap().extend(bucket.as_object().unwrap().clone());
            json!({
                "invocationSchemaVersion": version, "invocationId": "i", "job": { "id": "j" },
                "tasks": [task],
            })
        };
        for event in [
            event("1.0", json!({ "s3BucketArn": "arn:aws:s3:::b" })),
            event("2.0", json!({ "s3Bucket": "b" })),
        ] {
            let delivery = Delivery::parse(&event).unwrap();
            assert_eq!(keys(&delivery.items[0]), ["a b"]);
            assert_eq!(delivery.items[0].notifications.as_ref().unwrap()[0].bucket, "b");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for event in [json!({}), json!([]), json!({ "Records": [{}] }), json!("x")] {
            assert!(Delivery::parse(&event).is_err(), "{event}");
        }
    }
}
