//! The result of a notification.

use std::time::Duration;

use super::cost::Cost;
use super::shadow_task::ShadowTask;
use crate::digest::Digest;
use crate::error::{Code, Rejection};

/// The result of a notification.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The number of renditions made.
    Rendered(usize),
    /// The number of existing renditions that the manifest names again.
    Restored(usize),
    /// Everything existed already.
    Unchanged,
    /// The picture is gone, and so are its renditions.
    Removed,
    /// The picture cannot be rendered; that is recorded.
    Rejected(Rejection),
    /// It is ignored, for this reason.
    Ignored(&'static str),
}

impl Outcome {
    /// The stable code, for logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rendered(_) => "rendered",
            Self::Restored(_) => "restored",
            Self::Unchanged => "unchanged",
            Self::Removed => "removed",
            Self::Rejected(rejection) => rejection.code.as_str(),
            Self::Ignored(_) => "ignored",
        }
    }
}

/// An outcome and its cost.
#[derive(Debug, Clone)]
pub struct Report {
    /// The result of the notification.
    pub outcome: Outcome,
    /// The component of the first step.
    pub digest: Option<Digest>,
    /// The components that ran, in the order in which they ended.
    pub steps: Vec<StepReport>,
    /// The time to fetch and map components that were not cached.
    pub loading: Option<Duration>,
    /// The shadow renders that are possible once all pictures are done.
    pub shadows: Vec<ShadowTask>,
}

impl Report {
    /// For a notification that was ignored.
    pub(super) fn of(outcome: Outcome) -> Self {
        let (steps, shadows) = (Vec::new(), Vec::new());
        Self { outcome, digest: None, steps, loading: None, shadows }
    }
}

/// A component that ran.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// The step's name.
    pub step: String,
    /// The component.
    pub digest: Digest,
    /// Its cost.
    pub cost: Cost,
    /// The code of its failure.
    pub failed: Option<Code>,
    /// Whether it made the picture fail.
    pub required: bool,
}

impl Report {
    /// The cost of all runs together.
    pub fn cost(&self) -> Cost {
        self.steps.iter().fold(Cost::default(), |cost, step| cost.and(step.cost))
    }
}
