//! Finds and loads components, and caches them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::loaded::Loaded;
use super::pointer::{Pointer, Release};
use super::pointers::MAX_BYTES;
use super::trial::Trial;
use super::{Channel, TransformName, artifact_key, pointer_key, release_key};
use crate::digest::Digest;
use crate::document::Step;
use crate::error::{Code, Error, Fault};
use crate::key::SourceKey;
use crate::sandbox::{Artifact, ENGINE_ID, Failure, Sandbox, Transform};
use crate::store::{Fetched, Record, Store};

/// The number of cached components. A deployment has few transforms, and at times two versions of
/// one.
const LOADED: usize = 8;
/// The maximum size of an artifact. Components have up to 64 MiB; their code is a few times larger.
const MAX_ARTIFACT_BYTES: u64 = 512 << 20;

/// Finds and loads the component that a route names.
#[derive(Debug)]
pub struct Registry {
    store: Store,
    bucket: String,
    sandbox: Sandbox,
    pointers: Records<Pointer>,
    releases: Records<Release>,
    /// Loaded artifacts, by the digests of their bytes.
    loaded: Loaded<Transform>,
}

/// Records by their keys, with their ETags.
type Records<T> = Mutex<HashMap<String, (String, T)>>;

/// A component, ready to render.
#[derive(Debug, Clone)]
pub struct Active {
    /// Its record.
    pub release: Release,
    /// The component, ready to run.
    pub transform: Transform,
    /// The time to fetch and map its code, if it was not cached.
    pub loading: Option<Duration>,
}

/// The component chosen for a picture.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its record.
    pub release: Release,
    /// The canary of the picture's route, and the component that it is compared with, if there is
    /// one.
    pub trial: Option<Trial>,
}

impl Choice {
    /// Whether it is the canary.
    pub fn is_canary(&self) -> bool {
        self.trial.as_ref().is_some_and(|trial| trial.candidate == self.release.digest)
    }
}

impl Registry {
    /// Components in this bucket, for this sandbox.
    pub fn new(store: Store, bucket: &str, sandbox: Sandbox) -> Self {
        Self {
            store,
            bucket: bucket.to_owned(),
            sandbox,
            pointers: Records::default(),
            releases: Records::default(),
            loaded: Loaded::new(LOADED),
        }
    }

    /// The component for a picture in a step, which messages call `label`, according to the
    /// bucket's current pointers. A canary in `avoid` has failed already.
    ///
    /// # Errors
    /// A fault, if nothing is published or the bucket cannot be read.
    pub async fn choose(
        &self,
        step: &Step,
        label: &str,
        key: &SourceKey,
        avoid: Option<Digest>,
    ) -> Result<Choice, Error> {
        let transform = &step.transform;
        if step.digest.is_some() || (step.canary.is_none() && step.channel == Channel::Stable) {
            return Ok(Choice { release: self.release(step, label).await?, trial: None });
        }
        let (release, canary) = tokio::join!(self.release(step, label), self.canary(transform));
        let release = release?;
        let Some(canary) = canary.filter(|canary| canary.release.digest != release.digest) else {
            return Ok(Choice { release, trial: None });
        };
        let trial = Trial {
            transform: transform.clone(),
            candidate: canary.release.digest,
            active: release.digest,
            since: canary.activated_at,
        };
        let share = step.canary.as_ref();
        let taken = step.channel == Channel::Canary
            || share.is_some_and(|share| share.takes(trial.candidate, key));
        let release =
            if taken && avoid != Some(trial.candidate) { canary.release } else { release };
        Ok(Choice { release, trial: Some(trial) })
    }

    /// The published component of a step: that of its digest, or the stable one.
    ///
    /// # Errors
    /// A fault, if nothing is published or the bucket cannot be read.
    pub async fn release(&self, step: &Step, label: &str) -> Result<Release, Error> {
        let transform = &step.transform;
        let found = match step.digest {
            Some(digest) => self.read(&self.releases, release_key(transform, digest)).await?,
            None => {
                let pointer =
                    self.read(&self.pointers, pointer_key(transform, Channel::Stable)).await?;
                pointer.map(|pointer| pointer.release)
            }
        };
        found.ok_or_else(|| {
            let message = format!(
                "the transform `{transform}` is not published in s3://{}, or not under the digest \
                 that the step `{label}` gives",
                self.bucket
            );
            Fault::new(Code::ComponentMissing, message).into()
        })
    }

