//! What became of the runs that were begun.

use std::collections::HashMap;
use std::sync::Arc;

use super::manifest::InputRecord;
use super::outcome::Cost;
use super::plan::{Plan, PlannedRun};
use super::standing::Found;
use super::upload::{Uploaded, Uploader};
use crate::digest::Digest;
use crate::error::Rejection;

/// What tells a run from all others: its step, what it reads, and its action.
pub(super) type Id = (String, Option<InputRecord>, Digest);

pub(super) fn id(plan: &Plan, run: &PlannedRun) -> Id {
    (run.step.name().to_owned(), plan.input_record(run), run.action)
}

/// What became of a run of the plan.
pub(super) enum End {
    /// An earlier run came out the same.
    Found(Box<Found>),
    /// It ran.
    Made(Box<Made>),
    /// It failed, and would fail again.
    Failed(Rejection, Cost),
    /// What it reads was not made.
    Skipped,
    /// It is made when somebody asks for it.
    Requested,
}

/// What a run has made.
pub(super) struct Made {
    pub(super) uploaded: Uploaded,
    pub(super) cost: Cost,
    /// Stores what is held back.
    pub(super) uploader: Arc<Uploader>,
}

/// The runs that have ended.
pub(super) type Ended = HashMap<Id, Result<Box<Made>, (Rejection, Cost)>>;
