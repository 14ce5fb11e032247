//! Fault injection, and request counters.

mod alter;
mod strike;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub(super) use alter::altered;
pub(super) use strike::{CutBody, End, Fate, IgnoreConditions};

/// The kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `503 SlowDown`: throttling.
    Status503SlowDown,
    /// `500 InternalError`.
    Status500,
    /// The connection is closed half-way through the body of a read, or, for any other request,
    /// instead of a response.
    DropConnectionMidBody,
    /// The request is executed, and the connection is closed instead of a response.
    LoseAnswer,
    /// An S3 error with this code and status.
    Error(&'static str, u16),
    /// The response is delayed by this time.
    Delay(Duration),
    /// The connection is closed at once, and the request is executed when it is
    /// [released](Faults::release_held), as if a network had held it.
    Hold,
    /// A bit of the response's body is changed.
    FlipBit,
    /// The response's body ends half-way, and its length says so.
    ShortBody,
    /// The request is not executed, and the response is `200 OK` and a page, as of a proxy.
    Page,
    /// The conditions of a write are ignored, as by a store that does not implement them.
    IgnoreConditions,
    /// The request hangs without being executed, until the client is killed.
    HaltBefore,
    /// The request is executed, and then hangs.
    HaltAfter,
}

/// Selects requests for a fault. Unset fields match everything.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    operation: Option<String>,
    bucket: Option<String>,
    key_prefix: Option<String>,
}

impl Matcher {
    /// Every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// Only this operation, by its name in S3's reference: `GetObject`, `PutObject`, ….
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Only this bucket.
    #[must_use]
    pub fn bucket(mut self, bucket: impl Into<String>) -> Self {
        self.bucket = Some(bucket.into());
        self
    }

    /// Only keys with this prefix.
    #[must_use]
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.key_prefix = Some(prefix.into());
        self
    }

    fn matches(&self, operation: &str, bucket: &str, key: &str) -> bool {
        self.operation.as_deref().is_none_or(|o| o == operation)
            && self.bucket.as_deref().is_none_or(|b| b == bucket)
            && self.key_prefix.as_deref().is_none_or(|p| key.starts_with(p))
    }
}

/// The handle for fault injection and counters.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    shared: Arc<Mutex<Shared>>,
    held: Arc<Held>,
}

/// Requests that are held.
#[derive(Debug, Default)]
struct Held {
    /// How often they were released.
    releases: watch::Sender<u64>,
    /// How many have not been executed.
    left: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Shared {
    armed: Vec<Armed>,
    halted: u64,
    counts: BTreeMap<(String, String), u64>,
}

#[derive(Debug)]
struct Armed {
    /// Skip this many requests first.
    skip: u64,
    left: u32,
    matcher: Matcher,
    fault: Fault,
}

impl Faults {
    /// The next `times` matching requests fail. Faults apply in the order in which they were armed.
    pub fn fail_next(&self, times: u32, matcher: Matcher, fault: Fault) {
        self.lock().armed.push(Armed { skip: 0, left: times, matcher, fault });
    }

    /// Skip this many matching requests, then let the next one fail.
    pub fn fail_after(&self, skip: u64, matcher: Matcher, fault: Fault) {
        self.lock().armed.push(Armed { skip, left: 1, matcher, fault });
    }

    /// Whether all armed faults have been used.
    pub fn is_clear(&self) -> bool {
        self.lock().armed.is_empty()
    }

    /// Whether requests are to be held.
    pub(super) fn holds(&self) -> bool {
        self.lock().armed.iter().any(|armed| armed.fault == Fault::Hold)
    }

    /// Execute the requests that are held, and wait until that is done.
    pub async fn release_held(&self) {
        self.held.releases.send_modify(|releases| *releases += 1);
        drop(self.held.left.subscribe().wait_for(|left| *left == 0).await);
    }

    /// Holds a request.
    async fn hold(&self) {
        self.held.left.send_modify(|left| *left += 1);
        drop(self.held.releases.subscribe().changed().await);
    }

    /// A held request has been executed.
    pub(super) fn executed(&self) {
        self.held.left.send_modify(|left| *left -= 1);
    }

    /// The number of hanging requests.
    pub fn halted(&self) -> u64 {
        self.lock().halted
    }

    /// Remove all faults.
    pub fn clear(&self) {
        self.lock().armed.clear();
    }

    /// The number of requests for an operation on a bucket, including failures.
    pub fn count(&self, operation: &str, bucket: &str) -> u64 {
        let key = (operation.to_owned(), bucket.to_owned());
        self.lock().counts.get(&key).copied().unwrap_or(0)
    }

    /// All counts since the start or the last [reset](Self::reset_counts), by operation and bucket.
    pub fn counts(&self) -> BTreeMap<(String, String), u64> {
        self.lock().counts.clone()
    }

    /// Resets the counts.
    pub fn reset_counts(&self) {
        self.lock().counts.clear();
    }

    /// Counts a hanging request.
    pub(super) fn halt(&self) {
        self.lock().halted += 1;
    }

    /// Counts a request; returns its fault, if any.
    pub(super) fn meet(&self, operation: &str, bucket: &str, key: &str) -> Option<Fault> {
        let mut shared = self.lock();
        let counter = (operation.to_owned(), bucket.to_owned());
        *shared.counts.entry(counter).or_default() += 1;
        let strikes = |armed: &Armed| armed.matcher.matches(operation, bucket, key);
        let index = shared.armed.iter().position(strikes)?;
        let armed = shared.armed.get_mut(index)?;
        if armed.skip > 0 {
            armed.skip -= 1;
            return None;
        }
        let fault = armed.fault;
        armed.left = armed.left.saturating_sub(1);
        if armed.left == 0 {
            shared.armed.remove(index);
        }
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
