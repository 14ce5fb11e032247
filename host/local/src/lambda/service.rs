//! All functions, their queues and their dead letters.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::{broadcast, watch};

use super::batch::{Batcher, Batching};
use super::dead_letter::{self, DeadLetter, DeadLetters};
use super::error::FunctionError;
use super::event::{Event, Events};
use super::function::Function;
use super::output::LogSink;
use super::pool::Pool;
use super::queue::{Accepted, Queue};

/// No function of this name was configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no function {0:?}")]
pub struct UnknownFunction(pub String);

/// All functions.
pub struct Lambda {
    functions: BTreeMap<String, Served>,
    events: Events,
    outstanding: watch::Sender<usize>,
}

struct Served {
    pool: Arc<Pool>,
    queue: Arc<Queue>,
    batches: Arc<Queue>,
    dead_letters: DeadLetters,
}

impl Lambda {
    /// Opens the queues under `folder`. Nothing is delivered before [`resume`](Self::resume).
    ///
    /// # Errors
    /// The folder cannot be used, or a function's name cannot name a folder.
    pub fn open(folder: &Path, functions: Vec<Function>, sink: &LogSink) -> io::Result<Self> {
        let events = Events::new();
        let outstanding = watch::Sender::new(0);
        let mut served = BTreeMap::new();
        for function in functions {
            let name = function.name.clone();
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if name.is_empty() || !name.chars().all(plain) {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("{name:?} cannot be the name of a function"),
                ));
            }
            let dead_letters =
                DeadLetters::open(&name, folder.join(dead_letter::FOLDER).join(&name))?;
            let pool = Arc::new(Pool::new(function, events.clone(), sink.clone()));
            let queue = |kind: &str, batcher: Option<Batcher>| {
                Queue::open(
                    folder.join(kind).join(&name),
                    Arc::clone(&pool),
                    dead_letters.clone(),
                    events.clone(),
                    outstanding.clone(),
                    batcher,
                )
                .map(Arc::new)
            };
            let entry = Served {
                queue: queue("queue", None)?,
                batches: queue("batches", Some(Batcher::new(Batching::default())))?,
                pool,
                dead_letters,
            };
            served.insert(name, entry);
        }
        Ok(Self { functions: served, events, outstanding })
    }

    /// Delivers what was pending when the last server ended.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn resume(&self) -> io::Result<()> {
        for served in self.functions.values() {
            served.queue.resume()?;
            served.batches.resume()?;
        }
        Ok(())
    }

    /// Whether there is a function of this name.
    pub fn has(&self, function: &str) -> bool {
        self.functions.contains_key(function)
    }

    /// Invokes a function and waits for its answer. There are no retries.
    ///
    /// # Errors
    /// What the function or its environment came to grief with.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Value, FunctionError> {
        let served = self.functions.get(function).ok_or_else(|| {
            FunctionError::new(
                super::FunctionErrorKind::Init,
                "ResourceNotFoundException",
                UnknownFunction(function.to_owned()).to_string(),
            )
        })?;
        let request_id = uuid::Uuid::new_v4().to_string();
        let payload = Bytes::from(payload.to_string());
        let answer = served.pool.invoke(&request_id, payload).await?;
        Ok(value(&answer))
    }

    /// Puts an event on disk; once released it is delivered, with retries, at least once.
    ///
    /// # Errors
    /// There is no such function, or the disk failed.
    pub fn accept(&self, function: &str, payload: Value) -> io::Result<Accepted> {
        self.served(function)?.queue.accept(payload, None)
    }

    /// [`accept`](Self::accept) into a lane, of which one event is dealt with at a time, in the
    /// order of their release.
    ///
    /// # Errors
    /// There is no such function, or the disk failed.
    pub fn accept_in_lane(
        &self,
        function: &str,
        payload: Value,
        lane: String,
    ) -> io::Result<Accepted> {
        self.served(function)?.queue.accept(payload, Some(lane))
    }

    /// [`accept`](Self::accept), with delivery in batches as from SQS.
    ///
    /// # Errors
    /// There is no such function, or the disk failed.
    pub fn accept_batched(&self, function: &str, payload: Value) -> io::Result<Accepted> {
        self.served(function)?.batches.accept(payload, None)
    }

    /// Starts an environment of a function ahead of the first event.
    ///
    /// # Errors
    /// It cannot start.
    pub async fn warm_up(&self, function: &str) -> Result<(), FunctionError> {
        match self.functions.get(function) {
            Some(served) => served.pool.warm_up().await,
            None => Ok(()),
        }
    }

    /// Everything that happens from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.0.subscribe()
    }

    /// How many accepted events are not dealt with yet, those waiting for a retry included.
    pub fn outstanding(&self) -> usize {
        *self.outstanding.borrow()
    }

    /// Waits until every accepted event is dealt with, be it as a dead letter.
    pub async fn idle(&self) {
        self.fewer_than(1).await;
    }

    /// Waits until fewer than `most` accepted events are unfinished.
    pub async fn fewer_than(&self, most: usize) {
        let mut outstanding = self.outstanding.subscribe();
        // An error cannot be: the sender is ours.
        let _ = outstanding.wait_for(|count| *count < most).await;
    }

    /// The events that failed for good, the oldest of each function first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn dead_letters(&self) -> io::Result<Vec<DeadLetter>> {
        let mut all = Vec::new();
        for served in self.functions.values() {
            all.extend(served.dead_letters.list()?);
        }
        Ok(all)
    }

    /// Replays every dead letter as a new event; gives their number.
    ///
    /// # Errors
    /// The disk failed; what was not replayed is still among the dead letters.
    pub fn redrive(&self) -> io::Result<usize> {
        let mut replayed = 0;
        for letter in self.dead_letters()? {
            let payload = letter.record.get("requestPayload").cloned();
            // First on disk in the one place, then gone from the other.
            let accepted = self.accept(&letter.function, payload.unwrap_or_default())?;
            DeadLetters::remove(&letter.path)?;
            accepted.release();
            replayed += 1;
        }
        Ok(replayed)
    }

    /// Stops delivering and stops every environment. What is not dealt with stays on disk.
    pub async fn shutdown(&self) {
        let stopping = self.functions.values().map(|served| async {
            served.pool.shutdown().await;
            served.queue.close();
            served.batches.close();
        });
        futures::future::join_all(stopping).await;
    }

    fn served(&self, function: &str) -> io::Result<&Served> {
        self.functions.get(function).ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, UnknownFunction(function.to_owned()))
        })
    }
}

/// What a function answered. A custom runtime may answer with anything; what is not JSON is text.
pub(super) fn value(answer: &[u8]) -> Value {
    serde_json::from_slice(answer)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(answer).into_owned()))
}

impl Drop for Lambda {
    /// Deliveries hold their queue, and the queue holds them.
    fn drop(&mut self) {
        for served in self.functions.values() {
            served.queue.close();
            served.batches.close();
        }
    }
}
