//! Remove what no manifest names any more.
//!
//! In AWS a lifecycle rule removes what is marked. This does the same where
//! there is none, and finds what a worker has left that crashed before it could
//! mark anything.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use serde::Serialize;
use time::OffsetDateTime;

use super::manifests::Destination;
use crate::pipeline::SOURCE_MARK;
use crate::store::{Store, StoreError};

/// What was written later than so long ago may belong to an event that has not
/// written its manifest yet. An invocation lasts at most 15 minutes.
pub const YOUNG: Duration = Duration::from_secs(3600);

/// What is to be done with an object that no manifest names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stray {
    /// It is marked from now on, and goes when the grace is over.
    Mark,
    /// Its grace is over.
    Remove,
}

/// Finds and removes what no manifest names.
#[derive(Debug, Clone)]
pub struct Sweep {
    store: Store,
    destination: Destination,
    grace: Duration,
    young: Duration,
}

/// What a sweep has found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Swept {
    /// Objects that no manifest names, and what becomes of each.
    pub strays: Vec<(String, Stray)>,
    /// Keys of sources whose record named again what was removed: they have to be
    /// looked at by the transform function.
    pub disturbed: Vec<String>,
    /// Manifests that cannot be read. Nothing is removed while there is one, as
    /// nobody knows what it names.
    pub unreadable: Vec<String>,
}

impl Sweep {
    /// A sweep that leaves what is marked alone for `grace`.
    pub fn new(store: Store, destination: Destination, grace: Duration) -> Self {
        Self { store, destination, grace, young: YOUNG }
    }

    /// What was written within so long is left alone.
    #[must_use]
    pub fn young(mut self, young: Duration) -> Self {
        self.young = young;
        self
    }

    /// See what no manifest names, and, if `act`, mark or remove it.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn run(&self, act: bool) -> Result<Swept, StoreError> {
        // First the objects, then the records: what is recorded in between is named.
        let objects = self.destination.objects().await?;
        let named = self.named().await?;
        let mut swept = Swept { unreadable: named.unreadable, ..Swept::default() };
        if !swept.unreadable.is_empty() {
            return Ok(swept);
        }
        let now = OffsetDateTime::now_utc();
        for object in objects {
            let key = object.key;
            let record = key.ends_with("/manifest.json") || key.ends_with("/error.json");
            let young = object.last_modified.is_none_or(|written| written + self.young > now);
            if record || young || named.active.contains_key(&key) {
                continue;
            }
            let Some(head) = self.store.head(self.destination.bucket(), &key).await? else {
                continue;
            };
            // What is not ours is left alone.
            if !head.metadata.contains_key(SOURCE_MARK) {
                continue;
            }
            let over = head.last_modified.is_some_and(|written| written + self.grace <= now);
            let stray = match head.tags > 0 {
                true if over => Stray::Remove,
                true => continue,
                false if named.retired.contains(&key) => continue,
                false => Stray::Mark,
            };
            if act {
                self.act(&key, stray).await?;
            }
            swept.strays.push((key, stray));
        }
        if act && swept.strays.iter().any(|(_, stray)| *stray == Stray::Remove) {
            // Whoever named one meanwhile has lost it.
            let again = self.named().await?;
            let lost = swept.strays.iter().filter_map(|(key, _)| again.active.get(key).cloned());
            swept.disturbed = lost.collect();
            swept.disturbed.sort();
            swept.disturbed.dedup();
        }
        Ok(swept)
    }

    async fn act(&self, key: &str, stray: Stray) -> Result<(), StoreError> {
        let bucket = self.destination.bucket();
        match stray {
            Stray::Remove => self.store.delete(bucket, &[key.to_owned()]).await,
            Stray::Mark => self.store.mark(bucket, key).await,
        }
    }

    async fn named(&self) -> Result<Named, StoreError> {
        let mut named = Named::default();
        let keys = self.destination.manifest_keys().await?;
        let mut manifests = std::pin::pin!(self.destination.manifests_with_keys(keys));
        while let Some(read) = manifests.next().await {
            let (key, manifest) = read?;
            match manifest {
                Some(manifest) => {
                    let retired = manifest.retired.iter().flat_map(|one| &one.renditions);
                    named.retired.extend(retired.map(|rendition| rendition.key.clone()));
                    for rendition in &manifest.renditions {
                        named.active.insert(rendition.key.clone(), manifest.source.key.clone());
                    }
                }
                None => named.unreadable.push(key),
            }
        }
        Ok(named)
    }
}

#[derive(Default)]
struct Named {
    /// Keys of renditions, and the keys of their sources.
    active: HashMap<String, String>,
    retired: HashSet<String>,
    unreadable: Vec<String>,
}
