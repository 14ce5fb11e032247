//! Changes reach the function as S3 events.

use std::sync::{Arc, Mutex};

use obscura_local::{Builder, EventPattern, Local, Order, Rule};
use serde_json::Value;

use crate::client::Client;
use crate::{builder, function};

/// The events that the function printed.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Value>>>);

impl Seen {
    async fn start(&self, builder: Builder) -> Local {
        let seen = self.clone();
        builder
            .function(function("echo"))
            .logs(move |name, line| {
                assert_eq!(name, "f");
                if let Ok(event) = serde_json::from_str(line) {
                    seen.0.lock().unwrap().push(event);
                }
            })
            .start()
            .await
            .unwrap()
    }

    /// The events that arrived, by name and key, once all are processed.
    async fn after(&self, local: Local) -> Vec<(String, String)> {
        local.idle().await;
        local.shutdown().await;
        self.now()
    }

    fn now(&self) -> Vec<(String, String)> {
        let events = self.0.lock().unwrap();
        let text = |event: &Value, pointer: &str| {
            let found = event.pointer(pointer).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        events
            .iter()
            .map(|event| {
                (text(event, "/Records/0/eventName"), text(event, "/Records/0/s3/object/key"))
            })
            .collect()
    }
}

fn pair(name: &str, key: &str) -> (String, String) {
    (name.to_owned(), key.to_owned())
}

#[tokio::test]
async fn every_kind_of_change_is_announced() {
    let folder = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    let local = seen.start(builder(folder.path()).notify(Rule::new("bucket", "f"))).await;
    let client = Client::new(&local);
    client.put("a b+c/ü.jpg", "hello").await;
    client.put_with("copy", &[("x-amz-copy-source", "bucket/a%20b%2Bc/%C3%BC.jpg")], "").await;
    let created = client.send("POST", "parts", &[("uploads", "")], &[], "").await.unwrap();
    let id = created.one("UploadId");
    let query = [("partNumber", "1"), ("uploadId", id)];
    let part = client.send("PUT", "parts", &query, &[], "x").await.unwrap();
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part>\
         </CompleteMultipartUpload>",
        part.header("etag")
    );
    client.send("POST", "parts", &[("uploadId", id)], &[], body).await.unwrap();
    client.delete("copy").await;
    client.delete("never there").await;
    let delete = "<Delete><Object><Key>parts</Key></Object></Delete>";
    let md5 = {
        use md5::{Digest, Md5};
        base64_simd::STANDARD.encode_to_string(Md5::digest(delete))
    };
    let headers = [("content-md5", md5.as_str())];
    let deleted = client.send("POST", "", &[("delete", "")], &headers, delete).await.unwrap();
    assert_eq!(deleted.one("Key"), "parts", "{}", deleted.text());
    let sequencers = {
        local.idle().await;
        let events = seen.0.lock().unwrap();
        let sequencer =
            |event: &Value| event.pointer("/Records/0/s3/object/sequencer").unwrap().to_string();
        events.iter().map(sequencer).collect::<Vec<_>>()
    };
    assert!(sequencers.is_sorted());
    assert_eq!(
        seen.after(local).await,
        [
            pair("ObjectCreated:Put", "a+b%2Bc/%C3%BC.jpg"),
            pair("ObjectCreated:Copy", "copy"),
            pair("ObjectCreated:CompleteMultipartUpload", "parts"),
            pair("ObjectRemoved:Delete", "copy"),
            pair("ObjectRemoved:Delete", "parts"),
        ]
    );
}

#[tokio::test]
async fn only_objects_that_match_a_rule_are_announced() {
    let folder = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    let rule =
        Rule::new("bucket", "f").events([EventPattern::Created]).prefix("in/").suffix(".jpg");
    let local = seen.start(builder(folder.path()).bucket("other").notify(rule)).await;
    let client = Client::new(&local);
    client.put("in/a.jpg", "1").await;
    client.put("in/a.png", "1").await;
    client.put("out/a.jpg", "1").await;
    client.delete("in/a.jpg").await;
    let refused = client.put_with("in/b.jpg", &[("if-match", "\"0\"")], "1").await;
    assert_eq!(refused.status, 404);
    assert_eq!(seen.after(local).await, [pair("ObjectCreated:Put", "in/a.jpg")]);
}

#[tokio::test]
async fn duplicates_and_disorder_can_be_had() {
    let folder = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    let local = seen.start(builder(folder.path()).notify(Rule::new("bucket", "f"))).await;
    let client = Client::new(&local);
    local.notifications().deliver_times(2);
    client.put("twice", "1").await;
    local.idle().await;
    local.notifications().deliver_times(1);
    local.notifications().hold();
    client.put("x", "1").await;
    client.delete("x").await;
    assert_eq!(local.lambda().outstanding(), 2);
    assert_eq!(local.notifications().release(Order::Reversed), 2);
    assert_eq!(
        seen.after(local).await,
        [
            pair("ObjectCreated:Put", "twice"),
            pair("ObjectCreated:Put", "twice"),
            pair("ObjectRemoved:Delete", "x"),
            pair("ObjectCreated:Put", "x"),
        ]
    );
}

#[tokio::test]
async fn events_pending_at_shutdown_are_delivered_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    let rule = || Rule::new("bucket", "f");
    let local = seen.start(builder(folder.path()).notify(rule())).await;
    local.notifications().hold();
    Client::new(&local).put("x", "1").await;
    local.shutdown().await;
    assert!(seen.now().is_empty());
    let local = seen.start(builder(folder.path()).notify(rule())).await;
    assert_eq!(seen.after(local).await, [pair("ObjectCreated:Put", "x")]);
}

#[tokio::test]
async fn a_rule_must_name_existing_resources() {
    let folder = tempfile::tempdir().unwrap();
    let error =
        builder(folder.path()).notify(Rule::new("bucket", "nobody")).start().await.err().unwrap();
    assert!(error.to_string().contains("nobody"));
}
