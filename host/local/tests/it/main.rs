//! S3 over the wire, and functions as real processes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser;
mod client;
mod conditions;
mod delivery;
mod faults;
mod functions;
mod keys;
mod listing;
mod multipart;
mod notifications;
mod objects;
mod persistence;
mod refusals;

use std::path::Path;

use obscura_local::{Builder, Function, Local};

/// A server on a free port, over a folder, with the bucket `bucket`.
fn builder(root: &Path) -> Builder {
    Local::builder(root).port(0).bucket("bucket")
}

/// The test function, which does what its variable `DO` says unless the event says otherwise.
fn function(action: &str) -> Function {
    let mut function = Function::new("f", env!("CARGO_BIN_EXE_obscura-local-test-function"));
    function.env = vec![("DO".to_owned(), action.to_owned())];
    function.retry_backoff = std::time::Duration::from_millis(50);
    function.concurrency = 1;
    function
}
