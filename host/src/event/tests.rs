#![allow(clippy::unwrap_used)]
use serde_json::json;

use super::*;

/// A record as S3 sends it.
fn record(key: &str) -> Value {
    named("ObjectCreated:Put", key)
}

fn named(name: &str, key: &str) -> Value {
    json!({
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-central-1",
        "eventName": name, "eventTime": "2026-01-02T03:04:05.250Z",
        "userIdentity": { "principalId": "AWS:AIDA" },
        "requestParameters": { "sourceIPAddress": "192.0.2.1" },
        "responseElements": { "x-amz-request-id": "C3D13FE58DE4C810" },
        "s3": {
            "s3SchemaVersion": "1.0", "configurationId": "pictures",
            "bucket": {
                "name": "b", "ownerIdentity": { "principalId": "A3" }, "arn": "arn:aws:s3:::b",
            },
            "object": { "key": key, "size": 1, "eTag": "abc", "sequencer": "00A1" },
        },
    })
}

fn s3_event(keys: &[&str]) -> Value {
    json!({ "Records": keys.iter().map(|key| record(key)).collect::<Vec<_>>() })
}

fn rule(kind: &str, key: &str) -> Value {
    json!({
        "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": kind,
        "source": "aws.s3", "account": "123456789012", "time": "2026-01-02T03:04:05Z",
        "region": "eu-central-1", "resources": ["arn:aws:s3:::b"],
        "detail": {
            "version": "0", "bucket": { "name": "b" },
            "object": { "key": key, "size": 5, "etag": "abc", "sequencer": "00A1" },
            "request-id": "N4N7GDK58NMKJ12R", "requester": "123456789012", "reason": "PutObject",
        },
    })
}

/// The message of SNS, as in a queue, and below `Sns` for a function.
fn sns(message: &Value) -> Value {
    json!({
        "Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:uploads",
        "Subject": "Amazon S3 Notification", "Message": message.to_string(),
        "Timestamp": "2026-01-02T03:04:05.300Z", "SignatureVersion": "1", "Signature": "EXAMPLE",
        "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/x.pem",
        "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/",
    })
}

fn to_function(message: &Value) -> Value {
    json!({ "Records": [{
        "EventSource": "aws:sns", "EventVersion": "1.0",
        "EventSubscriptionArn": "arn:aws:sns:eu-central-1:123456789012:uploads:21be56ed",
        "Sns": sns(message),
    }]})
}

fn queued(bodies: &[String]) -> Value {
    let message = |(index, body): (usize, &String)| {
        json!({
            "messageId": index.to_string(), "receiptHandle": "AQEB", "body": body,
            "attributes": { "ApproximateReceiveCount": "1" }, "messageAttributes": {},
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:events",
            "awsRegion": "eu-central-1",
        })
    };
    json!({ "Records": bodies.iter().enumerate().map(message).collect::<Vec<_>>() })
}

fn task(version: &str, bucket: &Value, key: &str) -> Value {
    let mut task = json!({ "taskId": "t", "s3Key": key, "s3VersionId": null });
    task.as_object_mut().unwrap().extend(bucket.as_object().unwrap().clone());
    json!({
        "invocationSchemaVersion": version, "invocationId": "i", "job": { "id": "j" },
        "tasks": [task],
    })
}

fn keys(item: &Item) -> Vec<&str> {
    item.notifications.iter().flatten().map(|one| one.key.as_str()).collect()
}

fn errors(item: &Item) -> Vec<String> {
    let errors = item.notifications.iter().filter_map(|one| one.as_ref().err());
    errors.map(ToString::to_string).collect()
}

#[test]
fn an_s3_notification() {
    let delivery = Delivery::parse(&s3_event(&["a+b.jpg", "c"]));
    assert_eq!(delivery.reply, Reply::Whole);
    assert_eq!(keys(&delivery.items[0]), ["a b.jpg", "c"]);
    let first = delivery.items[0].notifications[0].as_ref().unwrap();
    assert_eq!(first.etag.as_deref(), Some("abc"));
    assert_eq!(first.occurred_at.unwrap().unix_timestamp_nanos() % 1_000_000_000, 250_000_000);
    assert_eq!(first.sequencer.as_deref(), Some("00A1"));
    assert_eq!(first.principal.as_deref(), Some("AWS:AIDA"));
}

#[test]
fn one_record_that_is_not_understood_hides_none_of_the_others() {
    let mut event = s3_event(&["a", "%ff.jpg", "b"]);
    event["Records"].as_array_mut().unwrap().insert(1, json!({ "eventSource": "aws:s3" }));
    for event in [event.clone(), to_function(&event)] {
        let delivery = Delivery::parse(&event);
        assert_eq!(keys(&delivery.items[0]), ["a", "b"]);
        assert_eq!(errors(&delivery.items[0]).len(), 2);
    }
    let batch = queued(&[event.to_string(), s3_event(&["c"]).to_string()]);
    let delivery = Delivery::parse(&batch);
    assert_eq!(keys(&delivery.items[0]), ["a", "b"]);
    assert_eq!(errors(&delivery.items[0]).len(), 2);
    assert_eq!((keys(&delivery.items[1]), errors(&delivery.items[1]).len()), (vec!["c"], 0));
}

