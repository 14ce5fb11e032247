//! A message in the on-failure queue: an event, and possibly the reason of its failure.

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Lambda's record of a failure, or a message from a queue's redrive policy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message(Value);

impl Message {
    /// Read one.
    pub(super) fn parse(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text).map(Self)
    }

    /// The event.
    pub(super) fn event(&self) -> &Value {
        self.0.get("requestPayload").unwrap_or(&self.0)
    }

    /// The function that it was for, if the message names it; messages from a redrive policy do
    /// not.
    pub(super) fn function(&self) -> Option<&str> {
        // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]
        self.0["requestContext"]["functionArn"].as_str()?.split(':').nth(6)
    }

    /// The reason of the failure, if the message has it.
    pub(super) fn reason(&self) -> &str {
        let code = self.0["responsePayload"]["errorType"].as_str();
        code.filter(|code| !code.is_empty()).unwrap_or("no reason recorded")
    }

    /// An object that the event is about, to show to people.
    pub(super) fn key(&self) -> Option<String> {
        key(self.event())
    }
}

/// In any event format.
fn key(event: &Value) -> Option<String> {
    if event["source"] == "aws.s3" {
        return event["detail"]["object"]["key"].as_str().map(str::to_owned);
    }
    let posted = |message: &Value| key(&serde_json::from_str(message["Message"].as_str()?).ok()?);
    if event["Type"] == "Notification" {
        return posted(event);
    }
    event["Records"].as_array()?.iter().find_map(|one| {
        if let Some(encoded) = one["s3"]["object"]["key"].as_str() {
            let spaced = encoded.replace('+', " ");
            return Some(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
        }
        posted(&one["Sns"])
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Message, key};

    fn record() -> Value {
        json!({ "Records": [{ "eventSource": "aws:s3", "s3": { "object": { "key": "a+b.jpg" } } }] })
    }

    #[test]
    fn keys_are_read_out_of_what_they_came_through() {
        let posted = json!({ "Type": "Notification", "Message": record().to_string() });
        for event in [record(), posted.clone(), json!({ "Records": [{ "Sns": posted }] })] {
            assert_eq!(key(&event).as_deref(), Some("a b.jpg"), "{event}");
        }
        let bridged = json!({ "source": "aws.s3", "detail": { "object": { "key": "a+b" } } });
        assert_eq!(key(&bridged).as_deref(), Some("a+b"));
        for other in
            [json!(null), json!([1]), json!({ "Records": [{}] }), json!({ "Type": "Notification" })]
        {
            assert_eq!(key(&other), None, "{other}");
        }
    }

    #[test]
    fn a_message_says_whose_it_was_and_why_it_failed() {
        let kept = Message(json!({
            "requestContext": { "functionArn": "arn:aws:lambda:r:1:function:publish:$LATEST" },
            "requestPayload": record(),
            "responsePayload": { "errorType": "internal" },
        }));
        assert_eq!((kept.function(), kept.reason()), (Some("publish"), "internal"));
        assert_eq!((kept.event(), kept.key().as_deref()), (&record(), Some("a b.jpg")));
        let given_up = Message(record());
        assert_eq!((given_up.function(), given_up.reason()), (None, "no reason recorded"));
        assert_eq!(given_up.event(), &record());
        let silent = Message(json!({ "requestPayload": 1, "responsePayload": null }));
        assert_eq!(silent.reason(), "no reason recorded");
    }
}
