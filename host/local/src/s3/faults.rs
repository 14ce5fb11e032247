//! A store that misbehaves on request, and counts what it is asked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use s3s::access::S3AccessContext;
use s3s::{S3Result, s3_error};

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `503 SlowDown`: throttling.
    Status503SlowDown,
    /// `500 InternalError`.
    Status500,
    /// The connection is closed half-way through an object that is read, or, for any other
    /// request, in the place of an answer.
    DropConnectionMidBody,
    /// The answer takes this much longer.
    Delay(Duration),
}

/// Which requests a fault strikes. What is not named matches everything.
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

    /// Only keys that start so.
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

/// The handle to break the store with, and to read its counters.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    armed: Vec<Armed>,
    counts: BTreeMap<(String, String), u64>,
}

#[derive(Debug)]
struct Armed {
    left: u32,
    matcher: Matcher,
    fault: Fault,
}

impl Faults {
    /// The next `times` requests that match go wrong. Faults armed first strike first.
    pub fn fail_next(&self, times: u32, matcher: Matcher, fault: Fault) {
        self.lock().armed.push(Armed { left: times, matcher, fault });
    }

    /// Nothing goes wrong any more.
    pub fn clear(&self) {
        self.lock().armed.clear();
    }

    /// How often an operation was asked for on a bucket, failures included.
    pub fn count(&self, operation: &str, bucket: &str) -> u64 {
        let key = (operation.to_owned(), bucket.to_owned());
        self.lock().counts.get(&key).copied().unwrap_or(0)
    }

    /// All counts since the start or the last [reset](Self::reset_counts), by operation and bucket.
    pub fn counts(&self) -> BTreeMap<(String, String), u64> {
        self.lock().counts.clone()
    }

    /// Counts from zero.
    pub fn reset_counts(&self) {
        self.lock().counts.clear();
    }

    /// Counts a request and says what is to go wrong with it.
    pub(super) fn meet(&self, operation: &str, bucket: &str, key: &str) -> Option<Fault> {
        let mut shared = self.lock();
        let counter = (operation.to_owned(), bucket.to_owned());
        *shared.counts.entry(counter).or_default() += 1;
        let strikes = |armed: &Armed| armed.matcher.matches(operation, bucket, key);
        let index = shared.armed.iter().position(strikes)?;
        let armed = shared.armed.get_mut(index)?;
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

/// In a request's extensions: the body is to break off half-way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutBody;

/// In a request's extensions: set, it closes the connection in the place of an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct HangUp(Arc<AtomicBool>);

impl HangUp {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Faults {
    /// Called once for each request that may be answered, before anything is done.
    pub(super) async fn strike(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let operation = context.s3_op().name();
        let bucket = context.s3_path().get_bucket_name().unwrap_or_default();
        let key = context.s3_path().get_object_key().unwrap_or_default();
        match self.meet(operation, bucket, key) {
            None => Ok(()),
            Some(Fault::Status503SlowDown) => {
                Err(s3_error!(SlowDown, "Please reduce your request rate."))
            }
            Some(Fault::Status500) => {
                Err(s3_error!(InternalError, "We encountered an internal error. Please try again."))
            }
            Some(Fault::Delay(delay)) => {
                tokio::time::sleep(delay).await;
                Ok(())
            }
            Some(Fault::DropConnectionMidBody) if operation == "GetObject" => {
                context.extensions_mut().insert(CutBody);
                Ok(())
            }
            Some(Fault::DropConnectionMidBody) => {
                if let Some(hang_up) = context.extensions_mut().get::<HangUp>() {
                    hang_up.0.store(true, Ordering::Relaxed);
                }
                Err(s3_error!(InternalError))
            }
        }
    }
}
