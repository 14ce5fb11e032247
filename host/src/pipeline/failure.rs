//! The record of a picture that cannot be rendered.

use serde::{Deserialize, Serialize};

use super::manifest::SourceRecord;
use super::trial::FailedCanary;
use crate::component::{Choice, TransformName};
use crate::digest::Digest;
use crate::document::Route;
use crate::error::Rejection;

/// Written to `<key>/error.json` when trying again would not help.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ErrorRecord {
    /// The version of this format: 1.
    pub version: u32,
    /// The picture.
    pub source: SourceRecord,
    /// What is wrong, who can mend it, and how.
    pub error: Rejection,
    /// The transform that was asked.
    pub transform: TransformName,
    /// The component's SHA-256 digest.
    pub digest: Digest,
    /// The canary that had failed on it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<FailedCanary>,
    /// SHA-256 digest of the parameters' JSON text.
    pub parameters_sha256: Digest,
    /// The route's limits, which may have had a part in it.
    pub limits: serde_json::Value,
    /// When it was tried (RFC 3339).
    pub failed_at: String,
}

impl ErrorRecord {
    /// Whether the same would come of this picture, on this route, with this
    /// component.
    pub(super) fn is_current(&self, etag: &str, route: &Route, choice: &Choice) -> bool {
        self.version == 1
            && self.source.etag == etag
            && self.transform == route.transform
            && choice.is_settled_by(self.digest, self.canary.as_ref().map(|canary| canary.digest))
            && self.parameters_sha256 == Digest::of(route.parameters_text().as_bytes())
            && self.limits == limits(route)
    }
}

/// The route's limits as they are recorded.
pub(super) fn limits(route: &Route) -> serde_json::Value {
    serde_json::to_value(&route.limits).unwrap_or_default()
}
