//! Whether each key shows its newest source, and nothing else is left.

use std::collections::BTreeSet;

use obscura::digest::Digest;
use obscura::key::{Destination, SourceKey};
use obscura::pipeline::Manifest;
use obscura::store::{Fetched, Head, Store};
use serde::Serialize;

use crate::stack::{DESTINATION, SOURCE};

/// More than any object of a soak has.
const MAX_BYTES: u64 = 64 << 20;

/// The findings after all work was done.
#[derive(Debug, Default, Serialize)]
pub(super) struct Settled {
    pub(super) keys: u64,
    pub(super) renditions: u64,
    /// Missing, wrong or stale objects, one line each.
    pub(super) problems: Vec<String>,
}

impl Settled {
    /// Compare both buckets.
    pub(super) async fn read(store: &Store) -> anyhow::Result<Self> {
        let mut settled = Self::default();
        let mut named = BTreeSet::new();
        for key in store.list(SOURCE, "").await? {
            settled.keys += 1;
            let Some(source) = store.head(SOURCE, &key).await? else { continue };
            if let Err(problem) = settled.one(store, &key, &source, &mut named).await {
                settled.problems.push(format!("{key}: {problem:#}"));
            }
        }
        for left in store.list(DESTINATION, "").await? {
            if !named.contains(&left) {
                settled.problems.push(format!("{left}: left behind"));
            }
        }
        Ok(settled)
    }

    async fn one(
        &mut self,
        store: &Store,
        key: &str,
        source: &Head,
        named: &mut BTreeSet<String>,
    ) -> anyhow::Result<()> {
        let record = Destination::new("", &SourceKey::literal(key)).manifest();
        named.insert(record.clone());
        let manifest: Manifest = serde_json::from_slice(&body(store, &record).await?)?;
        anyhow::ensure!(manifest.source.etag == source.etag, "the manifest is of an older source");
        for rendition in &manifest.renditions {
            self.renditions += 1;
            named.insert(rendition.key.clone());
            let digest = Digest::of(&body(store, &rendition.key).await?);
            anyhow::ensure!(digest == rendition.sha256, "{} has other bytes", rendition.key);
        }
        Ok(())
    }
}

async fn body(store: &Store, key: &str) -> anyhow::Result<bytes::Bytes> {
    match store.get(DESTINATION, key, None).await? {
        Fetched::Object(object) => Ok(object.body.collect(MAX_BYTES).await?),
        _ => anyhow::bail!("{key} is missing"),
    }
}
