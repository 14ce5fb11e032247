//! Follows the functions of `obscura serve`: waiting and running events, and their results.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use obscura::event::Delivery;
use obscura_local::Event;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::Shared;
use super::feed::News;
use super::gallery::State;
use crate::stack::{FUNCTION, PUBLISH};

/// The period of the plots.
const SECONDS: u64 = 120;
/// Records that are read in parallel.
const AT_A_TIME: usize = 8;

/// What the functions do.
#[derive(Debug)]
pub(super) struct Activity {
    since: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    environments: BTreeMap<u32, Environment>,
    seconds: VecDeque<Second>,
    started: HashMap<String, u32>,
}

/// An execution environment: a process that runs a function.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Environment {
    /// The process.
    pub(super) pid: u32,
    /// The function.
    pub(super) function: String,
    /// Milliseconds from its start to its first event.
    pub(super) init_ms: u64,
    /// Whether it is busy.
    pub(super) busy: bool,
    /// The number of its events.
    pub(super) invocations: u64,
    /// The number of failed events.
    pub(super) failures: u64,
}

/// Statistics of one second.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub(super) struct Second {
    /// Seconds since the studio was opened.
    pub(super) at: u64,
    /// Invocations of the transform function that ended in it.
    pub(super) ended: u32,
    /// Those of them that failed.
    pub(super) failed: u32,
    /// The median of their durations, in milliseconds.
    pub(super) median_ms: f64,
    /// The longest of them.
    pub(super) longest_ms: f64,
    #[serde(skip)]
    durations: Vec<f64>,
}

/// What the functions do.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Report {
    /// The environments.
    environments: Vec<Environment>,
    /// The last two minutes; seconds without work are left out.
    seconds: Vec<Second>,
    /// Seconds since the studio was opened.
    now: u64,
    /// Unfinished events.
    outstanding: usize,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), inner: Mutex::default() }
    }

    pub(super) fn report(&self, outstanding: usize) -> Report {
        let now = self.since.elapsed().as_secs();
        let inner = self.inner();
        let recent = inner.seconds.iter().filter(|one| one.at + SECONDS >= now);
        let seconds = recent.cloned().map(Second::summed).collect();
        Report {
            environments: inner.environments.values().cloned().collect(),
            seconds,
            now,
            outstanding,
        }
    }

    fn note(&self, event: &Event) {
        let at = self.since.elapsed().as_secs();
        let mut inner = self.inner();
        match event {
            Event::EnvironmentStarted { function, pid, init_ms } => {
                let environment = Environment {
                    pid: *pid,
                    function: function.clone(),
                    init_ms: *init_ms,
                    busy: false,
                    invocations: 0,
                    failures: 0,
                };
                inner.environments.insert(*pid, environment);
            }
            Event::EnvironmentStopped { pid, .. } => {
                inner.environments.remove(pid);
            }
            Event::InvocationStarted { request_id, pid, .. } => {
                inner.started.insert(request_id.clone(), *pid);
                if let Some(environment) = inner.environments.get_mut(pid) {
                    environment.busy = true;
                }
            }
            Event::InvocationFinished { function, request_id, duration, error } => {
                let pid = inner.started.remove(request_id);
                if let Some(one) = pid.and_then(|pid| inner.environments.get_mut(&pid)) {
                    one.busy = false;
                    one.invocations += 1;
                    one.failures += u64::from(error.is_some());
                }
                if function == FUNCTION {
                    inner.count(at, *duration, error.is_some());
                }
            }
            _ => {}
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn count(&mut self, at: u64, duration: Duration, failed: bool) {
        if self.seconds.back().is_none_or(|last| last.at != at) {
            self.seconds.push_back(Second { at, ..Second::default() });
        }
        while self.seconds.front().is_some_and(|first| first.at + SECONDS < at) {
            self.seconds.pop_front();
        }
        if let Some(second) = self.seconds.back_mut() {
            second.ended += 1;
            second.failed += u32::from(failed);
            second.durations.push(duration.as_secs_f64() * 1e3);
        }
    }
}

impl Second {
    fn summed(mut self) -> Self {
        self.durations.sort_by(f64::total_cmp);
        self.median_ms = self.durations.get(self.durations.len() / 2).copied().unwrap_or(0.0);
        self.longest_ms = self.durations.last().copied().unwrap_or(0.0);
        self
    }
}

/// The subject of a running event.
#[derive(Clone)]
struct Subject {
    /// In the source bucket; else in the components bucket.
    pictures: bool,
    keys: Vec<String>,
}

/// Follow the functions until the server ends.
pub(super) async fn follow(studio: Shared, mut events: Receiver<Event>) {
    let mut requests: HashMap<String, Subject> = HashMap::new();
    let readers = Arc::new(Semaphore::new(AT_A_TIME));
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => {
                studio.feed.tell(&News::Behind);
                continue;
            }
            Err(RecvError::Closed) => return,
        };
        studio.activity.note(&event);
        let (request, state) = match &event {
            Event::Accepted { function, request_id, payload }
                if function == FUNCTION || function == PUBLISH =>
            {
                let subject = Subject { pictures: function == FUNCTION, keys: keys(payload) };
                requests.insert(request_id.clone(), subject);
                (request_id, Some(State::Queued))
            }
            Event::InvocationStarted { request_id, .. } => (request_id, Some(State::Working)),
            Event::Retrying { request_id, .. } => (request_id, Some(State::Retrying)),
            Event::DeadLettered { request_id, .. } => (request_id, Some(State::Dead)),
            Event::Delivered { request_id, .. } => (request_id, None),
            _ => continue,
        };
        let over = matches!(event, Event::DeadLettered { .. } | Event::Delivered { .. });
        let subject = if over { requests.remove(request) } else { requests.get(request).cloned() };
        let Some(Subject { pictures, keys }) = subject else { continue };
        match state {
            _ if !pictures && over => tell_of_components(&studio, &keys),
            _ if !pictures => {}
            Some(state) => enter(&studio, &keys, state),
            None => {
                let (studio, readers) = (Arc::clone(&studio), Arc::clone(&readers));
                tokio::spawn(async move {
                    let _permit = readers.acquire().await;
                    for key in keys {
                        studio.look_at(&key).await;
                    }
                });
            }
        }
    }
}

/// Handle a log line that pages show: the publish function logs the gate's steps.
pub(super) fn line(studio: &Shared, line: &str) {
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else { return };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    if let (Some(digest), Some(step), Some("the gate")) =
        (text("digest"), text("step"), fields.get("message").and_then(Value::as_str))
    {
        studio.feed.tell(&News::Gate { digest, step });
    }
}

fn enter(studio: &Shared, keys: &[String], state: State) {
    for key in keys {
        let picture = Box::new(studio.gallery.enter(key, state));
        studio.feed.tell(&News::Picture { picture });
    }
}

/// The subject of an event.
fn keys(payload: &Value) -> Vec<String> {
    let delivery = Delivery::parse(payload);
    let notifications = delivery.items.into_iter().flat_map(|item| item.notifications).flatten();
    notifications.map(|one| one.key.as_str().to_owned()).collect()
}

fn tell_of_components(studio: &Shared, keys: &[String]) {
    for key in keys {
        studio.feed.tell(&if key == obscura::document::KEY {
            News::Document
        } else {
            News::Transforms
        });
    }
}
