//! An invocation of the function, of any shape. An event wrapped in SNS or SQS must mean the same
//! as without.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura::event::{Delivery, Notification, Reply};
use serde_json::{Value, json};

fn understood(delivery: &Delivery) -> Vec<Option<Notification>> {
    let all = delivery.items.iter().flat_map(|item| &item.notifications);
    all.map(|one| one.as_ref().ok().cloned()).collect()
}

fuzz_target!(|text: &str| {
    let Ok(payload) = serde_json::from_str::<Value>(text) else { return };
    let bare = Delivery::parse(&payload);
    let said = understood(&bare);
    for one in said.iter().flatten() {
        assert!(one.etag.as_deref() != Some(""));
    }
    for error in
        bare.items.iter().flat_map(|item| &item.notifications).filter_map(|one| one.as_ref().err())
    {
        assert!(error.to_string().chars().count() < 600, "{error}");
    }
    // A batch of messages, or a task, is never wrapped.
    if bare.reply != Reply::Whole || said.iter().any(Option::is_none) {
        return;
    }
    let topic = json!({"Type": "Notification", "Message": text});
    let queue = |body: String| {
        json!({"Records": [
        {"eventSource": "aws:sqs", "messageId": "1", "body": body}]})
    };
    for wrapped in [
        json!({"Records": [{"EventSource": "aws:sns", "Sns": topic}]}),
        queue(text.to_owned()),
        queue(topic.to_string()),
    ] {
        let wrapped = Delivery::parse(&wrapped);
        // An event at the maximum nesting is refused with one more level.
        let refused = wrapped.items.iter().flat_map(|item| &item.notifications).any(Result::is_err);
        assert!(refused || understood(&wrapped) == said, "{wrapped:?}");
    }
});