    /// A transform's canary, if there is one. If it cannot be read, the picture does not fail, as
    /// there is the stable component.
    pub async fn canary(&self, transform: &TransformName) -> Option<Pointer> {
        let read = self.read(&self.pointers, pointer_key(transform, Channel::Canary)).await;
        let pointer = read.unwrap_or_else(|error| {
            tracing::warn!(code = %error.code(), %error, "no canary for now");
            None
        })?;
        pointer.withdrawn.is_none().then_some(pointer)
    }

    /// A published component; `None` if there is none of this digest.
    ///
    /// # Errors
    /// A fault, if its record cannot be read.
    pub async fn published(
        &self,
        transform: &TransformName,
        digest: Digest,
    ) -> Result<Option<Release>, Error> {
        self.read(&self.releases, release_key(transform, digest)).await
    }

    /// Load the component of a release.
    ///
    /// # Errors
    /// A fault, if there is no artifact for this engine, or not the one that
    /// was published.
    pub async fn load(&self, release: Release) -> Result<Active, Error> {
        let (transform, digest) = (&release.transform, release.digest);
        let record = release.artifacts.get(ENGINE_ID).ok_or_else(|| {
            let message = format!(
                "`{transform}` {} is not compiled for the engine {ENGINE_ID}; precompile it",
                digest.short()
            );
            Fault::new(Code::ArtifactMissing, message)
        })?;
        let mut loading = None;
        let load = async {
            let started = Instant::now();
            let loaded =
                self.fetch(artifact_key(transform, digest, ENGINE_ID), record.sha256).await;
            loading = Some(started.elapsed());
            loaded
        };
        let transform = self.loaded.get(record.sha256, load).await?;
        Ok(Active { release, transform, loading })
    }

    /// Fetch an artifact, and map it if its digest is this one.
    async fn fetch(&self, key: String, sha256: Digest) -> Result<Transform, Error> {
        let Fetched::Object(object) = self.store.get(&self.bucket, &key, None).await? else {
            let message = format!("s3://{}/{key} does not exist; publish again", self.bucket);
            return Err(Fault::new(Code::ArtifactMissing, message).into());
        };
        let bytes = object.body.collect(MAX_ARTIFACT_BYTES).await?;
        let sandbox = self.sandbox.clone();
        let load = move || {
            let artifact = Artifact::verify(bytes, sha256)
                .map_err(|error| Fault::new(Code::ArtifactCorrupt, format!("{key}: {error}")))?;
            // It was checked when it was published, so this must not be recorded as a picture's
            // failure.
            Transform::load(&sandbox, &artifact)
                .map_err(|failure| Fault::new(failure.code(), format!("{key}: {failure}")))
        };
        let loaded = tokio::task::spawn_blocking(load).await;
        Ok(loaded.map_err(|error| Failure::Host(error.to_string()))??)
    }

    /// Read a pointer or a release, or use the cached one if it has not changed.
    async fn read<T>(&self, records: &Records<T>, key: String) -> Result<Option<T>, Error>
    where
        T: Clone + DeserializeOwned,
    {
        let known = lock(records).get(&key).cloned();
        let etag = known.as_ref().map(|(etag, _)| etag.as_str());
        let record: Record<T> = match (self.store.get(&self.bucket, &key, etag).await?, known) {
            (Fetched::NotModified, Some((_, value))) => return Ok(Some(value)),
            (Fetched::Object(object), _) => object.into_record(MAX_BYTES).await?,
            (Fetched::Missing | Fetched::NotModified, _) => return Ok(None),
        };
        match (record.value, record.etag) {
            (Some(value), Some(etag)) => {
                lock(records).insert(key, (etag, value.clone()));
                Ok(Some(value))
            }
            _ => {
                let why = record.unreadable.unwrap_or_default();
                let message = format!("s3://{}/{key}: {why}", self.bucket);
                Err(Fault::new(Code::PointerInvalid, message).into())
            }
        }
    }
}

fn lock<T>(records: &Records<T>) -> MutexGuard<'_, HashMap<String, (String, T)>> {
    records.lock().unwrap_or_else(PoisonError::into_inner)
}
