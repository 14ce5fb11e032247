//! Removes unreferenced renditions.
//!
//! In AWS, a lifecycle rule removes marked objects. This does the same where there is no such rule,
//! and finds objects that a crashed worker has left unmarked.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use serde::Serialize;
use time::OffsetDateTime;

use super::manifests::Destination;
use crate::pipeline::SOURCE_MARK;
use crate::store::{Store, StoreError};

/// Objects written within this time may belong to an event that has not written its manifest yet.
/// An invocation lasts at most 15 minutes.
pub const YOUNG: Duration = Duration::from_secs(3600);

/// The action for an unreferenced object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stray {
    /// Mark it, for removal after the grace period.
    Mark,
    /// Remove it: its grace period is over.
    Remove,
}

/// Finds and removes unreferenced objects.
#[derive(Debug, Clone)]
pub struct Sweep {
    store: Store,
    destination: Destination,
    grace: Duration,
    young: Duration,
}

/// The result of a sweep.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Swept {
    /// Unreferenced objects, and the action for each.
    pub strays: Vec<(String, Stray)>,
    /// Keys of sources whose record named a removed object again: the transform function has to
    /// process them.
    pub disturbed: Vec<String>,
    /// Unreadable manifests. As long as there is one, nothing is removed, since it may name any
    /// object.
    pub unreadable: Vec<String>,
}

impl Sweep {
    /// A sweep that keeps marked objects for `grace`.
    pub fn new(store: Store, destination: Destination, grace: Duration) -> Self {
        Self { store, destination, grace, young: YOUNG }
    }

    /// Ignore objects that were written within this time.
    #[must_use]
    pub fn young(mut self, young: Duration) -> Self {
        self.young = young;
        self
    }

    /// Find unreferenced objects, and if `act`, mark or remove them.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn run(&self, act: bool) -> Result<Swept, StoreError> {
        // List objects before records, so that objects recorded in between are named.
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
            // Objects of others are ignored.
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
            // A record that named one meanwhile has lost it.
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
