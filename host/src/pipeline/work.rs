//! What one event has done so far, and what it has seen.

use std::time::Duration;

use super::failure::ErrorRecord;
use super::manifest::Manifest;
use super::outcome::{Cost, Outcome};
use super::shadow::ShadowTask;
use super::trial::{FailedCanary, Tried};
use crate::digest::Digest;
use crate::key::{Destination, SourceKey};
use crate::store::Object;

/// What one event has done so far.
pub(super) struct Work {
    pub(super) key: SourceKey,
    pub(super) destination: Destination,
    /// Somebody else wrote while we did: nothing in the destination is trusted.
    pub(super) dirty: bool,
    /// Keys that this event has written and no manifest has named yet.
    pub(super) strays: Vec<String>,
    pub(super) digest: Option<Digest>,
    pub(super) cost: Cost,
    pub(super) loading: Option<Duration>,
    /// The canary that had its try and failed: the stable component's turn.
    pub(super) failed: Option<FailedCanary>,
    /// The run that counts in a trial.
    pub(super) tried: Option<Tried>,
    /// What a candidate may render as well, once all is done.
    pub(super) shadow: Option<ShadowTask>,
}

/// What a round came to.
pub(super) enum Round {
    Done(Outcome),
    Again,
}

/// Whether the record of a failure is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Already,
    New,
}

/// A record that stands in the destination. One that cannot be read is as good
/// as none, but it has an ETag.
pub(super) struct Standing<T> {
    pub(super) record: Option<T>,
    pub(super) etag: Option<String>,
}

/// The source as it was read, and the records that stood then.
pub(super) struct Seen {
    pub(super) source: Box<Object>,
    pub(super) manifest: Standing<Manifest>,
    pub(super) error: Standing<ErrorRecord>,
}

impl Work {
    pub(super) fn new(key: SourceKey, destination: Destination) -> Self {
        Self {
            key,
            destination,
            dirty: false,
            strays: Vec::new(),
            digest: None,
            cost: Cost::default(),
            loading: None,
            failed: None,
            tried: None,
            shadow: None,
        }
    }

    /// The canary that has failed on this very picture.
    pub(super) fn gave_up(&self, etag: &str) -> Option<Digest> {
        self.failed.as_ref().filter(|failed| failed.etag == etag).map(|failed| failed.digest)
    }
}
