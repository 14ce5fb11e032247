//! Where the answers of a function go, as Lambda's destination for successful invocations.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

/// Takes answers.
#[async_trait]
pub trait Destination: Send + Sync + 'static {
    /// Hands an answer on.
    ///
    /// # Errors
    /// Why it was not taken, for people. It is tried again.
    async fn take(&self, answer: &Value) -> Result<(), String>;
}

/// What becomes of the answers that a function gives to events; `null` is none.
#[derive(Clone)]
pub struct OnSuccess {
    /// Who takes them.
    pub destination: Arc<dyn Destination>,
    /// How often an answer is tried again after the first failure. Then its event is a dead letter.
    pub retries: u32,
    /// The wait before the first retry; each further one waits twice as long.
    pub backoff: Duration,
    /// The longest wait.
    pub longest_backoff: Duration,
}

impl OnSuccess {
    /// Tries for about a day, as EventBridge does.
    pub fn new(destination: impl Destination) -> Self {
        Self {
            destination: Arc::new(destination),
            retries: 300,
            backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_secs(300),
        }
    }

    /// The wait before the attempt that follows `failures` failures.
    pub(crate) fn wait(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(16);
        self.backoff.saturating_mul(1 << doublings).min(self.longest_backoff)
    }
}

impl fmt::Debug for OnSuccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnSuccess").field("retries", &self.retries).finish_non_exhaustive()
    }
}
