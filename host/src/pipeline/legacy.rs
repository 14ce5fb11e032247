//! Records of version 1: a manifest of one component, and `error.json`.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::cost::Cost;
use super::failed_canary::FailedCanary;
use super::manifest::{
    Cause, Manifest, RenditionRecord, RequestedRecord, RetiredRecord, RouteRecord, SourceRecord,
    Status, StepRecord, StepStatus, TransformRecord,
};
use crate::component::TransformName;
use crate::digest::Digest;
use crate::document::StepLimits;
use crate::error::Rejection;
use crate::key::KeyTemplate;
use crate::sandbox::ENGINE_ID;

/// A manifest of either version, to distinguish them.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum AnyManifest {
    Current(Box<Current>),
    First(Box<First>),
}

/// Version 2: [`Manifest`].
#[derive(Deserialize)]
pub(super) struct Current {
    version: u32,
    status: Status,
    source: SourceRecord,
    route: RouteRecord,
    steps: Vec<StepRecord>,
    renditions: Vec<RenditionRecord>,
    #[serde(default)]
    requested: Vec<RequestedRecord>,
    #[serde(default)]
    retired: Vec<RetiredRecord>,
    #[serde(default)]
    cause: Cause,
    rendered_at: String,
}

/// Version 1.
#[derive(Deserialize)]
pub(super) struct First {
    version: u32,
    source: SourceRecord,
    transform: TransformRecord,
    canary: Option<FailedCanary>,
    parameters: Option<Value>,
    parameters_sha256: Digest,
    route: RouteRecord,
    renditions: Vec<RenditionRecord>,
    rendered_at: String,
    cost: Cost,
}

impl<'de> Deserialize<'de> for Manifest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        AnyManifest::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}

impl TryFrom<AnyManifest> for Manifest {
    type Error = String;

    fn try_from(any: AnyManifest) -> Result<Self, String> {
        match any {
            AnyManifest::Current(current) if current.version == 2 => Ok(current.into()),
            AnyManifest::First(first) if first.version == 1 => Ok(first.into()),
            _ => Err("the version is not known; this host reads 1 and 2".to_owned()),
        }
    }
}

impl From<Box<Current>> for Manifest {
    fn from(current: Box<Current>) -> Self {
        // An invalid index would be a rendition without a run.
        let known = current.steps.len();
        let mut requested = current.requested;
        for one in &mut requested {
            one.failed = one.failed.filter(|at| *at < known);
        }
        let renditions = current.renditions.into_iter().filter(|one| one.step < known).collect();
        Self {
            version: current.version,
            status: current.status,
            source: current.source,
            route: current.route,
            steps: current.steps,
            renditions,
            requested,
            retired: current.retired,
            cause: current.cause,
            rendered_at: current.rendered_at,
        }
    }
}

impl From<Box<First>> for Manifest {
    fn from(first: Box<First>) -> Self {
        let step = StepRecord {
            name: first.transform.name.as_str().to_owned(),
            input: None,
            status: StepStatus::Ready,
            required: true,
            action: None,
            transform: first.transform,
            canary: first.canary,
            parameters: first.parameters,
            parameters_sha256: first.parameters_sha256,
            limits: None,
            error: None,
            intermediates: Vec::new(),
            cost: first.cost,
            rendered_at: first.rendered_at.clone(),
        };
        Self {
            version: 2,
            status: Status::Ready,
            source: first.source,
            route: first.route,
            steps: vec![step],
            renditions: first.renditions,
            requested: Vec::new(),
            retired: Vec::new(),
            cause: Cause::Event,
            rendered_at: first.rendered_at,
        }
    }
}

/// The permanent failure that version 1 wrote to `<key>/error.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct ErrorRecord {
    version: u32,
    /// The picture.
    pub source: SourceRecord,
    /// The cause, who can fix it, and how.
    pub error: Rejection,
    transform: TransformName,
    /// The component's SHA-256 digest.
    pub digest: Digest,
    canary: Option<FailedCanary>,
    parameters_sha256: Digest,
    limits: Option<StepLimits>,
    failed_at: String,
}

impl ErrorRecord {
    /// The record that version 2 would have written, given a manifest with existing renditions.
    pub fn into_manifest(self, manifest: Option<Manifest>) -> Option<Manifest> {
        if self.version != 1 {
            return manifest;
        }
        let transform = TransformRecord {
            name: self.transform.clone(),
            version: String::new(),
            digest: self.digest,
            engine: ENGINE_ID.to_owned(),
        };
        let failed = StepRecord {
            name: self.transform.as_str().to_owned(),
            input: None,
            status: StepStatus::Failed,
            required: true,
            action: None,
            transform,
            canary: self.canary,
            parameters: None,
            parameters_sha256: self.parameters_sha256,
            limits: self.limits,
            error: Some(self.error),
            intermediates: Vec::new(),
            cost: Cost::default(),
            rendered_at: self.failed_at.clone(),
        };
        let stood = manifest.filter(|manifest| manifest.source.etag == self.source.etag);
        let mut kept = stood.unwrap_or_else(|| Manifest {
            version: 2,
            status: Status::Failed,
            route: RouteRecord {
                name: String::new(),
                key_template: KeyTemplate::default(),
                cache_control: None,
                disposition: None,
            },
            source: self.source,
            steps: Vec::new(),
            renditions: Vec::new(),
            requested: Vec::new(),
            retired: Vec::new(),
            cause: Cause::Event,
            rendered_at: self.failed_at,
        });
        kept.status = Status::Failed;
        kept.steps.iter_mut().for_each(|step| step.status = StepStatus::Kept);
        kept.renditions.iter_mut().for_each(|rendition| rendition.step += 1);
        kept.steps.insert(0, failed);
        Some(kept)
    }
}
