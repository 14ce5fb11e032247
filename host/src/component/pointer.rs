//! The records of published components.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::TransformName;
use crate::clock::now_text;
use crate::digest::Digest;

/// A published component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Release {
    /// The transform's name.
    pub transform: TransformName,
    /// Its version, from `describe`.
    pub version: String,
    /// The SHA-256 digest of the component.
    pub digest: Digest,
    /// Its compiled forms, by engine id.
    pub artifacts: BTreeMap<String, ArtifactRecord>,
    /// When it was published (RFC 3339).
    pub published_at: String,
    /// Who published it.
    pub published_by: String,
}

/// A compiled component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArtifactRecord {
    /// The SHA-256 digest of its bytes. Only these bytes are run.
    pub sha256: Digest,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A channel's active component. Replacing it takes effect with the next event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pointer {
    /// The active component.
    #[serde(flatten)]
    pub release: Release,
    /// When it became active (RFC 3339).
    pub activated_at: String,
    /// Who made it active.
    #[serde(default)]
    pub activated_by: String,
    /// The reason, if one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The time of the decision: of the upload, or of the command. An older decision never replaces
    /// a newer one, however late it is carried out.
    #[serde(default = "long_ago", with = "time::serde::rfc3339")]
    #[schemars(with = "String")]
    pub decided_at: OffsetDateTime,
    /// The previously active component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Digest>,
    /// Set if the canary is no longer active: it was promoted or withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawal>,
}

/// The end of a canary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Withdrawal {
    /// Since when (RFC 3339).
    pub at: String,
    /// Who withdrew it.
    pub by: String,
    /// Why, in a sentence.
    pub reason: String,
}

impl Pointer {
    /// The same, but not active any more.
    pub fn withdraw(&self, by: &str, reason: &str) -> Self {
        let withdrawal =
            Withdrawal { at: now_text(), by: by.to_owned(), reason: reason.to_owned() };
        // An earlier upload does not reactivate it.
        Self { decided_at: OffsetDateTime::now_utc(), withdrawn: Some(withdrawal), ..self.clone() }
    }
}

fn long_ago() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH
}
