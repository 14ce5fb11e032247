//! Counts outcomes, and writes the shard after significant changes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::counts::RouteCounts;
use super::shard::{MAX_SHARD_BYTES, Shard};
use crate::clock;
use crate::component::Trial;
use crate::store::{Condition, Store, StoreError};

/// The maximum number of concurrent trials. There is one per transform with a canary or a shadow.
const TRIALS: usize = 16;

/// The counts of this execution environment.
#[derive(Debug)]
pub struct Recorder {
    store: Store,
    bucket: String,
    /// Identifies this environment's shards.
    environment: String,
    entries: Mutex<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    trial: Trial,
    routes: BTreeMap<String, RouteCounts>,
    /// The last written state of the shard.
    written: Progress,
}

/// The state of a trial.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    pictures: u64,
    failures: u64,
}

impl Recorder {
    /// Counts for this components bucket.
    pub fn new(store: Store, bucket: &str) -> Self {
        let environment = Uuid::new_v4().simple().to_string();
        Self { store, bucket: bucket.to_owned(), environment, entries: Mutex::default() }
    }

    /// Count an outcome on a route.
    pub fn count(&self, trial: &Trial, route: &str, add: impl FnOnce(&mut RouteCounts)) {
        let mut entries = self.entries();
        let at = entries.iter().position(|entry| entry.trial == *trial);
        let mut entry = match at {
            Some(at) => entries.remove(at),
            None => {
                // A later trial of the same two components: discard the old counts.
                entries.retain(|entry| entry.trial.prefix() != trial.prefix());
                Entry {
                    trial: trial.clone(),
                    routes: BTreeMap::new(),
                    written: Progress::default(),
                }
            }
        };
        add(entry.routes.entry(route.to_owned()).or_default());
        entries.push(entry);
        if entries.len() > TRIALS {
            entries.remove(0);
        }
    }

    /// Write the shards that have changed enough: after each of the candidate's first ten pictures,
    /// then whenever their number has grown by a tenth, and after each failure of a canary. So the
    /// number of writes is logarithmic in the number of pictures.
    ///
    /// A failed write is retried later: it does not make a picture fail.
    pub async fn flush(&self) {
        let due: Vec<Shard> = {
            let entries = self.entries();
            entries.iter().filter(|entry| entry.is_due()).map(Entry::shard).collect()
        };
        for shard in due {
            match self.write(&shard).await {
                Ok(()) => {
                    let progress = Progress::of(&shard.routes);
                    let mut entries = self.entries();
                    let entry = entries.iter_mut().find(|entry| entry.trial == shard.trial);
                    entry.into_iter().for_each(|entry| entry.written = progress);
                }
                Err(error) => {
                    tracing::warn!(code = %error.code(), %error, "outcomes are not recorded yet");
                }
            }
        }
    }

    async fn write(&self, shard: &Shard) -> Result<(), StoreError> {
        let key = shard.trial.shard_key(&self.environment);
        let always = Condition::Always;
        self.store.write_record(&self.bucket, &key, shard, MAX_SHARD_BYTES, always).await.map(drop)
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_due(&self) -> bool {
        let now = Progress::of(&self.routes);
        let step = (self.written.pictures / 10).max(1);
        now.failures > self.written.failures || now.pictures >= self.written.pictures + step
    }

    fn shard(&self) -> Shard {
        let (trial, routes) = (self.trial.clone(), self.routes.clone());
        Shard { version: 1, trial, routes, written_at: clock::now_text() }
    }
}

impl Progress {
    fn of(routes: &BTreeMap<String, RouteCounts>) -> Self {
        let pictures = |counts: &RouteCounts| counts.canary.pictures + counts.shadow.pictures;
        Self {
            pictures: routes.values().map(pictures).sum(),
            failures: routes.values().map(|counts| counts.canary.failures()).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    fn entry(pictures: u64, failures: u64, written: Progress) -> Entry {
        let mut counts = RouteCounts::default();
        (failures..pictures).for_each(|_| counts.canary.rendered(1.0, 1));
        (0..failures).for_each(|_| counts.canary.failed(Code::TransformTrapped));
        let trial = Trial::of_key(&format!(
            "outcomes/t/{}/{}/e.json",
            crate::digest::Digest::of(b"a"),
            crate::digest::Digest::of(b"b")
        ));
        let routes = BTreeMap::from([("all".to_owned(), counts)]);
        #[allow(clippy::unwrap_used)]
        Entry { trial: trial.unwrap(), routes, written }
    }

    #[test]
    fn few_writes_tell_of_many_pictures() {
        let mut written = Progress::default();
        let mut writes = Vec::new();
        for pictures in 1..=10_000 {
            if entry(pictures, 0, written).is_due() {
                writes.push(pictures);
                written = Progress { pictures, failures: 0 };
            }
        }
        assert_eq!(writes[..10], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert!(writes.len() < 100, "{}", writes.len());
        assert!(entry(50, 1, Progress { pictures: 49, failures: 0 }).is_due());
        assert!(!entry(50, 1, Progress { pictures: 49, failures: 1 }).is_due());
    }
}
