//! The formats of events, and the response to each.

use obscura_local::{Fault, FunctionErrorKind, Matcher};
use serde_json::{Value, json};

use crate::stage::pictures::jpeg;
use crate::stage::{SOURCE, Setup, Stage};

/// Two pictures without events.
async fn stage() -> Stage {
    let mut setup = Setup::echo();
    setup.silent = true;
    let stage = setup.start().await;
    stage.put(SOURCE, "a b.jpg", jpeg("1")).await;
    stage.put(SOURCE, "c.jpg", jpeg("2")).await;
    stage
}

fn broken(key: &str) -> Matcher {
    Matcher::any().operation("GetObject").bucket(SOURCE).key_prefix(key)
}

#[tokio::test]
async fn s3_notifications_fail_as_a_whole() {
    let stage = stage().await;
    let (mut event, other) = (Stage::event("a b.jpg", Some("x")), Stage::event("c.jpg", None));
    event["Records"].as_array_mut().unwrap().push(other["Records"][0].clone());
    stage.local.faults().fail_next(3, broken("a"), Fault::Status503SlowDown);
    let error = stage.invoke(&event).await.unwrap_err();
    assert_eq!(
        (error.kind, error.error_type.as_str()),
        (FunctionErrorKind::Handler, "store-unavailable")
    );
    // The other one was not delayed.
    assert_eq!(stage.outcomes("c.jpg"), ["rendered"]);
    assert_eq!(stage.invoke(&event).await.unwrap(), Value::Null);
    assert_eq!(stage.keys().await.len(), 4);
}

#[tokio::test]
async fn sqs_messages_fail_one_by_one() {
    let stage = stage().await;
    let message =
        |id: &str, body: String| json!({ "messageId": id, "eventSource": "aws:sqs", "body": body });
    let event = json!({ "Records": [
        message("1", Stage::event("a b.jpg", Some("x")).to_string()),
        message("2", Stage::event("c.jpg", Some("x")).to_string()),
        message("3", "not JSON".to_owned()),
        message("4", json!({ "Service": "Amazon S3", "Event": "s3:TestEvent" }).to_string()),
    ]});
    stage.local.faults().fail_next(3, broken("a"), Fault::Status503SlowDown);
    let answer = stage.invoke(&event).await.unwrap();
    let failed = json!([{ "itemIdentifier": "1" }, { "itemIdentifier": "3" }]);
    assert_eq!(answer, json!({ "batchItemFailures": failed }));
    assert_eq!(stage.keys().await.len(), 2);
}

#[tokio::test]
async fn one_record_that_is_not_understood_hides_none_of_the_others() {
    let stage = stage().await;
    let (mut event, other) = (Stage::event("%ff", Some("x")), Stage::event("c.jpg", None));
    // The stage encodes its input.
    event["Records"][0]["s3"]["object"]["key"] = json!("%ff");
    event["Records"].as_array_mut().unwrap().push(other["Records"][0].clone());
    let error = stage.invoke(&event).await.unwrap_err();
    assert_eq!(error.error_type, "event-unrecognised");
    assert_eq!(stage.outcomes("c.jpg"), ["rendered"]);
}

#[tokio::test]
async fn by_way_of_a_topic_everything_arrives() {
    let stage = stage().await;
    let posted = |key: &str| {
        let message = Stage::event(key, None).to_string();
        json!({ "Type": "Notification", "TopicArn": "arn:aws:sns:x:1:t", "Message": message })
    };
    let whole = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": posted("a b.jpg") }] });
    assert_eq!(stage.invoke(&whole).await.unwrap(), Value::Null);
    assert_eq!(stage.outcomes("a b.jpg"), ["rendered"]);
    let body = posted("c.jpg").to_string();
    let queued =
        json!({ "Records": [{ "messageId": "1", "eventSource": "aws:sqs", "body": body }] });
    assert_eq!(stage.invoke(&queued).await.unwrap(), json!({ "batchItemFailures": [] }));
    assert_eq!(stage.outcomes("c.jpg"), ["rendered"]);
}

