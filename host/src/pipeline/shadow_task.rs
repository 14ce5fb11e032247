//! A candidate's additional run of a picture.

use std::time::Duration;

use bytes::Bytes;

use super::cost::Cost;
use super::difference::Made;
use crate::digest::Digest;
use crate::document::Step;
use crate::key::SourceKey;
use crate::store::Head;

/// A completed step that a candidate may repeat.
#[derive(Debug, Clone)]
pub struct ShadowTask {
    pub(super) key: SourceKey,
    pub(super) step: Step,
    pub(super) label: String,
    pub(super) input: Input,
    pub(super) parameters: String,
    pub(super) active: Digest,
    pub(super) renditions: Vec<Made>,
    pub(super) cost: Cost,
}

impl ShadowTask {
    /// How long the active component took.
    pub(super) fn took(&self) -> Duration {
        Duration::try_from_secs_f64(self.cost.wall_ms / 1e3).unwrap_or_default()
    }
}

/// The input of a step.
#[derive(Debug, Clone)]
pub(super) enum Input {
    /// The source and its properties.
    Source(Box<Head>),
    /// A rendition, and its media type.
    Rendition(Bytes, String),
}
