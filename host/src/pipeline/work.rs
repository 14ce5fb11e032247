//! The progress of one event.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use super::failed_canary::{FailedCanary, Tried};
use super::outcome::{Outcome, StepReport};
use super::shadow_task::ShadowTask;
use crate::digest::Digest;
use crate::key::{Destination, SourceKey};

/// The progress of one event.
pub(super) struct Work {
    pub(super) key: SourceKey,
    pub(super) destination: Destination,
    /// Requested renditions, by name.
    pub(super) wanted: HashSet<String>,
    /// The deadline of the transforms.
    pub(super) deadline: Option<Instant>,
    /// There was a concurrent write: objects with keys that can be overwritten are not trusted.
    pub(super) dirty: bool,
    /// Read the picture even if the manifest says that it is rendered.
    pub(super) thorough: bool,
    /// Keys that this event has written and no manifest names yet.
    pub(super) strays: Vec<String>,
    /// The canaries that failed on the picture, by step: there, the stable component runs.
    pub(super) failed: BTreeMap<String, FailedCanary>,
    /// Whether one of them failed after the plan was made.
    pub(super) gave_up: bool,
    /// The ETag of the current picture.
    pub(super) etag: String,
    /// Steps that take part in a trial, by name.
    pub(super) tried: BTreeMap<String, Tried>,
    /// The component of the first step.
    pub(super) digest: Option<Digest>,
    /// Completed runs.
    pub(super) steps: Vec<StepReport>,
    /// The time to fetch and map components that were not cached.
    pub(super) loading: Option<Duration>,
    /// The shadow renders that are possible at the end.
    pub(super) shadows: Vec<ShadowTask>,
}

/// The result of a round.
pub(super) enum Round {
    Done(Outcome),
    Again,
}

impl Work {
    pub(super) fn new(key: SourceKey, destination: Destination) -> Self {
        Self {
            key,
            destination,
            wanted: HashSet::new(),
            deadline: None,
            dirty: false,
            thorough: false,
            strays: Vec::new(),
            failed: BTreeMap::new(),
            gave_up: false,
            etag: String::new(),
            tried: BTreeMap::new(),
            digest: None,
            steps: Vec::new(),
            loading: None,
            shadows: Vec::new(),
        }
    }

    /// Set the current picture. A component that failed on another picture may succeed on this one.
    pub(super) fn begin(&mut self, etag: &str) {
        if self.etag != etag {
            self.failed.clear();
            self.tried.clear();
            etag.clone_into(&mut self.etag);
        }
        self.digest = None;
        self.shadows.clear();
    }
}
