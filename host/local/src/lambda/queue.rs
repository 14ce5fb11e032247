//! Events accepted for a function: on disk from before they are acknowledged until they are dealt
//! with, in order, at least once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::batch::Batcher;
use super::dead_letter::DeadLetters;
use super::entry::Entry;
use super::error::{FunctionError, FunctionErrorKind};
use super::event::{Event, Events};
use super::function::OnFailure;
use super::lanes::Lanes;
use super::pool::Pool;
use crate::{clock, disk};

/// The queue of one function.
pub(crate) struct Queue {
    folder: PathBuf,
    pool: Arc<Pool>,
    dead_letters: DeadLetters,
    events: Events,
    /// How many events of all queues are not dealt with.
    outstanding: watch::Sender<usize>,
    next_name: AtomicU64,
    deliveries: Mutex<Deliveries>,
    lanes: Lanes,
    /// Set: events go to the function in batches, as from SQS.
    batcher: Option<Batcher>,
}

#[derive(Default)]
struct Deliveries {
    tasks: JoinSet<()>,
    closed: bool,
}

impl Queue {
    /// Opens a queue; what is pending on disk waits for [`resume`](Self::resume).
    pub(crate) fn open(
        folder: PathBuf,
        pool: Arc<Pool>,
        dead_letters: DeadLetters,
        events: Events,
        outstanding: watch::Sender<usize>,
        batcher: Option<Batcher>,
    ) -> io::Result<Self> {
        disk::create_folder(&folder)?;
        Ok(Self {
            folder,
            pool,
            dead_letters,
            events,
            outstanding,
            next_name: AtomicU64::new(clock::now_ns()),
            deliveries: Mutex::new(Deliveries::default()),
            lanes: Lanes::default(),
            batcher,
        })
    }

    /// Delivers what was pending when the last server ended.
    pub(crate) fn resume(self: &Arc<Self>) -> io::Result<()> {
        for path in disk::json_files(&self.folder)? {
            match disk::read_json::<Entry>(&path) {
                Ok(entry) => {
                    self.outstanding.send_modify(|count| *count += 1);
                    self.spawn(path, entry);
                }
                Err(error) => {
                    tracing::error!(%error, "a pending event cannot be read and stays where it is");
                }
            }
        }
        Ok(())
    }

