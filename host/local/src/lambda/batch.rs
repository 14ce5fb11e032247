//! Delivery as from SQS: several events in one invocation, which may fail one by one.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::entry::Entry;
use super::error::{FunctionError, FunctionErrorKind};
use super::pool::Pool;
use crate::account::REGION;
use crate::clock;

/// How events are gathered into batches.
#[derive(Debug, Clone, Copy)]
pub struct Batching {
    /// The most that one invocation gets.
    pub size: usize,
    /// How long a batch may wait to become full.
    pub window: Duration,
}

impl Default for Batching {
    /// SQS's default size, and a window short enough for a person who waits.
    fn default() -> Self {
        Self { size: 10, window: Duration::from_millis(100) }
    }
}

/// Gathers events and sends them off together.
pub(crate) struct Batcher {
    batching: Batching,
    gathering: Arc<Mutex<Vec<Waiting>>>,
}

struct Waiting {
    record: Value,
    message_id: String,
    outcome: oneshot::Sender<Result<Bytes, FunctionError>>,
}

impl Batcher {
    pub(crate) fn new(batching: Batching) -> Self {
        Self { batching, gathering: Arc::default() }
    }

    /// Adds an event to the batch that is gathering, and waits for its own outcome.
    pub(crate) async fn send(
        &self,
        pool: &Arc<Pool>,
        entry: &Entry,
    ) -> Result<Bytes, FunctionError> {
        let (outcome, receiver) = oneshot::channel();
        let waiting = Waiting {
            record: record(entry, &pool.function.name),
            message_id: entry.request_id.clone(),
            outcome,
        };
        let (first, full) = {
            let mut gathering = lock(&self.gathering);
            gathering.push(waiting);
            let full = gathering.len() >= self.batching.size.max(1);
            (gathering.len() == 1, full.then(|| std::mem::take(&mut *gathering)))
        };
        if let Some(batch) = full {
            tokio::spawn(invoke(Arc::clone(pool), batch));
        } else if first {
            // Whoever starts a batch sees to it that it leaves.
            let (gathering, pool) = (Arc::clone(&self.gathering), Arc::clone(pool));
            let window = self.batching.window;
            tokio::spawn(async move {
                tokio::time::sleep(window).await;
                let batch = std::mem::take(&mut *lock(&gathering));
                if !batch.is_empty() {
                    invoke(pool, batch).await;
                }
            });
        }
        receiver.await.unwrap_or_else(|_| {
            Err(FunctionError::new(
                FunctionErrorKind::Shutdown,
                "Runtime.Shutdown",
                "The server is shutting down".to_owned(),
            ))
        })
    }
}

fn lock(gathering: &Mutex<Vec<Waiting>>) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
    gathering.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One invocation for the batch; then each event learns what became of it.
async fn invoke(pool: Arc<Pool>, mut batch: Vec<Waiting>) {
    // Whoever waited for these has gone: the server is going down.
    batch.retain(|waiting| !waiting.outcome.is_closed());
    if batch.is_empty() {
        return;
    }
    let records: Vec<Value> =
        batch.iter_mut().map(|waiting| std::mem::take(&mut waiting.record)).collect();
    let payload = Bytes::from(json!({ "Records": records }).to_string());
    let outcome = pool.invoke(&uuid::Uuid::new_v4().to_string(), payload).await;
    let failed = match &outcome {
        Ok(answer) => failures(answer, &batch),
        Err(_) => HashSet::new(),
    };
    for waiting in batch {
        let outcome = match &outcome {
            Ok(_) if failed.contains(&waiting.message_id) => Err(FunctionError::new(
                FunctionErrorKind::Handler,
                "BatchItemFailure",
                "The function reported this message as failed".to_owned(),
            )),
            outcome => outcome.clone(),
        };
        let _ = waiting.outcome.send(outcome);
    }
}

/// The messages that the function reports as failed. An answer that names one which was not in the
/// batch, or none at all, means that everything failed, as it does to SQS.
fn failures(answer: &[u8], batch: &[Waiting]) -> HashSet<String> {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let Some(items) = answer.get("batchItemFailures").and_then(Value::as_array) else {
        return HashSet::new();
    };
    let all: HashSet<String> = batch.iter().map(|w| w.message_id.clone()).collect();
    let named: Option<HashSet<String>> =
        items.iter().map(|item| item.get("itemIdentifier")?.as_str().map(str::to_owned)).collect();
    match named {
        Some(named) if named.is_subset(&all) => named,
        _ => all,
    }
}

/// A message as the function gets it.
fn record(entry: &Entry, function: &str) -> Value {
    let body = entry.payload.to_string();
    json!({
        "messageId": entry.request_id,
        "receiptHandle": uuid::Uuid::new_v4().simple().to_string(),
        "md5OfBody": hex_simd::encode_to_string(Md5::digest(&body), hex_simd::AsciiCase::Lower),
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": (entry.attempts + 1).to_string(),
            "SentTimestamp": entry.accepted_ms.to_string(),
            "SenderId": "000000000000",
            "ApproximateFirstReceiveTimestamp": clock::now_ms().to_string(),
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:{REGION}:000000000000:{function}"),
        "awsRegion": REGION,
    })
}
