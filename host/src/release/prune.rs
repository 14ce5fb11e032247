//! Finds and deletes unused components.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use super::catalogue::{Catalogue, Entry};
use crate::component::{Channel, release_key};
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
    for (channel, pointer) in catalogue.channels.get(&entry.transform).into_iter().flatten() {
        let channel = *channel;
        if entry.channels.contains(&channel) {
            return Some(Kept::Active { channel });
        }
        if pointer.previous == Some(digest) && channel == Channel::Stable {
            return Some(Kept::Previous { channel });
        }
    }
    let named = need.document.steps().find(|(_, step)| {
        let shadow = step.shadow.as_ref().and_then(|shadow| shadow.digest);
        step.digest == Some(digest) || shadow == Some(digest)
    });
    if let Some((route, _)) = named {
        return Some(Kept::Route { route: route.name.clone() });
    }
    let written = entry.written.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    if OffsetDateTime::now_utc() - written < need.young {
        return Some(Kept::Young);
    }
    let pictures = need.manifests.and_then(|counts| counts.get(&digest)).copied().unwrap_or(0);
    (pictures > 0).then_some(Kept::Manifests { pictures })
}

impl Entry {
    /// Delete all objects of the component. Its record is deleted first: without it, the component
    /// can no longer be activated.
    ///
    /// # Errors
    /// [`StoreError`], if something could not be deleted; the rest is found the next time.
    pub async fn delete(&self, store: &Store, bucket: &str) -> Result<(), StoreError> {
        let record = release_key(&self.transform, self.digest);
        store.delete(bucket, std::slice::from_ref(&record)).await?;
        let keys: Vec<String> = self.objects.iter().map(|(key, _)| key.clone()).collect();
        store.delete(bucket, &keys).await
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
