//! Uploads and deletions of pictures, and disturbances of their events.

use obscura::store::{Condition, Put};
use obscura_local::Order;
use serde::Serialize;

use super::super::photos::Photos;
use crate::stack::{SOURCE, Stack};

/// The maximum number of steps for which events are delayed.
const MOST_HELD: u32 = 30;

/// Counts of the steps.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Counts {
    pub(super) uploads: u64,
    /// Of the uploads.
    pub(super) broken: u64,
    pub(super) deletions: u64,
    /// How often duplication or delay of events was switched on or off.
    pub(super) disturbances: u64,
}

/// Random steps.
pub(super) struct Traffic<'a> {
    stack: &'a Stack,
    photos: &'a Photos,
    chance: fastrand::Rng,
    /// Of each key, the sum of its weight and of those before it.
    weights: Vec<f64>,
    /// Steps until delayed events are released.
    held: Option<u32>,
    pub(super) counts: Counts,
}

impl<'a> Traffic<'a> {
    pub(super) fn new(stack: &'a Stack, photos: &'a Photos, keys: usize, seed: u64) -> Self {
        let chance = fastrand::Rng::with_seed(seed);
        Self { stack, photos, chance, weights: zipf(keys), held: None, counts: Counts::default() }
    }

    /// One step: an upload in four cases of five.
    pub(super) async fn step(&mut self) -> anyhow::Result<()> {
        self.release();
        let key = self.key();
        match self.chance.u32(0..100) {
            0..75 => self.upload(&key).await,
            75..80 => self.upload_broken(&key).await,
            80..90 => self.delete(&key).await,
            90..93 => self.disturb(|stack| stack.local.notifications().deliver_times(2)),
            93..96 => self.disturb(|stack| stack.local.notifications().deliver_times(1)),
            _ => {
                self.held.get_or_insert(self.chance.u32(1..MOST_HELD));
                self.disturb(|stack| stack.local.notifications().hold())
            }
        }
    }

    /// From now on, deliver everything once.
    pub(super) fn calm(&self) {
        let notifications = self.stack.local.notifications();
        notifications.deliver_times(1);
        notifications.release(Order::Reversed);
    }

    /// Delayed events are released in reverse order.
    fn release(&mut self) {
        self.held = self.held.and_then(|steps| steps.checked_sub(1));
        if self.held == Some(0) {
            self.stack.local.notifications().release(Order::Reversed);
            self.held = None;
        }
    }

    /// By Zipf's law: the second key comes half as often as the first, the third a third.
    fn key(&mut self) -> String {
        let all = self.weights.last().copied().unwrap_or_default();
        let point = self.chance.f64() * all;
        let rank = self.weights.partition_point(|sum| *sum <= point);
        format!("folder {}/picture ü{rank}.jpg", rank % 7)
    }

    async fn upload(&mut self, key: &str) -> anyhow::Result<()> {
        self.counts.uploads += 1;
        self.put(key, self.photos.of(self.counts.uploads)).await
    }

    /// Half of a picture, or none at all.
    async fn upload_broken(&mut self, key: &str) -> anyhow::Result<()> {
        self.counts.uploads += 1;
        self.counts.broken += 1;
        let whole = self.photos.of(self.counts.uploads);
        let keep = if self.chance.bool() { whole.len() / 2 } else { 0 };
        self.put(key, whole.slice(..keep)).await
    }

    async fn put(&self, key: &str, body: bytes::Bytes) -> anyhow::Result<()> {
        let put = Put { body, content_type: "image/jpeg", ..Put::default() };
        self.stack.store.put(SOURCE, key, put, Condition::Always).await?;
        Ok(())
    }

    async fn delete(&mut self, key: &str) -> anyhow::Result<()> {
        self.counts.deletions += 1;
        Ok(self.stack.store.delete(SOURCE, &[key.to_owned()]).await?)
    }

    fn disturb(&mut self, how: impl FnOnce(&Stack)) -> anyhow::Result<()> {
        self.counts.disturbances += 1;
        how(self.stack);
        Ok(())
    }
}

fn zipf(keys: usize) -> Vec<f64> {
    let weights = (1..=keys.max(1)).scan(0.0, |sum, rank| {
        *sum += 1.0 / rank as f64;
        Some(*sum)
    });
    weights.collect()
}