#[tokio::test]
async fn by_way_of_a_queue_everything_arrives() {
    let mut setup = Setup::echo();
    setup.batched = true;
    let stage = setup.start().await;
    for number in 0..12 {
        stage.put(SOURCE, &format!("{number}.jpg"), jpeg("x")).await;
    }
    stage.local.idle().await;
    assert_eq!(stage.keys().await.len(), 24);
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn eventbridge_does_not_encode_keys() {
    let stage = stage().await;
    let event = |kind: &str| {
        json!({
            "version": "0", "source": "aws.s3", "detail-type": kind,
            "detail": { "bucket": { "name": SOURCE }, "object": { "key": "a b.jpg" } },
        })
    };
    assert_eq!(stage.invoke(&event("Object Created")).await.unwrap(), Value::Null);
    assert_eq!(stage.outcomes("a b.jpg"), ["rendered"]);
    stage.delete(SOURCE, "a b.jpg").await;
    stage.invoke(&event("Object Deleted")).await.unwrap();
    assert!(stage.keys().await.is_empty());
}

#[tokio::test]
async fn batch_operations_get_a_result_for_every_task_in_both_versions() {
    let stage = stage().await;
    stage.put(SOURCE, "empty.jpg", "").await;
    for (version, bucket) in [
        ("1.0", json!({ "s3BucketArn": "arn:aws:s3:::source" })),
        ("2.0", json!({ "s3Bucket": SOURCE })),
    ] {
        let task = |id: &str, key: &str| {
            let mut task = bucket.clone();
            task["taskId"] = json!(id);
            task["s3Key"] = json!(key);
            task["s3VersionId"] = Value::Null;
            task
        };
        let event = json!({
            "invocationSchemaVersion": version,
            "invocationId": "one",
            "job": { "id": "backfill" },
            "tasks": [task("1", "a+b.jpg"), task("2", "c.jpg"), task("3", "empty.jpg")],
        });
        stage.local.faults().fail_next(3, broken("c"), Fault::Status503SlowDown);
        let answer = stage.invoke(&event).await.unwrap();
        assert_eq!(answer["invocationSchemaVersion"], version);
        assert_eq!(answer["invocationId"], "one");
        let results: Vec<(&str, &str)> = answer["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| {
                (result["taskId"].as_str().unwrap(), result["resultCode"].as_str().unwrap())
            })
            .collect();
        let expected = [("1", "Succeeded"), ("2", "TemporaryFailure"), ("3", "PermanentFailure")];
        assert_eq!(results, expected, "{answer}");
    }
}

#[tokio::test]
async fn a_test_event_is_fine_and_does_nothing() {
    let stage = stage().await;
    let event = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": SOURCE });
    assert_eq!(stage.invoke(&event).await.unwrap(), Value::Null);
    assert!(stage.keys().await.is_empty());
}

#[tokio::test]
async fn unknown_events_fail_so_that_they_are_not_lost() {
    let stage = stage().await;
    let key = json!({ "Records": [{ "s3": { "bucket": { "name": SOURCE }, "object": { "key": "%ff" } } }] });
    for event in [json!({}), json!("text"), json!({ "Records": [{ "x": 1 }] }), key] {
        let error = stage.invoke(&event).await.unwrap_err();
        assert_eq!(error.kind, FunctionErrorKind::Handler, "{event}");
        assert_eq!(error.error_type, "event-unrecognised", "{event}");
    }
    stage.deliver(json!({ "what": "is this" })).await;
    assert_eq!(stage.dead_letters(), 1);
}

#[tokio::test]
async fn an_event_of_another_bucket_is_ignored() {
    let stage = stage().await;
    let mut event = Stage::event("c.jpg", Some("x"));
    event["Records"][0]["s3"]["bucket"]["name"] = json!("somebody-elses");
    assert_eq!(stage.invoke(&event).await.unwrap(), Value::Null);
    assert_eq!(stage.outcomes("c.jpg"), ["ignored"]);
    assert!(stage.keys().await.is_empty());
}
