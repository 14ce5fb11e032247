//! S3 over the wire, and functions as real processes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser;
mod cached;
mod client;
mod conditions;
mod delivery;
mod faults;
mod functions;
mod handed_on;
mod hosted;
mod intruders;
mod keys;
mod listing;
mod multipart;
mod notifications;
mod objects;
mod persistence;
mod refusals;

use std::path::Path;

use obscura_local::{Builder, Delivery, Event, Function, Local};
use tokio::sync::broadcast::Receiver;

/// A server on a free port, over a folder, with the bucket `bucket`.
fn builder(root: &Path) -> Builder {
    Local::builder(root).port(0).bucket("bucket")
}

/// Delivery from the bucket, with the test function behind it, on a free port.
fn delivery() -> Delivery {
    let mut delivery = Delivery::new("bucket");
    delivery.port = 0;
    delivery.function = Some("f".to_owned());
    delivery
}

/// The number of invocations since the last call.
fn invocations(events: &mut Receiver<Event>) -> usize {
    let events = std::iter::from_fn(|| events.try_recv().ok());
    events.filter(|event| matches!(event, Event::InvocationStarted { .. })).count()
}

/// The test function, which follows the event or else its variable `DO`.
fn function(action: &str) -> Function {
    let mut function = Function::new("f", env!("CARGO_BIN_EXE_obscura-local-test-function"));
    function.env = vec![("DO".to_owned(), action.to_owned())];
    function.retry_backoff = std::time::Duration::from_millis(50);
    function.concurrency = 1;
    function
}
