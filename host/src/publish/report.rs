//! What became of an upload, or of a pipeline document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::clock::now_text;
use crate::component::{Channel, TransformName};
use crate::digest::Digest;
use crate::document::Changes;
use crate::error::{Code, Fault};
use crate::gate::{Finding, Judgement, Proof, Refusal, RouteFigures};
use crate::sandbox::ENGINE_ID;

/// What became of an upload: at `reports/<name>/<file>.wasm.json` for
/// `incoming/<name>/<file>.wasm`. The next upload to the same key replaces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this format: 1.
    pub version: u32,
    /// The upload.
    pub upload: UploadRecord,
    /// What became of it.
    pub outcome: Outcome,
    /// The transform that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform: Option<TransformName>,
    /// The channel that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The component's SHA-256 digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Why it was refused, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Why it is to be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultRecord>,
    /// What the channel names now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<Digest>,
    /// What it named before, if this upload moved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Digest>,
    /// What the gate found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// The engine that it was compiled for.
    pub engine: String,
    /// Milliseconds from the event to the end.
    pub ms: f64,
    /// When it was written (RFC 3339).
    pub reported_at: String,
}

/// An upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UploadRecord {
    /// Its key.
    pub key: String,
    /// Its ETag, without quotes.
    pub etag: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was uploaded.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String")]
    pub uploaded_at: OffsetDateTime,
    /// Who uploaded it.
    pub by: String,
    /// What tells the event from a later one of the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequencer: Option<String>,
}

/// What became of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It passed, and is active.
    Active,
    /// It was refused; nothing has changed.
    Refused,
    /// It could not be tried, and will be tried again.
    Deferred,
}

/// What became of a pipeline document: at `reports/pipeline.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentReport {
    /// The version of this format: 1.
    pub version: u32,
    /// The ETag of `pipeline.json`; none, if it was not put there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The SHA-256 digest of the document.
    pub sha256: Digest,
    /// What became of it.
    pub outcome: DocumentOutcome,
    /// Why it was refused.
    pub errors: Vec<Finding>,
    /// What is hardly meant.
    pub warnings: Vec<Finding>,
    /// What it changes against the document in force.
    pub changes: Changes,
    /// What its routes made of golden pictures.
    pub routes: Vec<RouteFigures>,
    /// Milliseconds that it took.
    pub ms: f64,
    /// When it was written (RFC 3339).
    pub reported_at: String,
}

/// What became of a pipeline document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DocumentOutcome {
    /// It passed, and is taken up.
    Proved,
    /// It was refused; the one before it stays.
    Refused,
}

impl DocumentReport {
    pub(super) fn on(sha256: Digest, judgement: Judgement, changes: Changes) -> Self {
        let Judgement { errors, warnings, routes } = judgement;
        let passed = errors.is_empty();
        Self {
            version: 1,
            etag: None,
            sha256,
            outcome: if passed { DocumentOutcome::Proved } else { DocumentOutcome::Refused },
            errors,
            warnings,
            changes,
            routes,
            ms: 0.0,
            reported_at: now_text(),
        }
    }
}

/// Why it could not be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FaultRecord {
    /// What it is called.
    pub code: Code,
    /// What is wrong, in one sentence.
    pub message: String,
}

impl Report {
    /// A report on an upload, with nothing found out yet.
    pub(super) fn on(upload: UploadRecord, outcome: Outcome) -> Self {
        Self {
            version: 1,
            upload,
            outcome,
            transform: None,
            channel: None,
            digest: None,
            refusal: None,
            fault: None,
            active: None,
            previous: None,
            proof: None,
            engine: ENGINE_ID.to_owned(),
            ms: 0.0,
            reported_at: now_text(),
        }
    }

    /// The code of what is wrong, if anything is.
    pub fn problem(&self) -> Option<Code> {
        let refused = self.refusal.as_ref().map(|refusal| refusal.code);
        refused.or_else(|| self.fault.as_ref().map(|fault| fault.code))
    }
}

impl From<Fault> for FaultRecord {
    fn from(fault: Fault) -> Self {
        Self { code: fault.code, message: fault.message }
    }
}
