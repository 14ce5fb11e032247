//! Parses events: every format becomes a [`Delivery`].
//!
//! - `s3`: a record of an S3 notification
//! - `eventbridge`: an S3 event through EventBridge
//! - `envelope`: either of them in SNS, in SQS, or in SNS in SQS
//! - `sqs`: a batch of messages, each of which succeeds or fails separately
//! - `batch`: an S3 Batch Operations task

mod batch;
mod envelope;
mod eventbridge;
mod s3;
mod sqs;
#[cfg(test)]
mod tests;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::key::{BadKey, SourceKey};

/// Something happened to an object. The object itself has to be read, since events arrive late,
/// twice, and out of order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notification {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: SourceKey,
    /// The ETag that the object had, without quotes.
    pub etag: Option<String>,
    /// Whether it was removed, according to the event.
    pub removed: bool,
    /// The time of the event.
    pub occurred_at: Option<OffsetDateTime>,
    /// Orders the changes of one key, and identifies repeats.
    pub sequencer: Option<String>,
    /// The principal in the event.
    pub principal: Option<String>,
}

/// The content of one invocation.
#[derive(Debug)]
pub struct Delivery {
    /// Each succeeds or fails separately, if the event's format allows it.
    pub items: Vec<Item>,
    /// The format of the response.
    pub reply: Reply,
}

/// A message, or a task, or the whole event.
#[derive(Debug)]
pub struct Item {
    /// Its id in the response.
    pub id: String,
    /// Notifications, and errors of unrecognised parts, in order; empty for a test event.
    /// Recognised notifications are processed even if other parts are not recognised.
    pub notifications: Vec<Result<Notification, EventError>>,
}

/// The format of a response.
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

/// An event or record that is not recognised.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EventError {
    /// None of the known formats.
    #[error(
        "this is not an S3 notification, an EventBridge event of S3, either of them in SNS or \
         SQS, or an S3 Batch Operations task: {0}"
    )]
    Unrecognised(String),
    /// A key is not UTF-8.
    #[error("{0}")]
    BadKey(String),
}

/// The failed event is stored together with this message, in one queue message.
const MAX_REASON_CHARS: usize = 300;

impl EventError {
    fn unrecognised(why: impl ToString) -> Self {
        Self::Unrecognised(why.to_string().chars().take(MAX_REASON_CHARS).collect())
    }
}

impl From<BadKey> for EventError {
    fn from(error: BadKey) -> Self {
        Self::BadKey(error.to_string().chars().take(MAX_REASON_CHARS).collect())
    }
}

impl Delivery {
    /// Parse an invocation's payload. An unknown format becomes an item with an error.
    pub fn parse(payload: &Value) -> Self {
        if let Some(messages) = sqs::messages(payload) {
            return sqs::parse(messages);
        }
        if batch::recognises(payload) {
            return batch::parse(payload).unwrap_or_else(|error| Self::whole(vec![Err(error)]));
        }
        Self::whole(envelope::open(payload))
    }

    fn whole(notifications: Vec<Result<Notification, EventError>>) -> Self {
        Self { items: vec![Item { id: String::new(), notifications }], reply: Reply::Whole }
    }
}

/// Deserialise a value, with a readable error.
fn read<'a, T: serde::Deserialize<'a>>(value: &'a Value) -> Result<T, EventError> {
    T::deserialize(value).map_err(EventError::unrecognised)
}

/// A time in the format of events.
fn moment(text: Option<&str>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text?, &Rfc3339).ok()
}

/// An ETag without its quotes.
fn bare_etag(etag: Option<String>) -> Option<String> {
    etag.map(|etag| etag.trim_matches('"').to_owned()).filter(|etag| !etag.is_empty())
}
