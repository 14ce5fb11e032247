//! Loaded components, kept for the next picture.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use super::pointer::{Pointer, Release};
use super::{TransformName, artifact_key, pointer_key, release_key};
use crate::digest::Digest;
use crate::document::Route;
use crate::error::{Error, Fault};
use crate::sandbox::{Artifact, ENGINE_ID, Failure, Sandbox, Transform};
use crate::store::{Fetched, Store};

/// Components that stay loaded. A deployment has few transforms, and for a
/// while two versions of one.
const LOADED: usize = 8;
/// A pointer is read whole.
const MAX_POINTER_BYTES: u64 = 1 << 20;
/// An artifact is read whole. Components have up to 64 MiB; their code is a few
/// times larger.
const MAX_ARTIFACT_BYTES: u64 = 512 << 20;

/// Finds and loads the component that a route names.
#[derive(Debug)]
pub struct Registry {
    store: Store,
    bucket: String,
    sandbox: Sandbox,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Releases by the key of the object that names them, with its ETag.
    releases: HashMap<String, (String, Release)>,
    /// Loaded artifacts, the one used last at the end.
    loaded: Vec<(Digest, Transform)>,
}

/// The component that a picture is rendered with.
#[derive(Debug, Clone)]
pub struct Active {
    /// What is known of it.
    pub release: Release,
    /// The component, ready to run.
    pub transform: Transform,
    /// How long it took to fetch and map its code, if it was not there.
    pub loading: Option<Duration>,
}

impl Registry {
    /// Components in this bucket, for this sandbox.
    pub fn new(store: Store, bucket: &str, sandbox: Sandbox) -> Self {
        let state = Mutex::new(State::default());
        Self { store, bucket: bucket.to_owned(), sandbox, state }
    }

    /// What is published under the name that a route gives, as the bucket says
    /// right now.
    ///
    /// # Errors
    /// A fault, if nothing is published or the bucket cannot be read.
    pub async fn release(&self, route: &Route) -> Result<Release, Error> {
        match route.digest {
            Some(digest) => {
                let key = release_key(&route.transform, digest);
                self.read::<Release>(key, &route.transform).await
            }
            None => {
                let key = pointer_key(&route.transform, route.channel);
                self.read::<Pointer>(key, &route.transform).await
            }
        }
    }

    /// The component of a release, ready to run.
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
            Fault::new("artifact-missing", message)
        })?;
        let mut state = self.state.lock().await;
        if let Some(index) = state.loaded.iter().position(|(sha256, _)| *sha256 == record.sha256) {
            let found = state.loaded.remove(index);
            let transform = found.1.clone();
            state.loaded.push(found);
            return Ok(Active { release, transform, loading: None });
        }
        let started = Instant::now();
        let key = artifact_key(transform, digest, ENGINE_ID);
        let Fetched::Object(object) = self.store.get(&self.bucket, &key, None).await? else {
            let message = format!("s3://{}/{key} is not there; publish again", self.bucket);
            return Err(Fault::new("artifact-missing", message).into());
        };
        let bytes = object.body.collect(MAX_ARTIFACT_BYTES).await?;
        let artifact = Artifact::verify(bytes, record.sha256)
            .map_err(|error| Fault::new("artifact-corrupt", format!("{key}: {error}")))?;
        let sandbox = self.sandbox.clone();
        let loaded = tokio::task::spawn_blocking(move || Transform::load(&sandbox, &artifact))
            .await
            .map_err(|error| Failure::Host(error.to_string()))?
            // Whoever published it has checked it, so this is no fault of a
            // picture's, and must not be recorded as one.
            .map_err(|failure| Fault::new(failure.code(), format!("{key}: {failure}")))?;
        let sha256 = record.sha256;
        state.loaded.push((sha256, loaded.clone()));
        if state.loaded.len() > LOADED {
            state.loaded.remove(0);
        }
        Ok(Active { release, transform: loaded, loading: Some(started.elapsed()) })
    }

    /// Read a pointer or a release, or take the known one if it has not changed.
    async fn read<T>(&self, key: String, transform: &TransformName) -> Result<Release, Error>
    where
        T: DeserializeOwned + Into<Release>,
    {
        let known = self.state.lock().await.releases.get(&key).cloned();
        let etag = known.as_ref().map(|(etag, _)| etag.as_str());
        let object = match (self.store.get(&self.bucket, &key, etag).await?, known) {
            (Fetched::NotModified, Some((_, release))) => return Ok(release),
            (Fetched::Object(object), _) => object,
            (Fetched::Missing | Fetched::NotModified, _) => {
                let message = format!(
                    "the transform `{transform}` is not published: s3://{}/{key} is not there",
                    self.bucket
                );
                return Err(Fault::new("component-missing", message).into());
            }
        };
        let etag = object.head.etag.clone();
        let text = object.body.collect(MAX_POINTER_BYTES).await?;
        let release: Release = serde_json::from_slice::<T>(&text)
            .map_err(|error| {
                let message = format!("s3://{}/{key}: {error}", self.bucket);
                Fault::new("pointer-invalid", message)
            })?
            .into();
        let mut state = self.state.lock().await;
        state.releases.insert(key, (etag, release.clone()));
        Ok(release)
    }
}

impl From<Pointer> for Release {
    fn from(pointer: Pointer) -> Self {
        pointer.release
    }
}
