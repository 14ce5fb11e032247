//! Pointers in the components bucket: read, and moved on condition.

use bytes::Bytes;
use time::OffsetDateTime;

use super::{Channel, Pointer, Release, TransformName, pointer_key, release_key};
use crate::clock::now_text;
use crate::digest::Digest;
use crate::store::{Condition, Fetched, Put, Store, StoreError, Written};

/// Pointers and releases are read whole.
const MAX_RECORD_BYTES: u64 = 1 << 20;
/// How often others may move a pointer before we give up.
const ROUNDS: usize = 8;

/// The pointers in a components bucket. They are moved on condition that nobody
/// has moved them since they were read, so that no two who move one at the same
/// time undo each other unseen.
#[derive(Debug, Clone)]
pub struct Pointers {
    store: Store,
    bucket: String,
}

/// What a channel named when it was read.
#[derive(Debug, Clone, Default)]
pub struct Current {
    /// What is active; `None` if nothing is, or if the object cannot be read.
    pub pointer: Option<Pointer>,
    etag: Option<String>,
}

/// That a component is to be active.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The component.
    pub release: Release,
    /// When it was decided: the time of the upload, or of the command.
    pub decided_at: OffsetDateTime,
    /// Who decided it.
    pub by: String,
}

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// The pointer names the component now.
    Active(Pointer),
    /// It did before.
    Unchanged(Pointer),
    /// A newer decision stands: this one.
    Superseded(Pointer),
    /// Others kept moving it.
    Contended,
}

impl Pointers {
    /// The pointers in this bucket.
    pub fn new(store: Store, bucket: &str) -> Self {
        Self { store, bucket: bucket.to_owned() }
    }

    /// What a channel names now.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn read(
        &self,
        transform: &TransformName,
        channel: Channel,
    ) -> Result<Current, StoreError> {
        let key = pointer_key(transform, channel);
        let Fetched::Object(object) = self.store.get(&self.bucket, &key, None).await? else {
            return Ok(Current::default());
        };
        let etag = Some(object.head.etag.clone());
        let text = object.body.collect(MAX_RECORD_BYTES).await?;
        Ok(Current { pointer: serde_json::from_slice(&text).ok(), etag })
    }

    /// The record of a published component; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn release(
        &self,
        transform: &TransformName,
        digest: Digest,
    ) -> Result<Option<Release>, StoreError> {
        let key = release_key(transform, digest);
        let Fetched::Object(object) = self.store.get(&self.bucket, &key, None).await? else {
            return Ok(None);
        };
        let text = object.body.collect(MAX_RECORD_BYTES).await?;
        Ok(serde_json::from_slice(&text).ok())
    }

    /// Write a pointer, if it still is as it was read. `false` if it is not.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn replace(
        &self,
        channel: Channel,
        current: &Current,
        pointer: &Pointer,
    ) -> Result<bool, StoreError> {
        let key = pointer_key(&pointer.release.transform, channel);
        let put = Put {
            // Plain data with text for keys: it cannot fail.
            body: Bytes::from(serde_json::to_vec_pretty(pointer).unwrap_or_default()),
            content_type: "application/json",
            cache_control: Some("no-cache"),
            metadata: Vec::new(),
        };
        let condition = current.etag.as_deref().map_or(Condition::Absent, Condition::Etag);
        let written = self.store.put(&self.bucket, &key, put, condition).await?;
        Ok(matches!(written, Written::Etag(_)))
    }

    /// Make a component the active one of a channel, unless a newer decision
    /// stands. When others move the pointer meanwhile, it is looked at again.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn carry_out(
        &self,
        channel: Channel,
        decision: Decision,
    ) -> Result<Moved, StoreError> {
        let Decision { release, decided_at, by } = decision;
        for _ in 0..ROUNDS {
            let current = self.read(&release.transform, channel).await?;
            let before = current.pointer.as_ref();
            if let Some(before) = before {
                if before.release.digest == release.digest
                    && before.release.artifacts == release.artifacts
                    && before.withdrawn.is_none()
                {
                    return Ok(Moved::Unchanged(before.clone()));
                }
                if before.decided_at > decided_at {
                    return Ok(Moved::Superseded(before.clone()));
                }
            }
            let pointer = Pointer {
                release: release.clone(),
                activated_at: now_text(),
                activated_by: by.clone(),
                decided_at,
                // An artifact for another engine is no other component.
                previous: before.and_then(|before| {
                    let same = before.release.digest == release.digest;
                    if same { before.previous } else { Some(before.release.digest) }
                }),
                withdrawn: None,
            };
            if self.replace(channel, &current, &pointer).await? {
                return Ok(Moved::Active(pointer));
            }
        }
        Ok(Moved::Contended)
    }
}

impl Pointers {
    /// Let a channel's pointer tell of the artifacts that its component has got
    /// meanwhile. `false` if the channel names another component.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn refresh(&self, channel: Channel, release: &Release) -> Result<bool, StoreError> {
        for _ in 0..ROUNDS {
            let current = self.read(&release.transform, channel).await?;
            let Some(before) = &current.pointer else { return Ok(false) };
            if before.release.digest != release.digest {
                return Ok(false);
            }
            let pointer = Pointer { release: release.clone(), ..before.clone() };
            if before.release.artifacts == release.artifacts
                || self.replace(channel, &current, &pointer).await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
