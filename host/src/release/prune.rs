//! Finds and deletes unused components.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use super::catalogue::{Catalogue, Entry};
use crate::component::{Channel, Pointer, Pointers, release_key};
use crate::digest::Digest;
use crate::document::Document;
use crate::store::{Store, StoreError};

/// The criteria for keeping a component.
#[derive(Debug)]
pub struct Need<'a> {
    /// The pipeline document, whose routes may pin components.
    pub document: &'a Document,
    /// The number of manifests that name a component; `None` to ignore them.
    pub manifests: Option<&'a BTreeMap<Digest, u64>>,
    /// Components written within this time may still be in the process of being published.
    pub young: Duration,
}

/// Why a component is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Kept {
    /// It is active.
    Active {
        /// In this channel.
        channel: Channel,
    },
    /// It is the target of a rollback.
    Previous {
        /// In this channel.
        channel: Channel,
    },
    /// It may be active: the pointer cannot be read.
    Unreadable {
        /// The channel's.
        channel: Channel,
    },
    /// A route pins it, or uses it as a shadow.
    Route {
        /// The route.
        route: String,
    },
    /// It was written recently.
    Young,
    /// Its renditions could no longer be verified.
    Manifests {
        /// The number of pictures.
        pictures: u64,
    },
}

/// Why a component is kept. `None` if it is not needed.
pub fn judge(catalogue: &Catalogue, entry: &Entry, need: &Need<'_>) -> Option<Kept> {
    let digest = entry.digest;
    let mut pointers = catalogue.channels.get(&entry.transform).into_iter().flatten();
    if let Some(kept) = pointers.find_map(|(channel, pointer)| named(pointer, *channel, digest)) {
        return Some(kept);
    }
    let mut unreadable = catalogue.unreadable.iter();
    if let Some((_, channel)) = unreadable.find(|(transform, _)| *transform == entry.transform) {
        return Some(Kept::Unreadable { channel: *channel });
    }
    let step = need.document.steps().find(|(_, step)| {
        let shadow = step.shadow.as_ref().and_then(|shadow| shadow.digest);
        step.digest == Some(digest) || shadow == Some(digest)
    });
    if let Some((route, _)) = step {
        return Some(Kept::Route { route: route.name.clone() });
    }
    let written = entry.written.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    if OffsetDateTime::now_utc() - written < need.young {
        return Some(Kept::Young);
    }
    let pictures = need.manifests.and_then(|counts| counts.get(&digest)).copied().unwrap_or(0);
    (pictures > 0).then_some(Kept::Manifests { pictures })
}

/// Why a channel's pointer keeps a component.
fn named(pointer: &Pointer, channel: Channel, digest: Digest) -> Option<Kept> {
    if pointer.release.digest == digest && pointer.withdrawn.is_none() {
        return Some(Kept::Active { channel });
    }
    let previous = pointer.previous == Some(digest) && channel == Channel::Stable;
    previous.then_some(Kept::Previous { channel })
}

impl Entry {
    /// Delete all objects of the component, unless a pointer names it by now; then, the result says
    /// why it is kept. Its record is deleted first: without it, the component can no longer be
    /// activated.
    ///
    /// # Errors
    /// [`StoreError`], if something could not be deleted; the rest is found the next time.
    pub async fn delete(&self, store: &Store, bucket: &str) -> Result<Option<Kept>, StoreError> {
        if let Some(kept) = self.pointed(store, bucket).await? {
            return Ok(Some(kept));
        }
        let record = release_key(&self.transform, self.digest);
        store.delete(bucket, std::slice::from_ref(&record)).await?;
        let keys: Vec<String> = self.objects.iter().map(|(key, _)| key.clone()).collect();
        store.delete(bucket, &keys).await?;
        Ok(None)
    }

    /// The same as [`judge`] for the pointers as they are now. The catalogue found them by a
    /// listing, which is older, and could have missed one.
    async fn pointed(&self, store: &Store, bucket: &str) -> Result<Option<Kept>, StoreError> {
        let pointers = Pointers::new(store.clone(), bucket);
        for channel in Channel::ALL {
            let current = pointers.read(&self.transform, channel).await?;
            if current.unreadable.is_some() {
                return Ok(Some(Kept::Unreadable { channel }));
            }
            let kept = current.value.and_then(|pointer| named(&pointer, channel, self.digest));
            if kept.is_some() {
                return Ok(kept);
            }
        }
        Ok(None)
    }
}

/// Counts of trials without an active component.
///
/// # Errors
/// [`StoreError`], if the store does not answer.
pub async fn idle_outcomes(
    store: &Store,
    bucket: &str,
    catalogue: &Catalogue,
) -> Result<Vec<String>, StoreError> {
    let pointers = catalogue.channels.values().flatten();
    let active: HashSet<Digest> = pointers.map(|(_, pointer)| pointer.release.digest).collect();
    let mut keys = store.list(bucket, crate::component::OUTCOMES).await?;
    keys.retain(|key| {
        let trial = crate::component::Trial::of_key(key);
        trial.is_some_and(|trial| !active.contains(&trial.candidate))
    });
    Ok(keys)
}
