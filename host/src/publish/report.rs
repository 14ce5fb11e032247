//! Reports on uploads and pipeline documents.

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

/// The report on an upload: at `reports/<name>/<file>.wasm.json` for `incoming/<name>/<file>.wasm`.
/// The next upload to the same key replaces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this format: 1.
    pub version: u32,
    /// The upload.
    pub upload: UploadRecord,
    /// The outcome.
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
    /// Why it was refused, and the remedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Why it will be retried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultRecord>,
    /// The channel's current component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<Digest>,
    /// The previous component, if this upload replaced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Digest>,
    /// The gate's proof.
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
    /// The event's position in the order of events of the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequencer: Option<String>,
}

/// The outcome of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It passed, and is active.
    Active,
    /// It was refused; nothing has changed.
    Refused,
    /// It could not be tested, and will be retried.
    Deferred,
}

/// The report on a pipeline document: at `reports/pipeline.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentReport {
    /// The version of this format: 1.
    pub version: u32,
    /// The ETag of `pipeline.json`; none, if it was not uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The SHA-256 digest of the document.
    pub sha256: Digest,
    /// The outcome.
    pub outcome: DocumentOutcome,
    /// Why it was refused.
    pub errors: Vec<Finding>,
    /// Warnings.
    pub warnings: Vec<Finding>,
    /// The changes relative to the active document.
    pub changes: Changes,
    /// The results of its routes for golden pictures.
    pub routes: Vec<RouteFigures>,
    /// The duration in milliseconds.
    pub ms: f64,
    /// When it was written (RFC 3339).
    pub reported_at: String,
}

/// The outcome of a pipeline document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DocumentOutcome {
    /// It passed, and is active.
    Proved,
    /// It was refused; the previous one stays active.
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

/// Why it could not be tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FaultRecord {
    /// Its stable code.
    pub code: Code,
    /// The cause, in one sentence.
    pub message: String,
}

impl Report {
    /// An empty report on an upload.
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

    /// The error code, if any.
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
