//! S3 notifications in SQS messages, answered by a partial batch response.

use serde::Deserialize;
use serde_json::Value;

use super::{Delivery, EventError, Item, Reply, notifications, read};

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "messageId")]
    id: String,
    body: String,
}

pub(super) fn recognises(event: &Value) -> bool {
    let source = event.pointer("/Records/0/eventSource").and_then(Value::as_str);
    source == Some("aws:sqs")
}

pub(super) fn parse(event: &Value) -> Result<Delivery, EventError> {
    let event: Event = read(event)?;
    let items = event.records.into_iter().map(|message| {
        let body = serde_json::from_str::<Value>(&message.body)
            .map_err(|error| EventError::Unrecognised(error.to_string()));
        Item { id: message.id, notifications: body.and_then(|body| notifications(&body)) }
    });
    Ok(Delivery { items: items.collect(), reply: Reply::PartialBatch })
}
