//! Unwraps notifications from SNS and SQS, nested in any order.
//!
//! Every record is parsed separately, so that an unrecognised one does not hide the others.

use serde::Deserialize;
use serde_json::Value;

use super::{EventError, Notification, eventbridge, read, s3};

/// The content of one event: its notifications, and errors for unrecognised parts.
pub(super) type Notifications = Vec<Result<Notification, EventError>>;

/// The maximum nesting depth. S3 through SNS in SQS has two envelopes; an EventBridge rule adds a
/// third.
const MAX_DEPTH: usize = 5;

/// The envelope of SNS, which SQS keeps unless the delivery is raw.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Message")]
    message: String,
}

/// Parse an event, with any envelopes.
pub(super) fn open(event: &Value) -> Notifications {
    within(event, MAX_DEPTH)
}

/// The same for an event that is text.
pub(super) fn open_text(text: &str) -> Notifications {
    text_within(text, MAX_DEPTH)
}

fn text_within(text: &str, depth: usize) -> Notifications {
    let Some(depth) = depth.checked_sub(1) else {
        return refused(format!("it is wrapped more than {MAX_DEPTH} times"));
    };
    match serde_json::from_str(text) {
        Ok(event) => within(&event, depth),
        Err(error) => refused(format!("a message is not JSON: {error}")),
    }
}

fn within(event: &Value, depth: usize) -> Notifications {
    if s3::is_test(event) {
        return Vec::new();
    }
    if eventbridge::recognises(event) {
        return eventbridge::parse(event).transpose().into_iter().collect();
    }
    if let Some(records) = event.get("Records").and_then(Value::as_array) {
        return records.iter().flat_map(|record| one_record(record, depth)).collect();
    }
    match event.get("Type").and_then(Value::as_str) {
        Some("Notification") => opened(read(event), depth),
        Some(kind @ ("SubscriptionConfirmation" | "UnsubscribeConfirmation")) => {
            refused(format!("it is an SNS {kind}, which the topic's owner must answer"))
        }
        _ => refused("it has no `Records`, no `source` and no `Type`".to_owned()),
    }
}

fn one_record(record: &Value, depth: usize) -> Notifications {
    if let Some(envelope) = record.get("Sns") {
        return opened(read(envelope), depth);
    }
    match record.get("body") {
        Some(body) => match read::<String>(body) {
            Ok(body) => text_within(&body, depth),
            Err(error) => vec![Err(error)],
        },
        None => s3::parse(record).transpose().into_iter().collect(),
    }
}

fn opened(envelope: Result<Envelope, EventError>, depth: usize) -> Notifications {
    match envelope {
        Ok(envelope) => text_within(&envelope.message, depth),
        Err(error) => vec![Err(error)],
    }
}

fn refused(why: String) -> Notifications {
    vec![Err(EventError::unrecognised(why))]
}
