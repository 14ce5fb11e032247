//! Reads the shards of a trial.

use std::collections::{BTreeMap, HashMap};

use futures_util::stream::{self, StreamExt as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::counts::RouteCounts;
use super::shard::{MAX_SHARD_BYTES, Shard};
use crate::component::Trial;
use crate::store::{Store, StoreError};

/// Shards that are read at a time.
const CONCURRENCY: usize = 16;

/// The sum of a trial's counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// The number of execution environments with counts.
    pub environments: usize,
    /// Counts by route name.
    pub routes: BTreeMap<String, RouteCounts>,
}

/// Reads shards, and caches unchanged ones.
#[derive(Debug)]
pub struct Ledger {
    store: Store,
    bucket: String,
    /// The shards of the last requested trial, by key, with ETags. `None` for unreadable ones.
    known: Mutex<HashMap<String, (String, Option<Shard>)>>,
}

impl Totals {
    fn absorb(&mut self, shard: &Shard) {
        self.environments += 1;
        for (route, counts) in &shard.routes {
            self.routes.entry(route.clone()).or_default().absorb(counts);
        }
    }
}

impl Ledger {
    /// The shards in this components bucket.
    pub fn new(store: Store, bucket: &str) -> Self {
        Self { store, bucket: bucket.to_owned(), known: Mutex::default() }
    }

    /// Sum up a trial. Shards from before its start are ignored.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn totals(&self, trial: &Trial) -> Result<Totals, StoreError> {
        let all = self.trials(trial).await?;
        let found = all.into_iter().find(|(found, _)| found == trial);
        Ok(found.map(|(_, totals)| totals).unwrap_or_default())
    }

    /// Sum up all trials of a candidate against an active component, whenever they started.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn trials(&self, named: &Trial) -> Result<Vec<(Trial, Totals)>, StoreError> {
        let listed = self.store.list_objects(&self.bucket, &named.prefix()).await?;
        let mut known = self.known.lock().await;
        let mut now = HashMap::new();
        let mut changed = Vec::new();
        for object in listed {
            match known.remove(&object.key) {
                Some(kept) if kept.0 == object.etag => drop(now.insert(object.key, kept)),
                _ => changed.push(object.key),
            }
        }
        let mut reads = stream::iter(changed.into_iter().map(|key| self.read(key)))
            .buffer_unordered(CONCURRENCY);
        while let Some(read) = reads.next().await {
            now.extend(read?);
        }
        drop(reads);
        let mut trials: Vec<(Trial, Totals)> = Vec::new();
        let shards = now.values().filter_map(|(_, shard)| shard.as_ref());
        for shard in shards.filter(|shard| shard.version == 1) {
            let at = trials.iter().position(|(trial, _)| *trial == shard.trial);
            let at = at.unwrap_or_else(|| {
                trials.push((shard.trial.clone(), Totals::default()));
                trials.len() - 1
            });
            if let Some((_, totals)) = trials.get_mut(at) {
                totals.absorb(shard);
            }
        }
        *known = now;
        Ok(trials)
    }

    async fn read(
        &self,
        key: String,
    ) -> Result<Option<(String, (String, Option<Shard>))>, StoreError> {
        let shard = self.store.read_record(&self.bucket, &key, MAX_SHARD_BYTES).await?;
        Ok(shard.etag.map(|etag| (key, (etag, shard.value))))
    }
}
