//! Renders pictures again, and compares bytes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::component::component_key;
use crate::digest::Digest;
use crate::document::{Document, text_of};
use crate::pipeline::{Manifest, RenditionRecord, StepRecord, StepStatus, TransformRecord};
use crate::sandbox::{
    Artifact, Interruption, Job, Limits, Rendition, RenditionSink, Sandbox, SourceInfo, Transform,
};
use crate::store::{Fetched, Object, Store, StoreError};

/// The maximum size of renditions and pictures.
const MAX_BYTES: u64 = 2 << 30;

/// Renders again according to manifests.
///
/// It trusts no artifacts: each component is compiled once from the bytes with its digest.
#[derive(Debug)]
pub struct Verifier {
    store: Store,
    components: String,
    destination: String,
    document: Arc<Document>,
    sandbox: Sandbox,
    compiled: Mutex<HashMap<Digest, Transform>>,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// The bytes are the same, and match the stored ones.
    Holds {
        /// The number of renditions.
        renditions: usize,
    },
    /// They differ.
    Differs {
        /// The differences, one sentence each.
        differences: Vec<String>,
    },
    /// It cannot be verified.
    Unknown {
        /// The reason.
        reason: String,
    },
}

impl Verdict {
    fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown { reason: reason.into() }
    }
}

impl Verifier {
    /// Verify renditions in the bucket `destination`, made by components of the bucket
    /// `components`, with this pipeline document.
    pub fn new(
        store: Store,
        components: &str,
        destination: &str,
        document: Arc<Document>,
        sandbox: Sandbox,
    ) -> Self {
        let (components, destination) = (components.to_owned(), destination.to_owned());
        Self { store, components, destination, document, sandbox, compiled: Mutex::default() }
    }

    /// Repeat the steps of a manifest with its components and parameters, and compare the results
    /// with the manifest and with the stored objects.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn verify(&self, manifest: &Manifest) -> Result<Verdict, StoreError> {
        let source = &manifest.source;
        let Some(object) = self.open(&source.bucket, &source.key, &source.etag).await? else {
            return Ok(Verdict::unknown("the picture has been replaced or deleted since"));
        };
        let (object, _) = object.decoded().await?;
        let info = SourceInfo {
            key: source.key.clone(),
            size: object.body.size(),
            content_type: object.head.content_type.clone(),
        };
        let body = object.body.collect(MAX_BYTES).await?;
        let mut made: Vec<(usize, Rendition)> = Vec::new();
        let mut differences = Vec::new();
        for (index, step) in manifest.steps.iter().enumerate() {
            if !matches!(step.status, StepStatus::Ready | StepStatus::Kept) {
                continue;
            }
            let Some((info, body)) = input_of(manifest, step, &made, &info, &body) else {
                return Ok(Verdict::unknown(format!(
                    "the input of the step `{}` is not made any more",
                    step.name
                )));
            };
            let renditions = match self.run(step, info, body).await? {
                Ok(renditions) => renditions,
                Err(Stopped::Unknown(reason)) => return Ok(Verdict::unknown(reason)),
                Err(Stopped::Failed(failure)) => {
                    differences
                        .push(format!("{}: it is not rendered any more: {failure}", step.name));
                    continue;
                }
            };
            for record in manifest.renditions_of(index) {
                let name = record.emitted_as.as_ref().unwrap_or(&record.name);
                let again = renditions.iter().find(|rendition| rendition.name == *name);
                differences.extend(rendered_differently(record, again));
                differences.extend(self.stored_differently(record).await?);
            }
            let named = |name: &String| {
                let mut stored = manifest.renditions_of(index);
                stored.any(|record| record.emitted_as.as_ref().unwrap_or(&record.name) == name)
                    || step.intermediates.iter().any(|record| record.name == *name)
            };
            let more = renditions.iter().filter(|rendition| !named(&rendition.name));
            differences
                .extend(more.map(|one| format!("{}: the manifest does not name it", one.name)));
            made.extend(renditions.into_iter().map(|rendition| (index, rendition)));
        }
        Ok(if differences.is_empty() {
            Verdict::Holds { renditions: manifest.renditions.len() }
        } else {
            Verdict::Differs { differences }
        })
    }

    /// Run a step again.
    async fn run(
        &self,
        step: &StepRecord,
        info: SourceInfo,
        body: Bytes,
    ) -> Result<Result<Vec<Rendition>, Stopped>, StoreError> {
        let Some(parameters) = self.parameters(step) else {
            return Ok(Err(Stopped::Unknown(
                "its parameters are too long for the manifest, and no route has them any more"
                    .to_owned(),
            )));
        };
        let transform = match self.transform(&step.transform).await? {
            Ok(transform) => transform,
            Err(reason) => return Ok(Err(Stopped::Unknown(reason))),
        };
        let limits = self.limits(step);
        let run = spawn_blocking(move || {
            let basket = Basket::default();
            let run = transform.render(Job {
                info,
                stream: Box::new(body),
                sink: Box::new(basket.clone()),
                parameters,
                limits,
                deadline: None,
            });
            (run.outcome, basket.take())
        });
        Ok(match run.await {
            Ok((Ok(()), made)) => Ok(made),
            Ok((Err(failure), _)) => Err(Stopped::Failed(failure.to_string())),
            Err(error) => Err(Stopped::Unknown(error.to_string())),
        })
    }

    /// An object, if it still has this ETag.
    async fn open(
        &self,
        bucket: &str,
        key: &str,
        etag: &str,
    ) -> Result<Option<Object>, StoreError> {
        Ok(match self.store.get(bucket, key, None).await? {
            Fetched::Object(object) if object.head.etag == etag => Some(*object),
            _ => None,
        })
    }

    /// The parameters' text: from the record, or from a step with the same parameters.
    fn parameters(&self, step: &StepRecord) -> Option<String> {
        let wanted = step.parameters_sha256;
        let recorded = text_of(step.parameters.as_ref());
        let live = self.document.steps().map(|(_, step)| step.parameters_text());
        std::iter::once(recorded).chain(live).find(|text| Digest::of(text.as_bytes()) == wanted)
    }

    /// Its limits. Version 1 did not record them.
    fn limits(&self, step: &StepRecord) -> Limits {
        let live = || {
            let found = self.document.steps().find(|(_, live)| live.name() == step.name);
            found.map(|(_, live)| live.limits.clone())
        };
        let limits = step.limits.clone().or_else(live);
        limits.map_or_else(Limits::default, |limits| limits.for_sandbox())
    }

    /// Compile the component; or why it cannot be loaded.
    async fn transform(
        &self,
        record: &TransformRecord,
    ) -> Result<Result<Transform, String>, StoreError> {
        let digest = record.digest;
        let mut compiled = self.compiled.lock().await;
        if let Some(transform) = compiled.get(&digest) {
            return Ok(Ok(transform.clone()));
        }
        let key = component_key(&record.name, digest);
        let Fetched::Object(object) = self.store.get(&self.components, &key, None).await? else {
            return Ok(Err(format!("s3://{}/{key} does not exist any more", self.components)));
        };
        let bytes = object.body.collect(MAX_BYTES).await?;
        if Digest::of(&bytes) != digest {
            return Ok(Err(format!("s3://{}/{key} is not what was published", self.components)));
        }
        let sandbox = self.sandbox.clone();
        let loaded = spawn_blocking(move || compile(&sandbox, &bytes)).await;
        let loaded = loaded.unwrap_or_else(|error| Err(error.to_string()));
        if let Ok(transform) = &loaded {
            compiled.insert(digest, transform.clone());
        }
        Ok(loaded)
    }

    async fn stored_differently(
        &self,
        record: &RenditionRecord,
    ) -> Result<Option<String>, StoreError> {
        let RenditionRecord { name, key, etag, sha256, .. } = record;
        let Some(object) = self.open(&self.destination, key, etag).await? else {
            return Ok(Some(format!("{name}: {key} is not the object that the manifest names")));
        };
        let body = object.body.collect(MAX_BYTES).await?;
        let same = Digest::of(&body) == *sha256;
        Ok((!same).then(|| format!("{name}: {key} has other bytes than the manifest says")))
    }
}

