//! The object of one execution environment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::RouteCounts;
use crate::component::Trial;

/// The maximum size of a shard. It has a few hundred bytes per route, and a few examples.
pub(super) const MAX_SHARD_BYTES: u64 = 4 << 20;

/// The counts of one execution environment for a trial, since its start. It has no other writer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shard {
    /// The version of this format: 1.
    pub version: u32,
    /// The trial.
    pub trial: Trial,
    /// Counts by route name.
    pub routes: BTreeMap<String, RouteCounts>,
    /// When it was written (RFC 3339).
    pub written_at: String,
}
