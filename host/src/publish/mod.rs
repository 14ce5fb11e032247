//! Publishing: a component becomes the active one of its channel.
//!
//! Everything about a component stands under its digest and is never
//! overwritten. The pointer is moved last, on condition that nobody else has
//! moved it meanwhile.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::component::{
    ArtifactRecord, Channel, Pointer, Release, TransformName, artifact_key, component_key,
    pointer_key, release_key,
};
use crate::digest::Digest;
use crate::sandbox::{Artifact, Description, ENGINE_ID, Failure, Sandbox, Transform};
use crate::store::{Condition, Fetched, Put, Store, StoreError, Written};

/// The most bytes that a component may have.
pub const MAX_COMPONENT_BYTES: u64 = 64 << 20;
/// Pointers and releases are read whole.
const MAX_RECORD_BYTES: u64 = 1 << 20;
/// How often the pointer may be moved by others before we give up.
const ROUNDS: usize = 5;

/// Why a component was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// It is not a component, or not one for this world.
    #[error("{code}: {0}", code = .0.code())]
    Refused(Failure),
    /// It gave itself a name or version that cannot be used.
    #[error("description-invalid: {0}")]
    Description(String),
    /// The store did not answer.
    #[error("{code}: {0}", code = .0.code())]
    Store(#[from] StoreError),
    /// Others kept moving the pointer.
    #[error("publish-conflict: others are publishing `{0}` at the same time; try again")]
    Conflict(TransformName),
}

/// What was published.
#[derive(Debug, Clone, Serialize)]
pub struct Published {
    /// What is active now.
    pub pointer: Pointer,
    /// What the transform says of itself.
    pub description: Description,
    /// How long compiling took.
    #[serde(skip)]
    pub compile_time: Duration,
    /// Whether it was active already.
    pub unchanged: bool,
}

/// Publishes components into a components bucket.
#[derive(Debug, Clone)]
pub struct Publisher {
    store: Store,
    bucket: String,
    sandbox: Sandbox,
}

/// A component that has passed, with its compiled form.
struct Candidate {
    component: Bytes,
    artifact: Artifact,
    description: Description,
    name: TransformName,
    compile_time: Duration,
}

impl Publisher {
    /// Publish into this bucket.
    pub fn new(store: Store, bucket: &str, sandbox: Sandbox) -> Self {
        Self { store, bucket: bucket.to_owned(), sandbox }
    }

    /// Check a component, compile it, store it and make it the active one of
    /// its channel. `by` says who did it, for the record.
    ///
    /// # Errors
    /// [`PublishError`]; what was active stays active.
    pub async fn publish(
        &self,
        component: Bytes,
        channel: Channel,
        by: &str,
    ) -> Result<Published, PublishError> {
        let sandbox = self.sandbox.clone();
        let prepared = tokio::task::spawn_blocking(move || prepare(&sandbox, component)).await;
        let candidate =
            prepared.map_err(|error| PublishError::Refused(Failure::Host(error.to_string())))??;
        let release = self.store_release(&candidate, by).await?;
        self.activate(candidate, release, channel).await
    }

