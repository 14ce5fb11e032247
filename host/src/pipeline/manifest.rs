//! The record of a picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::cost::Cost;
use super::failed_canary::FailedCanary;
use crate::component::TransformName;
use crate::digest::Digest;
use crate::document::{Disposition, Route, StepLimits, text_of};
use crate::error::Rejection;
use crate::key::KeyTemplate;

/// The maximum length of parameters in a manifest. Most have a few hundred bytes; longer ones, with
/// an embedded picture, are looked up in the document.
const MAX_PARAMETERS_BYTES: usize = 4096;

/// The maximum size of a record, for reads and writes.
pub const MAX_RECORD_BYTES: u64 = 4 << 20;

/// The record of a picture, at `<key>/manifest.json`: the picture, its renditions and their
/// components, or its errors. It is written after the renditions, on condition that it has not been
/// written meanwhile; this write is the commit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Manifest {
    /// The version of this format: 2.
    #[schemars(extend("const" = 2))]
    pub version: u32,
    /// The status of the picture.
    pub status: Status,
    /// The picture.
    pub source: SourceRecord,
    /// The route that the picture took.
    pub route: RouteRecord,
    /// The steps, an entry for each run of a component.
    pub steps: Vec<StepRecord>,
    /// The renditions that are stored.
    pub renditions: Vec<RenditionRecord>,
    /// Planned renditions that are made on request. Once made, they are listed under `renditions`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requested: Vec<RequestedRecord>,
    /// Earlier runs whose renditions still exist, for rollback: complete runs with their own keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<RetiredRecord>,
    /// Why this record was written.
    #[serde(default, skip_serializing_if = "Cause::is_event")]
    pub cause: Cause,
    /// When this record was written (RFC 3339).
    pub rendered_at: String,
}

/// Why a record was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// An event of the picture.
    #[default]
    Event,
    /// A request for a rendition.
    Request,
}

impl Cause {
    // serde passes references.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn is_event(&self) -> bool {
        *self == Self::Event
    }
}

/// The status of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Every required step has succeeded.
    Ready,
    /// A required step has failed. Renditions of the same picture by an earlier component stay.
    Failed,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceRecord {
    /// The source bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its ETag, without quotes.
    pub etag: String,
    /// Its version, in a versioned bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its media type, as detected from its bytes.
    pub media_type: String,
}

/// A component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransformRecord {
    /// The transform's name.
    pub name: TransformName,
    /// Its version.
    pub version: String,
    /// The component's SHA-256 digest.
    pub digest: Digest,
    /// The engine that it was compiled for.
    pub engine: String,
}

/// The parts of a route that affect stored renditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RouteRecord {
    /// Its name.
    pub name: String,
    /// The key template.
    pub key_template: KeyTemplate,
    /// The `Cache-Control` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// What browsers do with a rendition that is opened directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
}

/// One run of a component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepRecord {
    /// The step's name.
    pub name: String,
    /// The rendition that it read; the source, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputRecord>,
    /// Its status.
    pub status: StepStatus,
    /// Whether the picture fails if this run fails.
    pub required: bool,
    /// SHA-256 digest over everything that its renditions depend on: the input, the component, the
    /// parameters and the limits. Absent in records of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Digest>,
    /// The component.
    pub transform: TransformRecord,
    /// The canary that failed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<FailedCanary>,
    /// The parameters, unless they are absent or long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// SHA-256 digest of the parameters' JSON text.
    pub parameters_sha256: Digest,
    /// Its limits. Absent in records of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<StepLimits>,
    /// The error, if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Rejection>,
    /// Renditions that later steps read and that were not stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intermediates: Vec<IntermediateRecord>,
    /// Its cost.
    pub cost: Cost,
    /// When it ended (RFC 3339).
    pub rendered_at: String,
}

/// The status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StepStatus {
    /// It has made its renditions.
    Ready,
    /// It failed permanently.
    Failed,
    /// Its input was not made.
    Skipped,
    /// An earlier run on the same picture, whose renditions stay because the new run failed.
    Kept,
}

