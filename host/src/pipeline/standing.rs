//! The existing record and renditions of a picture, and which of them can be kept.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use time::OffsetDateTime;

use super::Pipeline;
use super::found::Found;
use super::legacy::ErrorRecord;
use super::manifest::{MAX_RECORD_BYTES, Manifest, RenditionRecord, RouteRecord, StepStatus};
use super::plan::{Plan, PlannedRun};
use super::work::Work;
use crate::document::Route;
use crate::error::{Code, Error};

/// Objects that are checked in parallel.
const CONCURRENCY: usize = 16;

/// The existing record. An unreadable one counts as missing, but has an ETag.
#[derive(Default)]
pub(super) struct Record {
    pub(super) manifest: Option<Manifest>,
    pub(super) etag: Option<String>,
    /// Whether there is a failure record of version 1.
    pub(super) legacy_error: bool,
}

impl Record {
    /// The same, with a failure record of version 1.
    pub(super) fn with_legacy_error(self, error: Option<ErrorRecord>) -> Self {
        let manifest = match error {
            Some(error) => error.into_manifest(self.manifest),
            None => self.manifest,
        };
        Self { manifest, legacy_error: true, ..self }
    }
}

/// The object found under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) etag: String,
    pub(super) tagged: bool,
}

/// The checks of a round.
pub(super) type Looks = HashMap<String, Option<Look>>;

impl Pipeline {
    /// Read the record of a picture.
    pub(super) async fn record(&self, work: &Work) -> Result<Record, Error> {
        let bucket = &self.config.destination_bucket;
        let read = self
            .store
            .read_record::<Manifest>(bucket, &work.destination.manifest(), MAX_RECORD_BYTES)
            .await?;
        Ok(Record { manifest: read.value, etag: read.etag, legacy_error: false })
    }

    /// The failure record of version 1, if there is one: version 2 has it in the manifest.
    /// `Some(None)` is an unreadable record.
    pub(super) async fn legacy_error(
        &self,
        work: &Work,
        record: &Record,
    ) -> Result<Option<Option<ErrorRecord>>, Error> {
        let manifest = record.manifest.as_ref();
        if manifest.is_some_and(|manifest| !manifest.is_of_version_1()) {
            return Ok(None);
        }
        let (bucket, key) = (&self.config.destination_bucket, work.destination.error());
        let read = self.store.read_record::<ErrorRecord>(bucket, &key, MAX_RECORD_BYTES).await?;
        Ok(read.etag.map(|_| read.value))
    }

    /// The recorded earlier runs with the same action, by their index in the plan.
    pub(super) fn recorded(
        &self,
        work: &Work,
        route: &Route,
        plan: &Plan,
        manifest: Option<&Manifest>,
    ) -> HashMap<usize, Found> {
        let Some(manifest) = manifest else { return HashMap::new() };
        if work.dirty && !route.key_template.is_versioned() {
            return HashMap::new();
        }
        let stores = RouteRecord::from(route);
        let runs = plan.runs.iter().enumerate();
        let found = runs.filter_map(|(index, run)| {
            let current = manifest.steps.iter().enumerate().find_map(|(at, record)| {
                let renditions = || manifest.renditions_of(at).cloned().collect();
                let found = Found { run: record.clone(), renditions: renditions() };
                let alike =
                    stores.stores_like(&manifest.route) || record.status == StepStatus::Failed;
                (alike && self.is_same(work, route, plan, run, manifest, &found)).then_some(found)
            });
            let retired = || {
                manifest.retired.iter().find_map(|one| {
                    let fresh = one.retired_at + self.reuse_time() > OffsetDateTime::now_utc();
                    let found = Found { run: one.run.clone(), renditions: one.renditions.clone() };
                    (fresh && self.is_same(work, route, plan, run, manifest, &found))
                        .then_some(found)
                })
            };
            current.or_else(retired).map(|found| (index, found))
        });
        found.collect()
    }

    /// How long retired runs can be reused. They are never removed before the grace period ends;
    /// the margin is longer than an event.
    fn reuse_time(&self) -> Duration {
        let grace = self.config.grace();
        grace.saturating_sub(Duration::from_secs(24 * 3600).min(grace / 2))
    }

    fn is_same(
        &self,
        work: &Work,
        route: &Route,
        plan: &Plan,
        run: &PlannedRun,
        manifest: &Manifest,
        found: &Found,
    ) -> bool {
        let record = &found.run;
        let same_action = match record.action {
            Some(action) => action == run.action,
            // Version 1 had neither actions nor routes of several steps.
            None => {
                record.transform.digest == run.choice.release.digest
                    && record.transform.name == run.choice.release.transform
                    && record.parameters_sha256
                        == crate::digest::Digest::of(run.parameters_text.as_bytes())
                    && manifest.source.etag == work.etag
            }
        };
        if !same_action || record.name != run.step.name() || record.input != plan.input_record(run)
        {
            return false;
        }
        match record.status {
            StepStatus::Failed => {
                let code = record.error.as_ref().map(|error| error.code);
                record.limits.as_ref() == Some(&run.step.limits)
                    && !code.is_some_and(Code::can_pass)
            }
            StepStatus::Ready => {
                let stored: Vec<_> = run.outputs.iter().filter(|output| output.stored).collect();
                let made = |output: &&&super::plan::Output| {
                    found.renditions.iter().any(|one| {
                        one.name == output.name
                            && output.media_types.contains(&one.media_type)
                            && run.key(&work.destination, route, output, &one.media_type).as_ref()
                                == Some(&one.key)
                    })
                };
                run.refused.is_none()
                    && stored.len() == found.renditions.len()
                    && stored.iter().filter(made).count() == stored.len()
            }
            StepStatus::Skipped | StepStatus::Kept => false,
        }
    }

    /// Keep those whose renditions exist as recorded.
    pub(super) async fn whole(
        &self,
        looks: &mut Looks,
        found: &mut HashMap<usize, Found>,
    ) -> Result<(), Error> {
        let keys = found.values().flat_map(|one| &one.renditions).map(|one| one.key.clone());
        self.look(looks, keys.collect()).await?;
        found.retain(|_, one| one.renditions.iter().all(|rendition| is_whole(looks, rendition)));
        Ok(())
    }

    /// Check objects that have not been checked yet.
    pub(super) async fn look(&self, looks: &mut Looks, keys: Vec<String>) -> Result<(), Error> {
        let keys = keys.into_iter().filter(|key| !looks.contains_key(key)).collect::<Vec<_>>();
        let mut heads = stream::iter(keys)
            .map(|key| async move {
                let head = self.store.head(&self.config.destination_bucket, &key).await?;
                let look = head.map(|head| Look { tagged: head.tags > 0, etag: head.etag });
                Ok::<_, Error>((key, look))
            })
            .buffer_unordered(CONCURRENCY);
        while let Some(head) = heads.next().await {
            let (key, look) = head?;
            looks.insert(key, look);
        }
        Ok(())
    }
}

/// Whether a rendition exists as recorded.
pub(super) fn is_whole(looks: &Looks, rendition: &RenditionRecord) -> bool {
    let look = looks.get(&rendition.key).and_then(Option::as_ref);
    look.is_some_and(|look| look.etag == rendition.etag)
}
