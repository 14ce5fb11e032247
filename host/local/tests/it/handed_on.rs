//! A function's responses: sent to their destination in order, and never lost.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use obscura_local::{Destination, Function, Local, OnSuccess, Rule};
use serde_json::{Value, json};

use crate::client::Client;
use crate::{builder, function, invocations};

/// Accepts responses, except for the next few.
#[derive(Clone, Default)]
struct Taker {
    refusals: Arc<AtomicUsize>,
    taken: Arc<Mutex<Vec<Value>>>,
}

#[async_trait]
impl Destination for Taker {
    async fn take(&self, answer: &Value) -> Result<(), String> {
        let less = |left: usize| left.checked_sub(1);
        let refused = self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        if refused.is_ok() {
            return Err("not now".to_owned());
        }
        self.taken.lock().unwrap().push(answer.clone());
        Ok(())
    }
}

impl Taker {
    fn refuse(&self, times: usize) {
        self.refusals.store(times, Ordering::SeqCst);
    }

    fn function(&self) -> Function {
        let mut function = function("echo");
        function.concurrency = 4;
        let mut on_success = OnSuccess::new(self.clone());
        on_success.backoff = Duration::from_millis(20);
        function.on_success = Some(on_success);
        function
    }

    async fn serve(&self, folder: &Path) -> Local {
        let rule = Rule::new("bucket", "f").in_order();
        builder(folder).function(self.function()).notify(rule).start().await.unwrap()
    }

    /// Names of events by key.
    fn of(&self, key: &str) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        let text =
            |event: &Value, pointer: &str| event.pointer(pointer)?.as_str().map(str::to_owned);
        let of_key =
            |event: &&Value| text(event, "/Records/0/s3/object/key").as_deref() == Some(key);
        let size = |event: &Value| event.pointer("/Records/0/s3/object/size").map(Value::to_string);
        let told = |event| size(event).or_else(|| text(event, "/Records/0/eventName"));
        taken.iter().filter(of_key).filter_map(told).collect()
    }
}

#[tokio::test]
async fn answers_are_taken_once_each_though_some_are_refused_first() {
    let folder = tempfile::tempdir().unwrap();
    let taker = Taker::default();
    let local = taker.serve(folder.path()).await;
    let mut events = local.events();
    taker.refuse(7);
    let client = Client::new(&local);
    for key in ["a", "b", "c"] {
        client.put(key, "x").await;
    }
    local.idle().await;
    assert_eq!(taker.taken.lock().unwrap().len(), 3);
    // Completed events are not repeated.
    assert_eq!(invocations(&mut events), 3);
    assert!(local.lambda().dead_letters().unwrap().is_empty());
}

#[tokio::test]
async fn events_of_one_object_are_forwarded_in_order_despite_failures() {
    let folder = tempfile::tempdir().unwrap();
    let taker = Taker::default();
    let local = taker.serve(folder.path()).await;
    let client = Client::new(&local);
    let sizes: Vec<String> = (1..=20).map(|size| size.to_string()).collect();
    for size in 1..=20 {
        if size % 3 == 0 {
            taker.refuse(2);
        }
        for key in ["a", "b"] {
            client.put(key, "x".repeat(size)).await;
        }
    }
    client.delete("a").await;
    local.idle().await;
    assert_eq!(taker.of("b"), sizes);
    let mut of_a = taker.of("a");
    assert_eq!(of_a.pop().as_deref(), Some("ObjectRemoved:Delete"));
    assert_eq!(of_a, sizes);
}

#[tokio::test]
async fn an_undelivered_response_is_kept_for_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let taker = Taker::default();
    let local = taker.serve(folder.path()).await;
    let mut events = local.events();
    taker.refuse(usize::MAX);
    let client = Client::new(&local);
    client.put("a", "1").await;
    client.put("a", "12").await;
    while invocations(&mut events) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    local.shutdown().await;
    assert!(taker.taken.lock().unwrap().is_empty());
    taker.refuse(1);
    let local = taker.serve(folder.path()).await;
    let mut events = local.events();
    local.idle().await;
    assert_eq!(taker.of("a"), ["1", "2"]);
    // The first was completed before.
    assert!(invocations(&mut events) <= 1);
}

#[tokio::test]
async fn null_is_no_response_and_an_undeliverable_one_is_a_dead_letter() {
    let folder = tempfile::tempdir().unwrap();
    let taker = Taker::default();
    let mut function = taker.function();
    function.on_success.as_mut().unwrap().retries = 2;
    let local = builder(folder.path()).function(function).start().await.unwrap();
    local.lambda().accept("f", Value::Null).unwrap().release();
    local.idle().await;
    assert!(taker.taken.lock().unwrap().is_empty());
    taker.refuse(usize::MAX);
    local.lambda().accept("f", json!({ "n": 1 })).unwrap().release();
    local.idle().await;
    let letters = local.lambda().dead_letters().unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].record["requestPayload"], json!({ "n": 1 }));
    assert_eq!(letters[0].record["responsePayload"]["errorType"], "Destination.NotTaken");
    taker.refuse(0);
    assert_eq!(local.lambda().redrive().unwrap(), 1);
    local.idle().await;
    assert_eq!(*taker.taken.lock().unwrap(), [json!({ "n": 1 })]);
}
