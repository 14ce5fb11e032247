//! Events are delivered at least once, or become dead letters.

use std::path::Path;

use obscura_local::lambda::Event;
use obscura_local::{Builder, Function, Local, Rule};
use serde_json::{Value, json};

use crate::client::Client;
use crate::{builder, function};

fn with(root: &Path, function: Function) -> Builder {
    builder(root).function(function).notify(Rule::new("bucket", "f"))
}

fn failing_until(path: &Path) -> Function {
    let mut function = function("fail-until");
    let path = path.display().to_string();
    function.env.push(("DO_PATH".to_owned(), path));
    function
}

fn accept(local: &Local, payload: Value) -> String {
    local.lambda().accept("f", payload).unwrap().release()
}

#[tokio::test]
async fn a_failure_is_retried_twice_then_buried_then_replayed_with_success() {
    let folder = tempfile::tempdir().unwrap();
    let mended = folder.path().join("mended");
    let local = with(&folder.path().join("root"), failing_until(&mended)).start().await.unwrap();
    let mut events = local.events();
    Client::new(&local).put("a b", "hello").await;
    local.idle().await;
    let (mut failed, mut retried, mut buried) = (0, 0, 0);
    while let Ok(event) = events.try_recv() {
        match event {
            Event::InvocationFinished { error: Some(_), .. } => failed += 1,
            Event::Retrying { attempts, .. } => {
                retried += 1;
                assert_eq!(attempts, retried);
            }
            Event::DeadLettered { .. } => buried += 1,
            _ => {}
        }
    }
    assert_eq!((failed, retried, buried), (3, 2, 1));

    let letters = local.lambda().dead_letters().unwrap();
    assert_eq!(letters.len(), 1);
    let record = &letters[0].record;
    let at = |pointer: &str| record.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/version"), "1.0");
    assert_eq!(at("/requestContext/condition"), "RetriesExhausted");
    assert_eq!(at("/requestContext/approximateInvokeCount"), 3);
    assert_eq!(at("/requestPayload/Records/0/s3/object/key"), "a+b");
    assert_eq!(at("/responseContext/functionError"), "Unhandled");
    assert_eq!(
        at("/responsePayload"),
        json!({ "errorType": "Test.Failed", "errorMessage": "not yet" })
    );

    std::fs::write(&mended, "").unwrap();
    assert_eq!(local.lambda().redrive().unwrap(), 1);
    local.idle().await;
    assert!(local.lambda().dead_letters().unwrap().is_empty());
    assert_eq!(local.lambda().redrive().unwrap(), 0);
}

#[tokio::test]
async fn a_crash_in_the_middle_is_retried_in_a_new_environment() {
    let folder = tempfile::tempdir().unwrap();
    let local = with(folder.path(), function("crash")).start().await.unwrap();
    let mut events = local.events();
    accept(&local, json!({ "n": 1 }));
    local.idle().await;
    let mut pids = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::EnvironmentStarted { pid, .. } = event {
            pids.push(pid);
        }
    }
    pids.dedup();
    assert_eq!(pids.len(), 3);
    let letters = local.lambda().dead_letters().unwrap();
    let error = letters[0].record.pointer("/responsePayload/errorType");
    assert_eq!(error, Some(&json!("Runtime.ExitError")));
}

#[tokio::test]
async fn pending_events_and_their_attempts_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (root, mended) = (folder.path().join("root"), folder.path().join("mended"));
    let mut function = failing_until(&mended);
    function.retry_backoff = std::time::Duration::from_secs(1);
    let local = with(&root, function.clone()).start().await.unwrap();
    let mut events = local.events();
    accept(&local, json!({ "n": 1 }));
    while !matches!(events.recv().await.unwrap(), Event::Retrying { .. }) {}
    local.shutdown().await;
    let pending = std::fs::read_dir(root.join(".store/queue/f")).unwrap();
    assert_eq!(pending.count(), 1);

    let local = with(&root, function).start().await.unwrap();
    let mut events = local.events();
    assert_eq!(local.lambda().outstanding(), 1);
    let attempts = loop {
        if let Event::Retrying { attempts, .. } = events.recv().await.unwrap() {
            break attempts;
        }
    };
    assert_eq!(attempts, 2);
    std::fs::write(&mended, "").unwrap();
    local.idle().await;
    assert!(local.lambda().dead_letters().unwrap().is_empty());
    let pending = std::fs::read_dir(root.join(".store/queue/f")).unwrap();
    assert_eq!(pending.count(), 0);
}

#[tokio::test]
async fn an_event_under_way_at_shutdown_is_delivered_again() {
    let folder = tempfile::tempdir().unwrap();
    let local = with(folder.path(), function("hang")).start().await.unwrap();
    let mut events = local.events();
    let request = accept(&local, json!({ "n": 1 }));
    while !matches!(events.recv().await.unwrap(), Event::InvocationStarted { .. }) {}
    local.shutdown().await;
    let local = with(folder.path(), function("echo")).start().await.unwrap();
    let mut events = local.events();
    loop {
        if let Event::Delivered { request_id, .. } = events.recv().await.unwrap() {
            assert_eq!(request_id, request);
            break;
        }
    }
}

#[tokio::test]
async fn withdrawn_events_are_never_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let local = with(folder.path(), function("echo")).start().await.unwrap();
    drop(local.lambda().accept("f", json!(1)).unwrap());
    assert_eq!(local.lambda().outstanding(), 0);
    let pending = std::fs::read_dir(folder.path().join(".store/queue/f")).unwrap();
    assert_eq!(pending.count(), 0);
}

#[tokio::test]
async fn a_batch_may_fail_in_part() {
    let folder = tempfile::tempdir().unwrap();
    let mut function = function("batch");
    function.retries = 1;
    let local = builder(folder.path())
        .function(function)
        .notify(Rule::new("bucket", "f").batched())
        .start()
        .await
        .unwrap();
    let mut events = local.events();
    let client = Client::new(&local);
    for key in ["good-1", "bad", "good-2"] {
        client.put(key, "x").await;
    }
    local.idle().await;
    let letters = local.lambda().dead_letters().unwrap();
    assert_eq!(letters.len(), 1);
    let key = letters[0].record.pointer("/requestPayload/Records/0/s3/object/key");
    assert_eq!(key, Some(&json!("bad")));
    let (mut delivered, mut invoked) = (0, 0);
    while let Ok(event) = events.try_recv() {
        match event {
            Event::Delivered { .. } => delivered += 1,
            Event::InvocationStarted { .. } => invoked += 1,
            _ => {}
        }
    }
    assert_eq!(delivered, 2);
    assert!((2..=4).contains(&invoked), "{invoked}");
}
