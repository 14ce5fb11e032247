//! Where an event enters: whatever it came through, one [`Delivery`].
//!
//! - `s3`: a record of an S3 notification
//! - `eventbridge`: an S3 event through EventBridge
//! - `envelope`: either of them in SNS, in SQS, or in SNS in SQS
//! - `sqs`: a batch of messages, each of which succeeds or fails by itself
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
    /// Whether it was removed, as far as the event tells.
    pub removed: bool,
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
    /// What happened, and what could not be understood of it, in order; nothing for a test
    /// event. What is understood is to be processed, whatever stands beside it.
    pub notifications: Vec<Result<Notification, EventError>>,
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

/// An event, or a record of one, that cannot be understood.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EventError {
    /// None of the shapes.
    #[error(
        "this is not an S3 notification, an EventBridge event of S3, either of them in SNS or \
         SQS, or an S3 Batch Operations task: {0}"
    )]
    Unrecognised(String),
    /// A key is not UTF-8.
    #[error("{0}")]
    BadKey(String),
}

/// The failed event is kept together with this message, in one message of a queue.
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
    /// Understand an invocation's payload. One that has none of the shapes is an item that
    /// could not be understood.
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

/// Read a value into a type, or say why it is not one.
fn read<'a, T: serde::Deserialize<'a>>(value: &'a Value) -> Result<T, EventError> {
    T::deserialize(value).map_err(EventError::unrecognised)
}

/// A time as events write it.
fn moment(text: Option<&str>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text?, &Rfc3339).ok()
}

/// An ETag without its quotes.
fn bare_etag(etag: Option<String>) -> Option<String> {
    etag.map(|etag| etag.trim_matches('"').to_owned()).filter(|etag| !etag.is_empty())
}
