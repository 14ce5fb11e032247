//! Reads and conditional updates of the pointers in the components bucket.

use time::OffsetDateTime;

use super::{Channel, Pointer, Release, TransformName, pointer_key, release_key};
use crate::clock::now_text;
use crate::digest::Digest;
use crate::store::{Change, Record, Store, StoreError, Updated, Written};

/// The maximum size of a pointer or a release.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// The pointers in a components bucket. They are updated on condition that they have not changed
/// since they were read, so concurrent updates are never lost.
#[derive(Debug, Clone)]
pub struct Pointers {
    store: Store,
    bucket: String,
}

/// A channel's pointer, as it was read.
pub type Current = Record<Pointer>;

/// A decision to activate a component.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The component.
    pub release: Release,
    /// The time of the decision: of the upload, or of the command.
    pub decided_at: OffsetDateTime,
    /// Who decided it.
    pub by: String,
}

/// The result of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// The pointer was updated.
    Active(Pointer),
    /// The pointer already named the component.
    Unchanged(Pointer),
    /// A newer decision exists: this one.
    Superseded(Pointer),
    /// There were too many concurrent updates.
    Contended,
}

impl Pointers {
    /// The pointers in this bucket.
    pub fn new(store: Store, bucket: &str) -> Self {
        Self { store, bucket: bucket.to_owned() }
    }

    /// A channel's current pointer.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn read(
        &self,
        transform: &TransformName,
        channel: Channel,
    ) -> Result<Current, StoreError> {
        self.store.read_record(&self.bucket, &pointer_key(transform, channel), MAX_BYTES).await
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
        Ok(self.store.read_record(&self.bucket, &key, MAX_BYTES).await?.value)
    }

    /// Write a pointer, on condition that it has not changed since it was read. `false` if it has.
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
        let condition = current.condition();
        let written =
            self.store.write_record(&self.bucket, &key, pointer, MAX_BYTES, condition).await?;
        Ok(matches!(written, Written::Etag(_)))
    }

    /// Change a pointer, on condition that it has not changed since `decide` saw it.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn update<R>(
        &self,
        transform: &TransformName,
        channel: Channel,
        mut decide: impl FnMut(Option<&Pointer>) -> Change<Pointer, R>,
    ) -> Result<Updated<Pointer, R>, StoreError> {
        let key = pointer_key(transform, channel);
        let decide = |current: &Current| decide(current.value.as_ref());
        self.store.update_record(&self.bucket, &key, MAX_BYTES, decide).await
    }

    /// Make a component the active one of a channel, unless there is a newer decision. If the
    /// pointer is changed meanwhile, it is read again.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn carry_out(
        &self,
        channel: Channel,
        decision: Decision,
    ) -> Result<Moved, StoreError> {
        let Decision { release, decided_at, by } = decision;
        let transform = release.transform.clone();
        let decide = |before: Option<&Pointer>| {
            if let Some(before) = before {
                if before.release.digest == release.digest
                    && before.release.artifacts == release.artifacts
                    && before.withdrawn.is_none()
                {
                    return Change::Keep(Moved::Unchanged(before.clone()));
                }
                if before.decided_at > decided_at {
                    return Change::Keep(Moved::Superseded(before.clone()));
                }
            }
            Change::Write(Pointer {
                release: release.clone(),
                activated_at: now_text(),
                activated_by: by.clone(),
                decided_at,
                // An artifact for another engine does not make it another component.
                previous: before.and_then(|before| {
                    let same = before.release.digest == release.digest;
                    if same { before.previous } else { Some(before.release.digest) }
                }),
                reason: None,
                withdrawn: None,
            })
        };
        Ok(match self.update(&transform, channel, decide).await? {
            Updated::Written(pointer) => Moved::Active(pointer),
            Updated::Kept(moved) => moved,
            Updated::Contended => Moved::Contended,
        })
    }

    /// Add new artifacts of its component to a channel's pointer. `false` if the channel names
    /// another component.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn refresh(&self, channel: Channel, release: &Release) -> Result<bool, StoreError> {
        let decide = |before: Option<&Pointer>| match before {
            Some(before) if before.release.digest != release.digest => Change::Keep(false),
            Some(before) if before.release.artifacts == release.artifacts => Change::Keep(true),
            Some(before) => Change::Write(Pointer { release: release.clone(), ..before.clone() }),
            None => Change::Keep(false),
        };
        Ok(match self.update(&release.transform, channel, decide).await? {
            Updated::Written(_) => true,
            Updated::Kept(refreshed) => refreshed,
            Updated::Contended => false,
        })
    }
}
