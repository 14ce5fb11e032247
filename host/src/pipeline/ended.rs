//! The results of started runs.

use std::collections::HashMap;
use std::sync::Arc;

use super::cost::Cost;
use super::found::Found;
use super::manifest::InputRecord;
use super::plan::{Plan, PlannedRun};
use super::upload::{Uploaded, Uploader};
use crate::digest::Digest;
use crate::error::Rejection;

/// The identity of a run: its step, its input, and its action.
pub(super) type Id = (String, Option<InputRecord>, Digest);

pub(super) fn id(plan: &Plan, run: &PlannedRun) -> Id {
    (run.step.name().to_owned(), plan.input_record(run), run.action)
}

/// The result of a run of the plan.
pub(super) enum End {
    /// An earlier run has the same action.
    Found(Box<Found>),
    /// It ran.
    Made(Box<Made>),
    /// It failed permanently.
    Failed(Rejection, Cost),
    /// Its input was not made.
    Skipped,
    /// It is made on request.
    Requested,
}

/// The output of a run.
pub(super) struct Made {
    pub(super) uploaded: Uploaded,
    pub(super) cost: Cost,
    /// Stores deferred renditions.
    pub(super) uploader: Arc<Uploader>,
}

/// The runs that have ended.
pub(super) type Ended = HashMap<Id, Result<Box<Made>, (Rejection, Cost)>>;
