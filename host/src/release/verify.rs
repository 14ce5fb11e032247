//! Render again, and compare bytes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::component::{TransformName, component_key};
use crate::digest::Digest;
use crate::document::{Document, Route};
use crate::pipeline::{Manifest, RenditionRecord};
use crate::sandbox::{
    Artifact, Interruption, Job, Limits, Rendition, RenditionSink, Sandbox, SourceInfo, Transform,
};
use crate::store::{Fetched, Object, Store, StoreError};

/// Renditions and pictures are read whole.
const MAX_BYTES: u64 = 2 << 30;

/// Renders again what manifests name.
///
/// It trusts nothing that is compiled: a component is compiled anew, once, from
/// the bytes that have its digest.
#[derive(Debug)]
pub struct Verifier {
    store: Store,
    components: String,
    destination: String,
    document: Arc<Document>,
    sandbox: Sandbox,
    compiled: Mutex<HashMap<Digest, Transform>>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// The same bytes again, and they are what is stored.
    Holds {
        /// How many renditions.
        renditions: usize,
    },
    /// They are not.
    Differs {
        /// What differs, a sentence for each.
        differences: Vec<String>,
    },
    /// It cannot be told.
    Unknown {
        /// Why.
        reason: String,
    },
}

impl Verdict {
    fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown { reason: reason.into() }
    }
}

impl Verifier {
    /// Verify renditions in the bucket `destination`, made by components of the
    /// bucket `components`, whose pipeline document is this.
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

    /// Render the picture that a manifest names, with the component and the
    /// parameters that it names, and compare with what it says and with what is
    /// stored.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn verify(&self, manifest: &Manifest) -> Result<Verdict, StoreError> {
        let Some(parameters) = self.parameters(manifest) else {
            return Ok(Verdict::unknown(
                "its parameters are too long for the manifest, and no route has them any more",
            ));
        };
        let source = &manifest.source;
        let Some(object) = self.open(&source.bucket, &source.key, &source.etag).await? else {
            return Ok(Verdict::unknown("the picture has been replaced or deleted since"));
        };
        let head = object.head.clone();
        let body = object.body.collect(MAX_BYTES).await?;
        let transform = match self.transform(&manifest.transform.name, manifest).await? {
            Ok(transform) => transform,
            Err(reason) => return Ok(Verdict::unknown(reason)),
        };
        let limits = self.limits(manifest);
        let info = SourceInfo {
            key: source.key.clone(),
            size: head.size,
            content_type: head.content_type,
        };
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
        let (outcome, made) = match run.await {
            Ok(ran) => ran,
            Err(error) => return Ok(Verdict::unknown(error.to_string())),
        };
        if let Err(failure) = outcome {
            let differences = vec![format!("it is not rendered any more: {failure}")];
            return Ok(Verdict::Differs { differences });
        }
        let mut differences = Vec::new();
        for record in &manifest.renditions {
            let again = made.iter().find(|rendition| rendition.name == record.name);
            differences.extend(rendered_differently(record, again));
            differences.extend(self.stored_differently(record).await?);
        }
        let named = |name: &str| manifest.renditions.iter().any(|record| record.name == name);
        let more = made.iter().filter(|rendition| !named(&rendition.name));
        differences.extend(more.map(|one| format!("{}: the manifest does not name it", one.name)));
        Ok(if differences.is_empty() {
            Verdict::Holds { renditions: manifest.renditions.len() }
        } else {
            Verdict::Differs { differences }
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

    /// The parameters' text: from the manifest, or from a route that has the very
    /// same.
    fn parameters(&self, manifest: &Manifest) -> Option<String> {
        let wanted = manifest.parameters_sha256;
        let recorded = Route::text_of(manifest.parameters.as_ref());
        let routes = self.document.routes.iter().map(Route::parameters_text);
        std::iter::once(recorded).chain(routes).find(|text| Digest::of(text.as_bytes()) == wanted)
    }

    /// The route's limits, if it still is there: they are no part of what is
    /// rendered, but of whether it is.
    fn limits(&self, manifest: &Manifest) -> Limits {
        let route = self.document.routes.iter().find(|route| route.name == manifest.route.name);
        route.map_or_else(Limits::default, |route| route.limits.for_sandbox())
    }

    /// The component, compiled; or why it cannot be had.
    async fn transform(
        &self,
        name: &TransformName,
        manifest: &Manifest,
    ) -> Result<Result<Transform, String>, StoreError> {
        let digest = manifest.transform.digest;
        let mut compiled = self.compiled.lock().await;
        if let Some(transform) = compiled.get(&digest) {
            return Ok(Ok(transform.clone()));
        }
        let key = component_key(name, digest);
        let Fetched::Object(object) = self.store.get(&self.components, &key, None).await? else {
            return Ok(Err(format!("s3://{}/{key} is not there any more", self.components)));
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

/// How a rendition that was made again differs from the record.
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
