//! A failing store.

use std::time::Duration;

use obscura::component::{Pointer, TransformName, artifact_key, pointer_key};
use obscura::sandbox::ENGINE_ID;
use obscura::store::{Condition, Put};
use obscura_local::{Event, Fault, Matcher};
use serde_json::json;

use crate::stage::pictures::jpeg;
use crate::stage::{COMPONENTS, DESTINATION, SOURCE, Setup, Stage};

/// More often than the number of attempts.
const ALWAYS: u32 = 10_000;

fn reads(bucket: &str) -> Matcher {
    Matcher::any().operation("GetObject").bucket(bucket)
}

/// The outcomes of events: failures, retries, dead letters.
fn counted(stage: &Stage) -> (usize, usize, usize) {
    let mut counts = (0, 0, 0);
    for event in stage.happened() {
        match event {
            Event::InvocationFinished { error: Some(_), .. } => counts.0 += 1,
            Event::Retrying { .. } => counts.1 += 1,
            Event::DeadLettered { .. } => counts.2 += 1,
            _ => {}
        }
    }
    counts
}

/// Once it is fixed, the dead letter is replayed successfully.
async fn redriven(stage: &Stage, key: &str) {
    assert_eq!(stage.dead_letters(), 1);
    assert_eq!(stage.local.lambda().redrive().unwrap(), 1);
    stage.local.idle().await;
    assert_eq!(stage.dead_letters(), 0);
    assert_eq!(stage.outcomes(key).last().unwrap(), "rendered");
    assert_eq!(stage.keys().await.len(), 2);
}

