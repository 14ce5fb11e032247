//! The state of a long operation.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::problem::Trouble;

/// A long operation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Job {
    /// Its number.
    pub(super) id: u64,
    /// What it does.
    pub(super) kind: Kind,
    /// Its subject, as text.
    pub(super) title: String,
    /// Its state.
    pub(super) state: Standing,
    /// The current activity.
    pub(super) doing: String,
    /// The amount done.
    pub(super) done: usize,
    /// The total amount; 0 if unknown.
    pub(super) total: usize,
    /// The results so far.
    pub(super) result: Option<Value>,
    /// Why it failed.
    pub(super) problem: Option<Trouble>,
    /// The start time (RFC 3339).
    pub(super) at: String,
}

/// The kind of a long operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Run a component through the gate without publishing it.
    Check,
    /// Publish a component.
    Publish,
    /// Compare two components.
    Compare,
    /// Verify renditions.
    Verify,
    /// Repair the renditions of a component.
    Repair,
}

/// The state of a long operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Standing {
    /// It is running.
    Running,
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// It was stopped.
    Stopped,
}
