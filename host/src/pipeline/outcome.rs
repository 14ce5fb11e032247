//! What became of a notification, and what it cost.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::shadow::ShadowTask;
use crate::digest::Digest;
use crate::error::Rejection;

/// What became of a notification.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Renditions were made: so many.
    Rendered(usize),
    /// The renditions were there already.
    Unchanged,
    /// The picture is gone, and so are its renditions.
    Removed,
    /// The picture cannot be rendered; that is recorded.
    Rejected(Rejection),
    /// It is none of the pipeline's business, for this reason.
    Ignored(&'static str),
}

impl Outcome {
    /// The stable code, for logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rendered(_) => "rendered",
            Self::Unchanged => "unchanged",
            Self::Removed => "removed",
            Self::Rejected(rejection) => rejection.code.as_str(),
            Self::Ignored(_) => "ignored",
        }
    }
}

/// An outcome, and what it took.
#[derive(Debug, Clone)]
pub struct Report {
    /// What became of the notification.
    pub outcome: Outcome,
    /// The component that worked, if one did.
    pub digest: Option<Digest>,
    /// What its last run cost.
    pub cost: Cost,
    /// How long it took to fetch and map the component, if it was not there.
    pub loading: Option<Duration>,
    /// What a candidate may render as well, once all pictures are done.
    pub shadow: Option<ShadowTask>,
}

/// What rendering one picture cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Processor time of the transform, in milliseconds.
    pub guest_cpu_ms: f64,
    /// Time from the first instruction of the transform to its last, waiting
    /// for the download and for room to upload included, in milliseconds.
    pub wall_ms: f64,
    /// Time until the last byte of the picture had arrived, in milliseconds.
    pub download_ms: f64,
    /// Time from the first rendition until the last one was stored, in
    /// milliseconds.
    pub upload_ms: f64,
    /// The most memory that the transform used, in bytes.
    pub peak_memory_bytes: u64,
}

/// Milliseconds, to the microsecond.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
