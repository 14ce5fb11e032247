//! The objects under a digest: written once, never overwritten.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::error::PublishError;
use crate::clock::now_text;
use crate::component::{
    ArtifactRecord, Release, TransformName, artifact_key, component_key, proof_key, release_key,
    version_key,
};
use crate::digest::Digest;
use crate::error::{Code, Fault};
use crate::gate::{Proved, Refusal, Step};
use crate::sandbox::{Artifact, ENGINE_ID};
use crate::store::{
    Change, Condition, Fetched, Put, ROUNDS, Record, Store, StoreError, Updated, Written,
};

/// The maximum size of a record.
const MAX_RECORD_BYTES: u64 = 1 << 20;
/// The maximum size of an artifact.
const MAX_ARTIFACT_BYTES: u64 = 512 << 20;

/// Binds a version to a component.
#[derive(Debug, Serialize, Deserialize)]
struct VersionRecord {
    digest: Digest,
    claimed_at: String,
}

/// The published components in a bucket.
#[derive(Debug, Clone)]
pub(super) struct Releases {
    store: Store,
    bucket: String,
}

impl Releases {
    pub(super) fn new(store: Store, bucket: &str) -> Self {
        Self { store, bucket: bucket.to_owned() }
    }

    /// Store a proved component with all its objects.
    pub(super) async fn keep(
        &self,
        component: Bytes,
        proved: &Proved,
        by: &str,
    ) -> Result<Release, PublishError> {
        let description = &proved.proof.description;
        let internal = |error: String| Fault::new(Code::Internal, error);
        let name: TransformName = description.name.parse().map_err(internal)?;
        let version = semver::Version::parse(&description.version)
            .map_err(|error| internal(error.to_string()))?;
        let digest = Digest::of(&component);
        let proof = serde_json::to_vec_pretty(&proved.proof)
            .map_err(|error| internal(error.to_string()))?;
        self.claim(&name, &version, digest).await?;
        self.once(&component_key(&name, digest), component, "application/wasm").await?;
        self.once(&proof_key(&name, digest), proof.into(), "application/json").await?;
        let artifact = self.keep_artifact(&name, digest, &proved.artifact).await?;
        let release = Release {
            transform: name,
            version: description.version.clone(),
            digest,
            artifacts: BTreeMap::from([(ENGINE_ID.to_owned(), artifact)]),
            published_at: now_text(),
            published_by: by.to_owned(),
        };
        self.add(release).await
    }

    /// Store an artifact. Compilation is deterministic, so other bytes under its key were not
    /// proved, and are replaced.
    async fn keep_artifact(
        &self,
        name: &TransformName,
        digest: Digest,
        artifact: &Artifact,
    ) -> Result<ArtifactRecord, PublishError> {
        let key = artifact_key(name, digest, ENGINE_ID);
        let (bytes, sha256) = (artifact.bytes(), artifact.digest());
        let kept = ArtifactRecord { sha256, bytes: bytes.len() as u64 };
        let mut standing = None;
        for _ in 0..ROUNDS {
            let condition = standing.as_deref().map_or(Condition::Absent, Condition::Etag);
            let content_type = "application/octet-stream";
            let put = Put { body: bytes.clone(), content_type, ..Put::default() };
            if let Written::Etag(_) = self.store.put(&self.bucket, &key, put, condition).await? {
                return Ok(kept);
            }
            standing = None;
            if let Fetched::Object(object) = self.store.get(&self.bucket, &key, None).await? {
                standing = Some(object.head.etag.clone());
                if Digest::of(&object.body.collect(MAX_ARTIFACT_BYTES).await?) == sha256 {
                    return Ok(kept);
                }
                tracing::warn!(key, "replaces an artifact that was not published");
            }
        }
        Err(self.contended(&key).into())
    }

    /// Write a release's record, or add these artifacts to the existing one.
    async fn add(&self, new: Release) -> Result<Release, PublishError> {
        let key = release_key(&new.transform, new.digest);
        let decide = |known: &Record<Release>| match (&known.value, &known.unreadable) {
            (Some(known), _) => {
                let mut artifacts = known.artifacts.clone();
                artifacts.extend(new.artifacts.clone());
                if artifacts == known.artifacts {
                    return Change::Keep(Ok(known.clone()));
                }
                Change::Write(Release { artifacts, ..known.clone() })
            }
            (None, Some(why)) => Change::Keep(Err(self.unreadable(&key, why))),
            (None, None) => Change::Write(new.clone()),
        };
        match self.store.update_record(&self.bucket, &key, MAX_RECORD_BYTES, decide).await? {
            Updated::Written(release) => Ok(release),
            Updated::Kept(kept) => Ok(kept?),
            Updated::Contended => Err(self.contended(&key).into()),
        }
    }

    /// A published version stays bound to its component.
    async fn claim(
        &self,
        name: &TransformName,
        version: &semver::Version,
        digest: Digest,
    ) -> Result<(), PublishError> {
        let key = version_key(name, version);
        let decide = |known: &Record<VersionRecord>| match (&known.value, &known.unreadable) {
            (Some(known), _) => Change::Keep(Ok(known.digest)),
            (None, Some(why)) => Change::Keep(Err(self.unreadable(&key, why))),
            (None, None) => Change::Write(VersionRecord { digest, claimed_at: now_text() }),
        };
        match self.store.update_record(&self.bucket, &key, MAX_RECORD_BYTES, decide).await? {
            Updated::Written(_) => Ok(()),
            Updated::Contended => Err(self.contended(&key).into()),
            Updated::Kept(known) => match known? {
                known if known == digest => Ok(()),
                known => {
                    let message = format!(
                        "`{name}` {version} is published already, as {}; this is {}",
                        known.short(),
                        digest.short()
                    );
                    let code = Code::VersionTaken;
                    Err(Refusal::new(code, Step::Activate, message, code.remedy()).into())
                }
            },
        }
    }

    /// The artifact of a component for this engine, if it is recorded and the object matches the
    /// record.
    pub(super) async fn artifact(&self, release: &Release) -> Result<Option<Artifact>, StoreError> {
        let Some(known) = release.artifacts.get(ENGINE_ID) else { return Ok(None) };
        let key = artifact_key(&release.transform, release.digest, ENGINE_ID);
        let Fetched::Object(object) = self.store.get(&self.bucket, &key, None).await? else {
            return Ok(None);
        };
        let bytes = object.body.collect(MAX_ARTIFACT_BYTES).await?;
        Ok(Artifact::verify(bytes, known.sha256).ok())
    }

    fn unreadable(&self, key: &str, why: &str) -> Fault {
        Fault::new(Code::PointerInvalid, format!("s3://{}/{key}: {why}", self.bucket))
    }

    fn contended(&self, key: &str) -> Fault {
        let message = format!("s3://{}/{key} is being changed concurrently", self.bucket);
        Fault::new(Code::PublishConflict, message)
    }

    /// Write an immutable object.
    async fn once(
        &self,
        key: &str,
        body: Bytes,
        content_type: &str,
    ) -> Result<Written, StoreError> {
        let put = Put { body, content_type, ..Put::default() };
        self.store.put(&self.bucket, key, put, Condition::Absent).await
    }
}
