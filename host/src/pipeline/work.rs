//! What one event has done so far.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use super::canary::{FailedCanary, Tried};
use super::outcome::{Outcome, StepReport};
use super::shadow::ShadowTask;
use crate::digest::Digest;
use crate::key::{Destination, SourceKey};

/// What one event has done so far.
pub(super) struct Work {
    pub(super) key: SourceKey,
    pub(super) destination: Destination,
    /// Renditions that somebody asks for, by name.
    pub(super) wanted: HashSet<String>,
    /// When the transforms have to be done.
    pub(super) deadline: Option<Instant>,
    /// Somebody else wrote while we did: what stands under keys that are written
    /// more than once is not trusted.
    pub(super) dirty: bool,
    /// The picture is read even if the manifest says that it is rendered.
    pub(super) thorough: bool,
    /// Keys that this event has written and no manifest has named yet.
    pub(super) strays: Vec<String>,
    /// The canaries that failed on the picture, by step: the stable component's
    /// turn.
    pub(super) failed: BTreeMap<String, FailedCanary>,
    /// Whether one of them failed since the plan was made.
    pub(super) gave_up: bool,
    /// The ETag of the picture that is looked at.
    pub(super) etag: String,
    /// Steps that count in a trial, by name.
    pub(super) tried: BTreeMap<String, Tried>,
    /// The component of the first step.
    pub(super) digest: Option<Digest>,
    /// What has run.
    pub(super) steps: Vec<StepReport>,
    /// How long it took to fetch and map components that were not there.
    pub(super) loading: Option<Duration>,
    /// What candidates may render as well, once all is done.
    pub(super) shadows: Vec<ShadowTask>,
}

/// What a round came to.
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

    /// The picture that is looked at now. What failed on another one may succeed
    /// on it.
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