/// A rendition that a step read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct InputRecord {
    /// The step that made it.
    pub step: String,
    /// Its name.
    pub rendition: String,
}

/// A rendition that is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RenditionRecord {
    /// Its name.
    pub name: String,
    /// The run that made it, as an index into `steps`.
    #[serde(default)]
    pub step: usize,
    /// The transform's name for it, if different.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emitted_as: Option<String>,
    /// Its key in the destination bucket.
    pub key: String,
    /// Its media type.
    pub media_type: String,
    /// Its width in pixels; 0 if it is not a picture.
    pub width: u32,
    /// Its height in pixels; 0 if it is not a picture.
    pub height: u32,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 digest of its bytes.
    pub sha256: Digest,
    /// The ETag that the store gave it.
    pub etag: String,
    /// Its attributes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(String, String)>,
}

/// A rendition that is made on request, with an entry for each possible media type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestedRecord {
    /// Its name.
    pub name: String,
    /// The step that makes it.
    pub step: String,
    /// The key that it will have in the destination bucket.
    pub key: String,
    /// The media type that it will have.
    pub media_type: String,
    /// The run that failed to make it, as an index into `steps`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<usize>,
}

/// A rendition that is not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntermediateRecord {
    /// The transform's name for it.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its width in pixels; 0 if it is not a picture.
    pub width: u32,
    /// Its height in pixels; 0 if it is not a picture.
    pub height: u32,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 digest of its bytes.
    pub sha256: Digest,
}

/// A run whose renditions are no longer named. They are tagged, and removed after a grace period
/// unless the run is needed again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RetiredRecord {
    /// The run.
    #[serde(flatten)]
    pub run: StepRecord,
    /// The ETag of the picture that it read.
    pub source_etag: String,
    /// Its renditions.
    pub renditions: Vec<RenditionRecord>,
    /// Since when they are no longer named (RFC 3339).
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String")]
    pub retired_at: OffsetDateTime,
}

impl Manifest {
    /// Current and retired renditions.
    pub(super) fn all_renditions(&self) -> impl Iterator<Item = &RenditionRecord> {
        self.renditions.iter().chain(self.retired.iter().flat_map(|one| &one.renditions))
    }

    /// All its keys in the destination: of current and of retired renditions.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.all_renditions().map(|rendition| rendition.key.as_str())
    }

    /// The renditions of a run.
    pub fn renditions_of(&self, step: usize) -> impl Iterator<Item = &RenditionRecord> {
        self.renditions.iter().filter(move |rendition| rendition.step == step)
    }

    /// Whether version 1 wrote it.
    pub(super) fn is_of_version_1(&self) -> bool {
        self.steps.iter().all(|step| step.action.is_none())
    }

    /// The digests of all components that it names.
    pub fn digests(&self) -> impl Iterator<Item = Digest> {
        self.steps.iter().map(|step| step.transform.digest)
    }

    /// The error of the picture, if it failed.
    pub fn error(&self) -> Option<&Rejection> {
        let failed = self.status == Status::Failed;
        let errors =
            self.steps.iter().filter(|step| step.required).find_map(|step| step.error.as_ref());
        errors.filter(|_| failed)
    }

    /// The JSON Schema of the record.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}

impl From<&Route> for RouteRecord {
    fn from(route: &Route) -> Self {
        Self {
            name: route.name.clone(),
            key_template: route.key_template.clone(),
            cache_control: route.cache_control().map(str::to_owned),
            disposition: route.disposition,
        }
    }
}

impl RouteRecord {
    /// Whether stored renditions have the same keys and headers for both.
    pub(super) fn stores_like(&self, other: &Self) -> bool {
        self.key_template == other.key_template
            && self.cache_control == other.cache_control
            && self.disposition == other.disposition
    }
}

/// Parameters for a record.
pub(super) fn recorded_parameters(parameters: Option<&Value>) -> Option<Value> {
    parameters.filter(|_| text_of(parameters).len() <= MAX_PARAMETERS_BYTES).cloned()
}
