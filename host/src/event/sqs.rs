//! Notifications in SQS messages, answered by a partial batch response.

use serde::Deserialize;
use serde_json::Value;

use super::{Delivery, Item, Reply, envelope, read};

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "messageId")]
    id: String,
    body: String,
}

/// The messages of a batch, if it is one.
pub(super) fn messages(event: &Value) -> Option<&Vec<Value>> {
    let source = event.pointer("/Records/0/eventSource").and_then(Value::as_str);
    (source == Some("aws:sqs")).then_some(event.get("Records")?.as_array()?)
}

pub(super) fn parse(messages: &[Value]) -> Delivery {
    let items = messages.iter().map(|message| match read::<Message>(message) {
        Ok(Message { id, body }) => Item { id, notifications: envelope::open_text(&body) },
        // Without an id, it cannot be reported as failed: an empty id makes Lambda deliver the
        // whole batch again.
        Err(error) => {
            let id = message.get("messageId").and_then(Value::as_str).unwrap_or_default();
            Item { id: id.to_owned(), notifications: vec![Err(error)] }
        }
    });
    Delivery { items: items.collect(), reply: Reply::PartialBatch }
}