#[test]
fn a_test_event_brings_nothing() {
    let event = json!({
        "Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-01-02T03:04:05.000Z",
        "Bucket": "b", "RequestId": "5582815E1AEA5ADF", "HostId": "8cLeGAmw098X5cv4Zkwcmo8v",
    });
    let all = [event.clone(), to_function(&event), queued(&[sns(&event).to_string()])];
    for event in all {
        assert!(Delivery::parse(&event).items[0].notifications.is_empty(), "{event}");
    }
}

#[test]
fn whatever_it_came_through_it_is_the_same_notification() {
    let (s3, rule) = (s3_event(&["a+b.jpg"]), rule("Object Created", "a b.jpg"));
    for event in [&s3, &rule] {
        let whole = [event.clone(), to_function(event)];
        let batched = [event.to_string(), sns(event).to_string(), to_function(event).to_string()];
        for event in whole {
            let delivery = Delivery::parse(&event);
            assert_eq!((keys(&delivery.items[0]), delivery.reply), (vec!["a b.jpg"], Reply::Whole));
        }
        let delivery = Delivery::parse(&queued(&batched));
        assert_eq!(delivery.reply, Reply::PartialBatch);
        assert_eq!(delivery.items.len(), 3);
        for item in &delivery.items {
            assert_eq!((keys(item), errors(item).len()), (vec!["a b.jpg"], 0));
        }
    }
}

#[test]
fn every_event_after_which_there_may_be_other_bytes_is_a_reason_to_look() {
    for name in [
        "ObjectCreated:Put",
        "ObjectCreated:Post",
        "ObjectCreated:Copy",
        "ObjectCreated:CompleteMultipartUpload",
        "ObjectRemoved:Delete",
        "ObjectRemoved:DeleteMarkerCreated",
        "LifecycleExpiration:Delete",
        "LifecycleExpiration:DeleteMarkerCreated",
        "ObjectRestore:Completed",
        "s3:ObjectCreated:Put",
        "ObjectCreated:ThatIsToCome",
        "",
    ] {
        let event = json!({ "Records": [named(name, "k")] });
        assert_eq!(keys(&Delivery::parse(&event).items[0]), ["k"], "{name}");
    }
    for kind in ["Object Created", "Object Deleted", "Object Restore Completed", "Object Renamed"] {
        assert_eq!(keys(&Delivery::parse(&rule(kind, "k")).items[0]), ["k"], "{kind}");
    }
}

#[test]
fn an_event_after_which_the_bytes_are_the_same_is_none() {
    for name in [
        "ObjectTagging:Put",
        "ObjectTagging:Delete",
        "ObjectAcl:Put",
        "LifecycleTransition",
        "IntelligentTiering",
        "Replication:OperationFailedReplication",
        "ObjectRestore:Post",
        "ObjectRestore:Delete",
        "ReducedRedundancyLostObject",
        "s3:ObjectAcl:Put",
    ] {
        let event = json!({ "Records": [named(name, "k")] });
        assert!(Delivery::parse(&event).items[0].notifications.is_empty(), "{name}");
    }
    for kind in [
        "Object Tags Added",
        "Object Tags Deleted",
        "Object ACL Updated",
        "Object Storage Class Changed",
        "Object Access Tier Changed",
        "Object Restore Initiated",
        "Object Restore Expired",
    ] {
        let delivery = Delivery::parse(&rule(kind, "k"));
        assert!(delivery.items[0].notifications.is_empty(), "{kind}");
    }
}

#[test]
fn messages_fail_one_by_one() {
    let mut event = queued(&[s3_event(&["x"]).to_string(), "not json".to_owned()]);
    let nameless = json!({ "eventSource": "aws:sqs", "body": 3 });
    event["Records"].as_array_mut().unwrap().push(nameless);
    let delivery = Delivery::parse(&event);
    assert_eq!(delivery.reply, Reply::PartialBatch);
    assert_eq!(keys(&delivery.items[0]), ["x"]);
    assert_eq!((errors(&delivery.items[1]).len(), errors(&delivery.items[2]).len()), (1, 1));
    let ids: Vec<&str> = delivery.items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["0", "1", ""]);
}

#[test]
fn a_confirmation_says_who_has_to_answer_it() {
    let event = json!({ "Type": "SubscriptionConfirmation", "Token": "233641", "Message": "You" });
    let delivery = Delivery::parse(&queued(&[event.to_string()]));
    assert!(errors(&delivery.items[0])[0].contains("SubscriptionConfirmation"));
}

