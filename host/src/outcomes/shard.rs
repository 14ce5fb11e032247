//! The object of one execution environment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::RouteCounts;
use crate::component::Trial;

/// The most bytes of a shard. It has a few hundred a route, and a few examples.
pub(super) const MAX_SHARD_BYTES: u64 = 4 << 20;

/// What one execution environment has counted of a trial, from its start on.
/// Nobody else writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shard {
    /// The version of this format: 1.
    pub version: u32,
    /// The trial.
    pub trial: Trial,
    /// Counts by the route's name.
    pub routes: BTreeMap<String, RouteCounts>,
    /// When it was written (RFC 3339).
    pub written_at: String,
}
