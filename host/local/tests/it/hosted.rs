//! Functions that are controlled by another program, with lines of JSON.

use std::sync::{Arc, Mutex};

use obscura_local::lambda::{LogSink, hosted};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines};

struct Asker {
    requests: DuplexStream,
    answers: Lines<BufReader<DuplexStream>>,
    printed: Arc<Mutex<Vec<String>>>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Asker {
    fn new() -> Self {
        let (requests, theirs) = tokio::io::duplex(1 << 16);
        let (answering, answers) = tokio::io::duplex(1 << 16);
        let printed = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&printed);
        let sink: LogSink =
            Arc::new(move |name, line| kept.lock().unwrap().push(format!("{name}: {line}")));
        let served = tokio::spawn(hosted::serve(BufReader::new(theirs), answering, sink));
        Self { requests, answers: BufReader::new(answers).lines(), printed, served }
    }

    async fn ask(&mut self, id: u64, version: &str, env: Value, event: Option<Value>) {
        let mut request = json!({
            "id": id,
            "function": {
                "name": "one",
                "version": version,
                "arn": "arn:aws:lambda:eu-west-1:123456789012:function:one",
                "program": env!("CARGO_BIN_EXE_obscura-local-test-function"),
                "args": [],
                "env": env,
                "timeout_seconds": 60,
                "init_timeout_seconds": 60,
                "memory_mb": 512,
                "concurrency": 2,
            },
        });
        if let Some(event) = event {
            request["event"] = event;
        }
        let line = format!("{request}\n");
        self.requests.write_all(line.as_bytes()).await.unwrap();
    }

    async fn answer(&mut self) -> Value {
        let line = self.answers.next_line().await.unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn starts(&self) -> usize {
        let printed = self.printed.lock().unwrap();
        printed.iter().filter(|line| line.starts_with("one: started")).count()
    }
}

#[tokio::test]
async fn an_environment_serves_until_its_function_changes() {
    let mut asker = Asker::new();
    asker.ask(1, "a", json!({}), None).await;
    assert_eq!(asker.answer().await, json!({ "id": 1, "failed": false, "payload": null }));
    for (id, version, starts) in [(2, "a", 1), (3, "a", 1), (4, "b", 2), (5, "b", 2)] {
        asker.ask(id, version, json!({}), Some(json!({ "n": id }))).await;
        let expected = json!({ "id": id, "failed": false, "payload": { "n": id } });
        assert_eq!(asker.answer().await, expected);
        assert_eq!(asker.starts(), starts, "{id}");
    }
}

#[tokio::test]
async fn failures_are_answers_and_others_go_on() {
    let mut asker = Asker::new();
    let named = json!({ "errorType": "Test.Failed", "errorMessage": "as asked" });
    asker.ask(1, "a", json!({}), Some(json!({ "do": "fail" }))).await;
    assert_eq!(asker.answer().await, json!({ "id": 1, "failed": true, "payload": named }));
    asker.ask(2, "a", json!({}), Some(json!({ "do": "crash" }))).await;
    assert_eq!(asker.answer().await["payload"]["errorType"], "Runtime.ExitError");
    asker.ask(3, "b", json!({ "INIT": "crash" }), Some(json!({}))).await;
    assert_eq!(asker.answer().await["payload"]["errorType"], "Runtime.InitError");
    // A busy one does not delay others.
    asker.ask(4, "c", json!({}), Some(json!({ "do": "hang" }))).await;
    asker.ask(5, "c", json!({}), Some(Value::Null)).await;
    assert_eq!(asker.answer().await, json!({ "id": 5, "failed": false, "payload": null }));
    assert!(asker.printed.lock().unwrap().contains(&"one: null".to_owned()));
}

#[tokio::test]
async fn the_end_of_the_requests_ends_the_functions() {
    let mut asker = Asker::new();
    asker.ask(1, "a", json!({}), None).await;
    asker.answer().await;
    drop(asker.requests);
    asker.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_invalid_request_ends_the_service() {
    let mut asker = Asker::new();
    asker.requests.write_all(b"{\"id\": 1}\n").await.unwrap();
    assert!(asker.served.await.unwrap().is_err());
}
