//! What is told to who watches.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::error::FunctionError;

/// Something that happened to a function or to one of its events.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// An event is on disk and will be delivered.
    Accepted {
        /// The function.
        function: String,
        /// The request, which keeps its id through all attempts.
        request_id: String,
        /// What the function is given.
        payload: Arc<Value>,
    },
    /// A process asked for its first event.
    EnvironmentStarted {
        /// The function.
        function: String,
        /// The process.
        pid: u32,
        /// How long it took from its start.
        init_ms: u64,
    },
    /// A process failed before it asked for its first event.
    EnvironmentFailed {
        /// The function.
        function: String,
        /// Why.
        error: FunctionError,
    },
    /// A process is no more.
    EnvironmentStopped {
        /// The function.
        function: String,
        /// The process.
        pid: u32,
    },
    /// An environment has an event to work on.
    InvocationStarted {
        /// The function.
        function: String,
        /// The request.
        request_id: String,
        /// The process.
        pid: u32,
    },
    /// It is done with it.
    InvocationFinished {
        /// The function.
        function: String,
        /// The request.
        request_id: String,
        /// How long it took.
        duration: Duration,
        /// How it failed, if it did.
        error: Option<FunctionError>,
    },
    /// A failed event will be tried again.
    Retrying {
        /// The function.
        function: String,
        /// The request.
        request_id: String,
        /// How many attempts there were.
        attempts: u32,
        /// The wait before the next.
        delay: Duration,
        /// How the last one failed.
        error: FunctionError,
    },
    /// An event failed for good.
    DeadLettered {
        /// The function.
        function: String,
        /// The request.
        request_id: String,
        /// How the last attempt failed.
        error: FunctionError,
    },
    /// An event was dealt with.
    Delivered {
        /// The function.
        function: String,
        /// The request.
        request_id: String,
    },
}

/// Tells every watcher. A watcher that is too slow misses events; nobody waits for it.
#[derive(Debug, Clone)]
pub(crate) struct Events(pub(crate) tokio::sync::broadcast::Sender<Event>);

impl Events {
    pub(crate) fn new() -> Self {
        Self(tokio::sync::broadcast::channel(4096).0)
    }

    pub(crate) fn tell(&self, event: Event) {
        // An error means that nobody watches.
        let _ = self.0.send(event);
    }
}