    /// Puts an event on disk. It is delivered once the answer is [released](Accepted::release), and
    /// what was released before it into the same lane is dealt with.
    pub(crate) fn accept(
        self: &Arc<Self>,
        payload: Value,
        lane: Option<String>,
    ) -> io::Result<Accepted> {
        let entry = Entry {
            request_id: uuid::Uuid::new_v4().to_string(),
            payload,
            attempts: 0,
            not_before_ms: 0,
            accepted_ms: clock::now_ms(),
            lane,
            answer: None,
        };
        let number = self.next_name.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("{number:020}.json"));
        disk::write_json(&path, &entry)?;
        self.outstanding.send_modify(|count| *count += 1);
        Ok(Accepted { queue: Arc::clone(self), path, entry: Some(entry) })
    }

    /// Stops delivering. What is not dealt with stays on disk.
    pub(crate) fn close(&self) {
        let mut deliveries = self.deliveries();
        deliveries.closed = true;
        deliveries.tasks.abort_all();
    }

    fn spawn(self: &Arc<Self>, path: PathBuf, entry: Entry) {
        let queue = Arc::clone(self);
        let mut deliveries = self.deliveries();
        if deliveries.closed {
            return;
        }
        while deliveries.tasks.try_join_next().is_some() {}
        let mut turn = entry.lane.as_deref().map(|lane| self.lanes.enter(lane));
        deliveries.tasks.spawn(async move {
            if let Some(turn) = &mut turn {
                turn.come().await;
            }
            if queue.deliver(&path, entry).await {
                if let Err(error) = disk::remove(&path) {
                    tracing::warn!(%error, "an event that was dealt with will be delivered again");
                }
                queue.outstanding.send_modify(|count| *count -= 1);
            }
        });
    }

    /// Tries until it is dealt with one way or the other; `false` if the server stopped first.
    async fn deliver(&self, path: &Path, mut entry: Entry) -> bool {
        let function = &self.pool.function;
        loop {
            let wait = entry.not_before_ms.saturating_sub(clock::now_ms());
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let outcome = self.attempt(path, &mut entry).await;
            entry.attempts += 1;
            let error = match outcome {
                Ok(()) => {
                    self.events.tell(Event::Delivered {
                        function: function.name.clone(),
                        request_id: entry.request_id,
                    });
                    return true;
                }
                Err(error) if error.kind == FunctionErrorKind::Shutdown => return false,
                Err(error) => error,
            };
            let (retries, delay) = match (&function.on_success, &entry.answer) {
                (Some(on_success), Some(_)) => {
                    (on_success.retries, on_success.wait(entry.attempts))
                }
                _ => (function.retries, function.backoff(entry.attempts)),
            };
            if entry.attempts > retries {
                return self.bury(&entry, error);
            }
            let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            entry.not_before_ms = clock::now_ms().saturating_add(delay_ms);
            if let Err(error) = disk::write_json(path, &entry) {
                // It only means that a restart counts the attempts anew.
                tracing::warn!(%error, "the number of attempts cannot be written");
            }
            self.events.tell(Event::Retrying {
                function: function.name.clone(),
                request_id: entry.request_id.clone(),
                attempts: entry.attempts,
                delay,
                error,
            });
        }
    }

    /// Has it worked on, unless that is done, and its answer taken.
    async fn attempt(&self, path: &Path, entry: &mut Entry) -> Result<(), FunctionError> {
        if let Some(batcher) = &self.batcher {
            return batcher.send(&self.pool, entry).await.map(drop);
        }
        let on_success = self.pool.function.on_success.as_ref();
        if entry.answer.is_none() {
            let payload = Bytes::from(entry.payload.to_string());
            let answer = self.pool.invoke(&entry.request_id, payload).await?;
            let answer = serde_json::from_slice(&answer).unwrap_or(Value::Null);
            if on_success.is_none() || answer.is_null() {
                return Ok(());
            }
            (entry.answer, entry.attempts) = (Some(answer), 0);
            if let Err(error) = disk::write_json(path, entry) {
                // It only means that a restart asks the function once more.
                tracing::warn!(%error, "an answer cannot be written");
            }
        }
        match (on_success, &entry.answer) {
            (Some(on_success), Some(answer)) => {
                on_success.destination.take(answer).await.map_err(|reason| {
                    let kind = FunctionErrorKind::Destination;
                    FunctionError::new(kind, "Destination.NotTaken", reason)
                })
            }
            // There is nobody any more who wants it.
            _ => Ok(()),
        }
    }

    /// It failed for good. Nothing is forgotten unless the dead letter is on disk.
    fn bury(&self, entry: &Entry, error: FunctionError) -> bool {
        let function = &self.pool.function;
        if function.on_failure == OnFailure::DeadLetter
            && let Err(error) = self.dead_letters.add(&function.arn(), entry, &error)
        {
            tracing::error!(%error, "a dead letter cannot be written: the event stays in the queue");
            return false;
        }
        self.events.tell(Event::DeadLettered {
            function: function.name.clone(),
            request_id: entry.request_id.clone(),
            error,
        });
        true
    }

    fn deliveries(&self) -> std::sync::MutexGuard<'_, Deliveries> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event that is on disk and not delivered yet. Dropped, it is withdrawn.
#[must_use = "an event that is not released is withdrawn"]
pub struct Accepted {
    queue: Arc<Queue>,
    path: PathBuf,
    entry: Option<Entry>,
}

impl Accepted {
    /// Delivers it from now on; gives the request's id.
    pub fn release(mut self) -> String {
        let Some(entry) = self.entry.take() else {
            return String::new();
        };
        let request_id = entry.request_id.clone();
        self.queue.events.tell(Event::Accepted {
            function: self.queue.pool.function.name.clone(),
            request_id: request_id.clone(),
            payload: Arc::new(entry.payload.clone()),
        });
        self.queue.spawn(std::mem::take(&mut self.path), entry);
        request_id
    }

    /// Leaves it on disk for the next start: the server is going down.
    pub(crate) fn leave(mut self) {
        self.entry = None;
    }
}

impl Drop for Accepted {
    fn drop(&mut self) {
        if self.entry.is_some() {
            if let Err(error) = disk::remove(&self.path) {
                tracing::warn!(%error, "a withdrawn event may be delivered after all");
            }
            self.queue.outstanding.send_modify(|count| *count -= 1);
        }
    }
}