#[tokio::test]
async fn a_store_that_is_busy_for_a_moment_is_asked_again() {
    let stage = Stage::echo().await;
    let slow = Fault::Status503SlowDown;
    stage.local.faults().fail_next(1, reads(SOURCE), slow);
    let writes = Matcher::any().operation("PutObject").bucket(DESTINATION);
    stage.local.faults().fail_next(1, writes, slow);
    stage.upload("a.jpg", jpeg("1")).await;
    assert_eq!(stage.outcomes("a.jpg"), ["rendered"]);
    assert_eq!(stage.keys().await.len(), 2);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_resumed_where_it_broke_off() {
    let stage = Stage::echo().await;
    let body = jpeg(&"0123456789abcdef".repeat(100_000));
    stage.local.faults().fail_next(2, reads(SOURCE), Fault::DropConnectionMidBody);
    stage.upload("a.jpg", body.clone()).await;
    assert_eq!(stage.outcomes("a.jpg"), ["rendered"]);
    assert_eq!(stage.object("a.jpg/original.jpg").await.unwrap().body, body);
    assert!(stage.local.faults().count("GetObject", SOURCE) >= 3);
}

#[tokio::test]
async fn altered_bodies_are_read_again() {
    let stage = Stage::echo().await;
    for fault in [Fault::FlipBit, Fault::ShortBody, Fault::Page] {
        let key = format!("{fault:?}.jpg");
        for body in [jpeg(&"1".repeat(100_000)), jpeg("2")] {
            for bucket in [SOURCE, DESTINATION] {
                stage.local.faults().fail_next(1, reads(bucket), fault);
            }
            stage.upload(&key, body.clone()).await;
            assert_eq!(stage.outcomes(&key).last().unwrap(), "rendered");
            let stored = stage.object(&format!("{key}/original.jpg")).await.unwrap();
            assert!(stored.body == body, "{key}: another body");
            let manifest = stage.manifest(&key).await;
            assert_eq!(manifest["renditions"][0]["etag"], stored.etag.as_str());
        }
    }
    assert_eq!(stage.dead_letters(), 0);
    assert!(stage.local.faults().is_clear());
}

#[tokio::test]
async fn a_write_that_is_executed_late_replaces_nothing_newer() {
    let stage = Stage::echo().await;
    let writes = || Matcher::any().operation("PutObject").bucket(DESTINATION);
    for (key, before) in [("new.jpg", None), ("old.jpg", Some("0"))] {
        if let Some(before) = before {
            stage.upload(key, jpeg(before)).await;
        }
        let rendition = format!("{key}/original");
        stage.local.faults().fail_next(1, writes().key_prefix(&rendition), Fault::Hold);
        stage.upload(key, jpeg("1")).await;
        stage.upload(key, jpeg("2")).await;
        stage.local.faults().release_held().await;
        let stored = stage.object(&format!("{rendition}.jpg")).await.unwrap();
        assert_eq!(stored.body, jpeg("2"), "{key}\n{}", stage.text());
        let manifest = stage.manifest(key).await;
        assert_eq!(manifest["renditions"][0]["etag"], stored.etag.as_str());
    }
}

#[tokio::test]
async fn a_store_that_stays_down_is_tried_three_times_then_buried_then_replayed_with_success() {
    let writes = || Matcher::any().operation("PutObject").bucket(DESTINATION);
    for (requests, fault) in [
        (reads(SOURCE), Fault::Status503SlowDown),
        (writes(), Fault::Error("PreconditionFailed", 412)),
        (writes(), Fault::Error("ConditionalRequestConflict", 409)),
    ] {
        let stage = Stage::echo().await;
        stage.local.faults().fail_next(ALWAYS, requests, fault);
        stage.upload("a.jpg", jpeg("1")).await;
        assert_eq!(stage.outcomes("a.jpg"), ["store-unavailable"; 3], "{fault:?}");
        assert_eq!(counted(&stage), (3, 2, 1));
        assert!(stage.keys().await.is_empty(), "no picture is blamed for it");
        stage.local.faults().clear();
        redriven(&stage, "a.jpg").await;
    }
}

#[tokio::test]
async fn a_component_that_is_not_published_yet_is_waited_for() {
    let setup = Setup::new(&[], json!({ "name": "all", "transform": "echo" }));
    let stage = setup.start().await;
    stage.upload("a.jpg", jpeg("1")).await;
    assert_eq!(stage.outcomes("a.jpg"), ["component-missing"; 3]);
    assert!(stage.keys().await.is_empty());
    stage.publish("fixture-echo").await;
    redriven(&stage, "a.jpg").await;
}

#[tokio::test]
async fn an_artifact_that_is_missing_or_not_the_published_one_is_never_run() {
    let name: TransformName = "echo".parse().unwrap();
    for (code, body) in
        [("artifact-missing", None), ("artifact-corrupt", Some("not what was published"))]
    {
        let setup = Setup::new(&[], json!({ "name": "all", "transform": "echo" }));
        let stage = setup.start().await;
        let digest = stage.publish("fixture-echo").await;
        let key = artifact_key(&name, digest, ENGINE_ID);
        match body {
            Some(body) => drop(stage.put(COMPONENTS, &key, body).await),
            None => stage.delete(COMPONENTS, &key).await,
        }
        stage.upload("a.jpg", jpeg("1")).await;
        assert_eq!(stage.outcomes("a.jpg"), [code; 3]);
        assert!(stage.keys().await.is_empty(), "no picture is blamed for it");
        stage.publish("fixture-echo").await;
        redriven(&stage, "a.jpg").await;
    }
}

#[tokio::test]
async fn a_component_that_was_not_compiled_for_this_engine_is_waited_for() {
    let stage = Stage::echo().await;
    let name: TransformName = "echo".parse().unwrap();
    let key = pointer_key(&name, obscura::component::Channel::Stable);
    let text = match stage.store.get(COMPONENTS, &key, None).await.unwrap() {
        obscura::store::Fetched::Object(object) => object.body.collect(1 << 20).await.unwrap(),
        other => panic!("{other:?}"),
    };
    let mut pointer: Pointer = serde_json::from_slice(&text).unwrap();
    let record = pointer.release.artifacts.remove(ENGINE_ID).unwrap();
    pointer.release.artifacts.insert("wasmtime-1.0.0-x86_64".to_owned(), record);
    let body = serde_json::to_vec(&pointer).unwrap().into();
    let put = Put { body, content_type: "application/json", ..Put::default() };
    stage.store.put(COMPONENTS, &key, put, Condition::Always).await.unwrap();
    stage.upload("a.jpg", jpeg("1")).await;
    assert_eq!(stage.outcomes("a.jpg"), ["artifact-missing"; 3]);
    stage.publish("fixture-echo").await;
    redriven(&stage, "a.jpg").await;
}

#[tokio::test]
async fn a_refusing_store_is_distinguished_from_an_unavailable_one() {
    let mut setup = Setup::echo().variable("AWS_SECRET_ACCESS_KEY", "not the right one");
    setup.function.retry_backoff = Duration::from_millis(10);
    let stage = setup.start().await;
    stage.upload("a.jpg", jpeg("1")).await;
    assert_eq!(stage.outcomes("a.jpg"), ["store-denied"; 3]);
    assert_eq!(stage.dead_letters(), 1);
    assert!(!stage.text().contains("not the right one"));
}

#[tokio::test]
async fn a_delete_needs_no_component() {
    let stage = Stage::echo().await;
    stage.upload("a.jpg", jpeg("1")).await;
    let name: TransformName = "echo".parse().unwrap();
    stage.delete(COMPONENTS, &pointer_key(&name, obscura::component::Channel::Stable)).await;
    stage.remove("a.jpg").await;
    assert_eq!(stage.outcomes("a.jpg"), ["rendered", "removed"]);
    assert!(stage.keys().await.is_empty());
}

/// A key that XML 1.0 cannot represent, one of only white space, and one that would forge a log
/// line.
const ODD: [&str; 4] = ["a\u{1}.jpg", " ", "\u{3000}", "b\nc.jpg"];

#[tokio::test]
async fn odd_keys_are_rendered_listed_and_removed_as_others_are() {
    let stage = Stage::echo().await;
    for key in ODD {
        let put = Put { body: jpeg(key).into(), content_type: "image/jpeg", ..Put::default() };
        stage.store.put(SOURCE, key, put, Condition::Always).await.unwrap();
        stage.local.idle().await;
        assert_eq!(stage.outcomes(key).last().unwrap(), "rendered", "{key:?}: {}", stage.text());
    }
    stage.upload("good.jpg", jpeg("good")).await;
    let keys = stage.keys().await;
    for key in ODD.iter().chain(&["good.jpg"]) {
        assert!(keys.contains(&format!("{key}/manifest.json")), "{key:?} in {keys:?}");
    }
    for key in ODD {
        stage.store.delete(SOURCE, &[key.to_owned()]).await.unwrap();
        stage.deliver(Stage::event(key, None)).await;
        assert_eq!(stage.outcomes(key).last().unwrap(), "removed", "{key:?}");
    }
    let left: Vec<String> = stage.keys().await.into_iter().collect();
    assert_eq!(left, ["good.jpg/manifest.json", "good.jpg/original.jpg"]);
}

#[tokio::test]
async fn a_bucket_that_is_missing_deletes_nothing() {
    let mut setup = Setup::echo();
    setup.silent = true;
    let stage = setup.start().await;
    let etag = stage.put(SOURCE, "a.jpg", jpeg("1")).await;
    stage.deliver(Stage::event("a.jpg", Some(&etag))).await;
    let before = stage.keys().await;
    assert_eq!(before.len(), 2);
    // The bucket disappears, as if renamed.
    stage.delete(SOURCE, "a.jpg").await;
    stage.delete_bucket(SOURCE).await;
    stage.deliver(Stage::event("a.jpg", None)).await;
    assert_eq!(stage.outcomes("a.jpg")[1..], ["bucket-missing"; 3]);
    assert_eq!(stage.keys().await, before, "nobody knows whether the picture is gone");
    assert_eq!(stage.dead_letters(), 1, "the event waits until the bucket is there");
    let (code, said) = crate::console::on(&stage, &["status"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("1 event failed for good") && said.contains("--redrive"), "{said}");
}