#[test]
fn envelopes_within_envelopes_end_somewhere() {
    let wrapped = |times| (0..times).fold(s3_event(&["k"]), |event, _| to_function(&event));
    assert_eq!(keys(&Delivery::parse(&wrapped(5)).items[0]), ["k"]);
    let refused = Delivery::parse(&wrapped(6));
    assert!(errors(&refused.items[0])[0].contains("more than 5 times"));
    // JSON itself, a hundred thousand deep.
    let deep = "[".repeat(100_000);
    assert_eq!(errors(&Delivery::parse(&queued(&[deep])).items[0]).len(), 1);
}

#[test]
fn an_error_is_short_whatever_it_is_about() {
    let long = "x".repeat(200_000);
    for event in [
        json!({ "Records": [{ "s3": long }] }),
        json!({ "Records": [record(&format!("%ff{long}"))] }),
        json!({ "Records": [{ "Sns": long }] }),
    ] {
        let delivery = Delivery::parse(&event);
        assert!(errors(&delivery.items[0])[0].len() < 600);
    }
}

#[test]
fn eventbridge_does_not_encode_keys() {
    let delivery = Delivery::parse(&rule("Object Created", "a+b%20.jpg"));
    assert_eq!(keys(&delivery.items[0]), ["a+b%20.jpg"]);
}

#[test]
fn batch_operations_in_both_versions() {
    for event in [
        task("1.0", &json!({ "s3BucketArn": "arn:aws:s3:::b" }), "a+b"),
        task("2.0", &json!({ "s3Bucket": "b" }), "a+b"),
    ] {
        let delivery = Delivery::parse(&event);
        assert_eq!(keys(&delivery.items[0]), ["a b"]);
        assert_eq!(delivery.items[0].notifications[0].as_ref().unwrap().bucket, "b");
    }
}

#[test]
fn a_task_that_is_not_understood_hides_none_of_the_others() {
    let mut event = task("2.0", &json!({ "s3Bucket": "b" }), "a");
    event["tasks"].as_array_mut().unwrap().insert(0, json!({ "taskId": "odd", "s3Key": 5 }));
    let delivery = Delivery::parse(&event);
    assert_eq!((delivery.items[0].id.as_str(), errors(&delivery.items[0]).len()), ("odd", 1));
    assert_eq!(keys(&delivery.items[1]), ["a"]);
}

#[test]
fn anything_else_is_refused() {
    for event in [
        json!({}),
        json!([]),
        json!(null),
        json!("x"),
        json!({ "Records": [{}] }),
        json!({ "Records": {} }),
        json!({ "Type": "Notification" }),
        json!({ "invocationSchemaVersion": 1, "tasks": [] }),
        json!({ "source": "aws.ec2" }),
    ] {
        let delivery = Delivery::parse(&event);
        assert_eq!(errors(&delivery.items[0]).len(), 1, "{event}");
        assert_eq!(delivery.reply, Reply::Whole);
    }
}

/// Every format, with one to three bytes changed, or one value replaced: the result is always an
/// item, and nothing panics.
#[test]
fn broken_events_are_errors() {
    let event = s3_event(&["a+b.jpg", "c%C3%BC.jpg"]);
    let shapes = [
        event.clone(),
        to_function(&event),
        rule("Object Created", "a"),
        queued(&[event.to_string(), sns(&event).to_string(), to_function(&event).to_string()]),
        task("1.0", &json!({ "s3BucketArn": "arn:aws:s3:::b" }), "a"),
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let spare =
        [json!(null), json!([]), json!({}), json!(-1), json!("%ff"), json!("{\"Records\":")];
    let mut parsed = 0;
    for turn in 0..20_000 {
        let shape = &shapes[turn % shapes.len()];
        let broken = if turn % 2 == 0 {
            let mut text = shape.to_string().into_bytes();
            for _ in 0..=random(3) {
                let place = random(text.len());
                text[place] = b"\"{}[]:,\\%+0a\xff"[random(13)];
            }
            serde_json::from_slice(&text).ok()
        } else {
            let mut event = shape.clone();
            replace(&mut event, &spare[random(spare.len())], &mut random);
            Some(event)
        };
        if let Some(broken) = broken {
            assert!(!Delivery::parse(&broken).items.is_empty() || broken.get("tasks").is_some());
            parsed += 1;
        }
    }
    assert!(parsed > 10_000, "{parsed} of them were JSON");
}

/// Puts another value somewhere into this one.
fn replace(value: &mut Value, by: &Value, random: &mut impl FnMut(usize) -> usize) {
    let inside = match value {
        _ if random(4) == 0 => None,
        Value::Array(values) if !values.is_empty() => {
            let index = random(values.len());
            values.get_mut(index)
        }
        Value::Object(values) if !values.is_empty() => {
            let index = random(values.len());
            values.values_mut().nth(index)
        }
        _ => None,
    };
    match inside {
        Some(inside) => replace(inside, by, random),
        None => *value = by.clone(),
    }
}