    /// What is active in a channel, and the ETag of the pointer that says so.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn active(
        &self,
        name: &TransformName,
        channel: Channel,
    ) -> Result<(Option<Pointer>, Option<String>), StoreError> {
        let key = pointer_key(name, channel);
        let Fetched::Object(object) = self.store.get(&self.bucket, &key, None).await? else {
            return Ok((None, None));
        };
        let etag = object.head.etag.clone();
        let text = object.body.collect(MAX_RECORD_BYTES).await?;
        Ok((serde_json::from_slice(&text).ok(), Some(etag)))
    }

    /// Store the component, its artifact and its record under its digest.
    async fn store_release(
        &self,
        candidate: &Candidate,
        by: &str,
    ) -> Result<Release, PublishError> {
        let (name, digest) = (&candidate.name, Digest::of(&candidate.component));
        let bytes = candidate.artifact.bytes();
        let record =
            ArtifactRecord { sha256: candidate.artifact.digest(), bytes: bytes.len() as u64 };
        let release = Release {
            transform: name.clone(),
            version: candidate.description.version.clone(),
            digest,
            artifacts: BTreeMap::from([(ENGINE_ID.to_owned(), record)]),
            published_at: now(),
            published_by: by.to_owned(),
        };
        let wasm = "application/wasm";
        self.keep(&component_key(name, digest), candidate.component.clone(), wasm).await?;
        let key = artifact_key(name, digest, ENGINE_ID);
        self.keep(&key, bytes.clone(), "application/octet-stream").await?;
        let key = release_key(name, digest);
        match self.keep(&key, json(&release), "application/json").await? {
            Written::Etag(_) => Ok(release),
            Written::Conflict => self.known_release(&key, release).await,
        }
    }

    /// A component that was published before keeps its record, and the artifact
    /// that stands there.
    async fn known_release(&self, key: &str, new: Release) -> Result<Release, PublishError> {
        let Fetched::Object(object) = self.store.get(&self.bucket, key, None).await? else {
            return Ok(new);
        };
        let text = object.body.collect(MAX_RECORD_BYTES).await?;
        let Ok(known) = serde_json::from_slice::<Release>(&text) else { return Ok(new) };
        let artifacts = new.artifacts.into_iter().chain(known.artifacts).collect();
        Ok(Release { artifacts, ..known })
    }

    /// Write what is named by its digest: if it is there, it is the same.
    async fn keep(
        &self,
        key: &str,
        body: Bytes,
        content_type: &str,
    ) -> Result<Written, StoreError> {
        let put = Put { body, content_type, ..Put::default() };
        self.store.put(&self.bucket, key, put, Condition::Absent).await
    }

    async fn activate(
        &self,
        candidate: Candidate,
        release: Release,
        channel: Channel,
    ) -> Result<Published, PublishError> {
        let key = pointer_key(&candidate.name, channel);
        for _ in 0..ROUNDS {
            let (before, etag) = self.active(&candidate.name, channel).await?;
            let previous = before.as_ref().map(|pointer| pointer.release.digest);
            let same = |pointer: &Pointer| {
                pointer.release.digest == release.digest
                    && pointer.release.artifacts == release.artifacts
            };
            if let Some(pointer) = before.filter(same) {
                return Ok(candidate.published(pointer, true));
            }
            let pointer = Pointer { release: release.clone(), activated_at: now(), previous };
            let put = Put {
                body: json(&pointer),
                content_type: "application/json",
                cache_control: Some("no-cache"),
                metadata: Vec::new(),
            };
            let condition = etag.as_deref().map_or(Condition::Absent, Condition::Etag);
            if let Written::Etag(_) = self.store.put(&self.bucket, &key, put, condition).await? {
                return Ok(candidate.published(pointer, false));
            }
        }
        Err(PublishError::Conflict(candidate.name))
    }
}

impl Candidate {
    fn published(self, pointer: Pointer, unchanged: bool) -> Published {
        let Self { description, compile_time, .. } = self;
        Published { pointer, description, compile_time, unchanged }
    }
}

/// Compile a component and ask it what it is.
fn prepare(sandbox: &Sandbox, component: Bytes) -> Result<Candidate, PublishError> {
    let started = Instant::now();
    let artifact = Artifact::compile(sandbox, &component).map_err(|error| {
        PublishError::Refused(Failure::WorldMismatch(format!(
            "the file is not a WebAssembly component: {error:#}"
        )))
    })?;
    let compile_time = started.elapsed();
    let transform = Transform::load(sandbox, &artifact).map_err(PublishError::Refused)?;
    let description = transform.describe().map_err(PublishError::Refused)?;
    transform.plan(&description.default_parameters).map_err(PublishError::Refused)?;
    let name: TransformName = description.name.parse().map_err(PublishError::Description)?;
    if let Err(error) = semver::Version::parse(&description.version) {
        let message = format!("`{}` is not a semantic version: {error}", description.version);
        return Err(PublishError::Description(message));
    }
    Ok(Candidate { component, artifact, description, name, compile_time })
}

fn json(value: &impl Serialize) -> Bytes {
    // Plain data with text for keys: it cannot fail.
    serde_json::to_vec_pretty(value).unwrap_or_default().into()
}

fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}
