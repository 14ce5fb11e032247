//! An earlier run that would come out the same.

use super::manifest::{RenditionRecord, StepRecord};

/// An earlier run with the same action.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) run: StepRecord,
    pub(super) renditions: Vec<RenditionRecord>,
}
