//! The announce function: tells applications the results for pictures.
//!
//! The record of a picture is the source of truth, and S3 sends an event for every write of it. So
//! processing a picture needs no extra write, and no commit can go unannounced: the events of
//! records start this function, which reads the current record and returns one [`Announcement`],
//! which Lambda forwards.
//!
//! - `announcement`: the event

mod announcement;

use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use tracing::Instrument as _;

pub use announcement::{Announcement, Kind, Picture, Reason};

use crate::config::Config;
use crate::error::{Code, Fault};
use crate::event::{Delivery, EventError, Notification, Reply};
use crate::lambda::{diagnostic, reported};
use crate::pipeline::{Cause, MAX_RECORD_BYTES, Manifest};
use crate::store::{Record, Store};

/// The suffix of records' keys.
const RECORD: &str = "/manifest.json";

/// Announces pictures.
#[derive(Debug, Clone)]
pub struct Announcer {
    store: Store,
    bucket: String,
    prefix: String,
}

impl Announcer {
    /// Announce the pictures whose records are in this configuration's destination.
    pub fn new(config: &Config, store: Store) -> Self {
        let (bucket, prefix) = (&config.destination_bucket, &config.destination_prefix);
        Self { store, bucket: bucket.clone(), prefix: prefix.clone() }
    }

    /// Answer an invocation: with an announcement, or with null if there is nothing to announce.
    ///
    /// # Errors
    /// A fault, so that the event is delivered again.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
        let span = tracing::info_span!("invocation", request_id = event.context.request_id);
        async {
            let told = match one(&event.payload) {
                Ok(Some(notification)) => self.announce(&notification).await.inspect_err(|fault| {
                    let key = notification.key.as_str();
                    let (outcome, reason) = (fault.code.as_str(), fault.message.as_str());
                    tracing::warn!(key, outcome, reason, "to be tried again");
                }),
                Ok(None) => Ok(None),
                Err(fault) => Err(reported(fault)),
            };
            let told = told.map_err(|fault| diagnostic(&fault))?;
            Ok(told.map_or(Value::Null, |told| serde_json::json!(told)))
        }
        .instrument(span)
        .await
    }

    /// The announcement of a change of a record.
    ///
    /// # Errors
    /// [`Fault`], if the record cannot be read now.
    pub async fn announce(&self, event: &Notification) -> Result<Option<Announcement>, Fault> {
        let Some(key) = self.picture(event) else {
            tracing::info!(key = event.key.as_str(), "not a record");
            return Ok(None);
        };
        let (bucket, record) = (&self.bucket, event.key.as_str());
        let read = self.store.read_record::<Manifest>(bucket, record, MAX_RECORD_BYTES).await?;
        let told = match (&read.etag, event.removed) {
            (None, true) => Some(Announcement::gone(key, event)),
            // Its removal, or the current write, has a separate event.
            (None, false) | (Some(_), true) => None,
            (Some(etag), false) => present(event, etag, &read),
        };
        if let Some(told) = &told {
            tracing::info!(key, kind = ?told.kind, id = told.id, "announced");
        }
        Ok(told)
    }

    /// The key of the picture whose record it is.
    fn picture<'a>(&self, event: &'a Notification) -> Option<&'a str> {
        let key = event.key.as_str().strip_prefix(&self.prefix)?.strip_suffix(RECORD)?;
        (event.bucket == self.bucket && !key.is_empty()).then_some(key)
    }
}

/// The announcement of an existing record.
fn present(event: &Notification, etag: &str, read: &Record<Manifest>) -> Option<Announcement> {
    let Some(manifest) = &read.value else {
        let why = read.unreadable.as_deref().unwrap_or_default();
        tracing::warn!(key = event.key.as_str(), why, "not a record that can be read");
        return None;
    };
    // In this case, the result for the picture has not changed.
    let asked = manifest.cause == Cause::Request && event.etag.as_deref() == Some(etag);
    (!asked).then(|| Announcement::of(manifest, event, etag))
}

/// The one notification of an invocation. S3 sends one at a time, and only one
/// can be answered.
fn one(payload: &Value) -> Result<Option<Notification>, Fault> {
    let Delivery { items, reply } = Delivery::parse(payload);
    let mut notifications = items.into_iter().flat_map(|item| item.notifications);
    let first = notifications.next().transpose();
    let first = first.map_err(|error: EventError| unrecognised(error.to_string()))?;
    if reply != Reply::Whole || notifications.next().is_some() {
        return Err(unrecognised(
            "the announce function takes one S3 event at a time, from S3 itself or EventBridge"
                .to_owned(),
        ));
    }
    Ok(first)
}

fn unrecognised(message: String) -> Fault {
    Fault::new(Code::EventUnrecognised, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::key::SourceKey;
    use serde_json::json;

    fn event(etag: Option<&str>) -> Notification {
        Notification {
            bucket: "out".to_owned(),
            key: SourceKey::literal("a.jpg/manifest.json"),
            etag: etag.map(str::to_owned),
            ..Notification::default()
        }
    }

    fn fixture(cause: Cause) -> Record<Manifest> {
        let text = include_str!("../../tests/records/manifest-v2.json");
        let mut manifest: Manifest = serde_json::from_str(text).unwrap();
        manifest.cause = cause;
        Record { value: Some(manifest), etag: Some("now".to_owned()), unreadable: None }
    }

    #[test]
    fn what_a_reader_caused_is_told_only_in_the_place_of_an_uploads() {
        let told = |etag, cause| present(&event(Some(etag)), "now", &fixture(cause));
        assert!(told("before", Cause::Event).is_some());
        assert!(told("now", Cause::Request).is_none());
        // The record of the upload was replaced before it was announced.
        assert!(told("before", Cause::Request).is_some());
        let id = |etag| told(etag, Cause::Event).unwrap().id;
        assert_eq!(id("now"), id("before"));
    }

    #[test]
    fn what_is_no_record_is_not_told() {
        let unreadable = Record { value: None, ..fixture(Cause::Event) };
        assert!(present(&event(Some("now")), "now", &unreadable).is_none());
    }

    #[test]
    fn one_event_is_one_announcement() {
        let record = json!({ "eventSource": "aws:s3", "eventName": "ObjectRemoved:Delete",
            "s3": { "bucket": { "name": "out" }, "object": { "key": "a+b.jpg/manifest.json" } } });
        let found = one(&json!({ "Records": [record] })).unwrap().unwrap();
        assert!(found.removed);
        assert_eq!(found.key.as_str(), "a b.jpg/manifest.json");
        assert!(one(&json!({ "Records": [record, record] })).is_err());
        assert!(one(&json!({ "what": 1 })).is_err());
        assert!(
            one(&json!({ "Service": "Amazon S3", "Event": "s3:TestEvent" })).unwrap().is_none()
        );
    }
}
