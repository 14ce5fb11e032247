//! Keeps and marks unreferenced renditions with immutable keys, for rollback.

use std::collections::HashSet;

use time::OffsetDateTime;

use super::Pipeline;
use super::manifest::{Manifest, RenditionRecord, RetiredRecord, StepStatus};
use super::standing::{Looks, is_whole};
use crate::error::Error;

/// The maximum number of earlier runs in a record.
const MAX_RETIRED: usize = 128;
/// Their maximum size in a record, in bytes.
const MAX_RETIRED_BYTES: usize = 1 << 20;

impl Pipeline {
    /// Keep runs with immutable keys that the manifest no longer names. Returns those for which it
    /// has no room.
    pub(super) fn retire(
        &self,
        manifest: &mut Manifest,
        standing: Option<&Manifest>,
    ) -> Vec<RetiredRecord> {
        let Some(standing) = standing else { return Vec::new() };
        let now = OffsetDateTime::now_utc();
        let named: HashSet<&str> = manifest.renditions.iter().map(|one| one.key.as_str()).collect();
        let free = |renditions: &[RenditionRecord]| {
            !renditions.is_empty() && renditions.iter().all(|one| !named.contains(one.key.as_str()))
        };
        let mut retired: Vec<RetiredRecord> = Vec::new();
        if standing.route.key_template.is_versioned() {
            for (index, run) in standing.steps.iter().enumerate() {
                let renditions: Vec<_> = standing.renditions_of(index).cloned().collect();
                if free(&renditions) {
                    let mut run = run.clone();
                    run.status = StepStatus::Ready;
                    let source_etag = standing.source.etag.clone();
                    retired.push(RetiredRecord { run, source_etag, renditions, retired_at: now });
                }
            }
        }
        let grace = self.config.grace();
        let earlier = standing
            .retired
            .iter()
            .filter(|one| free(&one.renditions) && one.retired_at + grace > now);
        retired.extend(earlier.cloned());
        let mut left = MAX_RETIRED_BYTES;
        let mut room = |one: &RetiredRecord| {
            let size = serde_json::to_vec(one).map_or(usize::MAX, |text| text.len());
            left = left.saturating_sub(size);
            left > 0
        };
        let fits = retired.iter().take_while(|one| room(one)).count().min(MAX_RETIRED);
        let dropped = retired.split_off(fits);
        manifest.retired = retired;
        dropped
    }

    /// Remove the mark from objects that are named again. `false` if one is missing.
    pub(super) async fn unmark(
        &self,
        looks: &mut Looks,
        manifest: &Manifest,
    ) -> Result<bool, Error> {
        for rendition in &manifest.renditions {
            let key = &rendition.key;
            if looks.get(key).and_then(Option::as_ref).is_some_and(|look| look.tagged) {
                self.store.unmark(&self.config.destination_bucket, key).await?;
                looks.remove(key);
                self.look(looks, vec![key.clone()]).await?;
                if !is_whole(looks, rendition) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Mark unreferenced objects, for removal by a lifecycle rule. Returns whether there were any.
    pub(super) async fn mark(
        &self,
        looks: &Looks,
        manifest: &Manifest,
        dropped: &[RetiredRecord],
    ) -> Result<bool, Error> {
        let mut marked = false;
        for one in manifest.retired.iter().chain(dropped) {
            for rendition in &one.renditions {
                let look = looks.get(&rendition.key);
                let done = look.is_some_and(|look| look.as_ref().is_none_or(|look| look.tagged));
                if !done {
                    self.store.mark(&self.config.destination_bucket, &rendition.key).await?;
                    marked = true;
                }
            }
        }
        Ok(marked)
    }
}

/// Keys that were retired and are named again.
pub(super) fn reused(standing: Option<&Manifest>, manifest: &Manifest) -> Vec<String> {
    let retired = standing.into_iter().flat_map(|standing| &standing.retired);
    let retired: HashSet<&str> =
        retired.flat_map(|one| &one.renditions).map(|one| one.key.as_str()).collect();
    let named = manifest.renditions.iter().map(|one| &one.key);
    named.filter(|key| retired.contains(key.as_str())).cloned().collect()
}