/// Why a step did not complete.
enum Stopped {
    Unknown(String),
    Failed(String),
}

/// The input of a step: the source, or the new output of an earlier step.
fn input_of(
    manifest: &Manifest,
    step: &StepRecord,
    made: &[(usize, Rendition)],
    info: &SourceInfo,
    body: &Bytes,
) -> Option<(SourceInfo, Bytes)> {
    let Some(input) = &step.input else { return Some((info.clone(), body.clone())) };
    let read = made.iter().find(|(index, rendition)| {
        let Some(by) = manifest.steps.get(*index) else { return false };
        let stored = manifest.renditions_of(*index).find(|record| record.name == input.rendition);
        let name = stored.map(|record| record.emitted_as.as_ref().unwrap_or(&record.name));
        let name = name.map_or(input.rendition.as_str(), String::as_str);
        by.name == input.step && rendition.name == name
    });
    read.map(|(_, rendition)| {
        let info = SourceInfo {
            key: info.key.clone(),
            size: rendition.body.len() as u64,
            content_type: Some(rendition.media_type.clone()),
        };
        (info, rendition.body.clone())
    })
}

/// Collects the renditions of one run.
#[derive(Clone, Default)]
struct Basket(Arc<std::sync::Mutex<Vec<Rendition>>>);

impl Basket {
    fn take(&self) -> Vec<Rendition> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl RenditionSink for Basket {
    fn accept(&mut self, rendition: Rendition, _: Instant) -> Result<(), Interruption> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(rendition);
        Ok(())
    }
}

fn compile(sandbox: &Sandbox, component: &Bytes) -> Result<Transform, String> {
    let artifact = Artifact::compile(sandbox, component).map_err(|error| format!("{error:#}"))?;
    Transform::load(sandbox, &artifact).map_err(|failure| failure.to_string())
}

/// The difference between a repeated rendition and the record.
fn rendered_differently(record: &RenditionRecord, again: Option<&Rendition>) -> Option<String> {
    let name = &record.name;
    let Some(again) = again else { return Some(format!("{name}: it is not made any more")) };
    if Digest::of(&again.body) != record.sha256 {
        let (was, is) = (record.bytes, again.body.len());
        return Some(format!("{name}: other bytes ({was} then, {is} now)"));
    }
    let looks = (record.media_type.as_str(), record.width, record.height, &record.attributes);
    let now = (again.media_type.as_str(), again.width, again.height, &again.attributes);
    (looks != now).then(|| format!("{name}: the same bytes, but announced differently"))
}
