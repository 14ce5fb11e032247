//! From what was made to the record that makes it count.

use std::collections::HashSet;

use time::OffsetDateTime;

use super::Pipeline;
use super::build::{Built, End, Source};
use super::manifest::{
    Cause, MAX_RECORD_BYTES, Manifest, RenditionRecord, RequestedRecord, RetiredRecord,
    RouteRecord, SourceRecord, Status, StepRecord, StepStatus, TransformRecord,
    recorded_parameters,
};
use super::outcome::{Cost, Outcome};
use super::plan::PlannedRun;
use super::standing::{Looks, Record, is_whole};
use super::work::Work;
use crate::clock::now_text;
use crate::digest::Digest;
use crate::document::Route;
use crate::error::{Error, Rejection};
use crate::sandbox::ENGINE_ID;
use crate::store::{Condition, Written};

/// Earlier runs that a record keeps to go back to.
const MAX_RETIRED: usize = 128;
/// Their share of a record, in bytes.
const MAX_RETIRED_BYTES: usize = 1 << 20;

/// What became of a commit.
pub(super) enum Committed {
    Done(Outcome),
    /// Somebody else wrote, or the source moved.
    Conflict,
}

impl Pipeline {
    /// Write the record, so that it names all that was made and nothing else is
    /// there. Then look once more at the source.
    pub(super) async fn commit(
        &self,
        work: &mut Work,
        route: &Route,
        source: SourceRecord,
        record: &Record,
        built: &mut Built,
        looks: &mut Looks,
    ) -> Result<Committed, Error> {
        let failed = refusal(built).cloned();
        if failed.is_none() {
            self.release(work, built).await?;
        }
        let standing = record.manifest.as_ref();
        self.look_at_standing(looks, standing, &source.etag, failed.is_some()).await?;
        let mut manifest = assemble(work, route, source, built, standing, looks, failed.is_some());
        let dropped = self.retire(&mut manifest, standing);
        // What was just stored may have taken the place of another worker's: only the
        // record, on its condition, tells.
        let made = built.ends.iter().any(|end| matches!(end, End::Made(_)));
        if !made && self.is_written(work, route, built, record, &manifest, looks).await? {
            return Ok(Committed::Done(failed.map_or(Outcome::Unchanged, Outcome::Rejected)));
        }
        self.take_away(work, route, built, standing, &manifest, failed.is_some()).await?;
        if !self.unmark(looks, &manifest).await? {
            work.thorough = true;
            return Ok(Committed::Conflict);
        }
        let key = work.destination.manifest();
        let condition = record.etag.as_deref().map_or(Condition::Absent, Condition::Etag);
        let bucket = &self.config.destination_bucket;
        let written =
            self.store.write_record(bucket, &key, &manifest, MAX_RECORD_BYTES, condition).await?;
        // Should there be another round.
        work.strays = manifest.renditions.iter().map(|one| one.key.clone()).collect();
        let Written::Etag(etag) = written else {
            work.dirty = true;
            return Ok(Committed::Conflict);
        };
        if record.legacy_error {
            self.store.delete(bucket, &[work.destination.error()]).await?;
        }
        let reused = reused(standing, &manifest);
        let marked = self.mark(looks, &manifest, &dropped).await?;
        work.dirty = false;
        work.thorough = false;
        if self.source_etag(work).await?.as_ref() != Some(&manifest.source.etag) {
            return Ok(Committed::Conflict);
        }
        // Somebody may have marked what is named again, before it was.
        let mut again = Looks::new();
        self.look(&mut again, reused.clone()).await?;
        let fit =
            |key: &String| again.get(key).and_then(Option::as_ref).is_some_and(|look| !look.tagged);
        if !reused.iter().all(fit) {
            work.thorough = true;
            return Ok(Committed::Conflict);
        }
        // Somebody may have gone back to what we have just marked.
        if marked && self.store.head(bucket, &key).await?.is_none_or(|head| head.etag != etag) {
            work.thorough = true;
            return Ok(Committed::Conflict);
        }
        Ok(Committed::Done(match failed {
            Some(rejection) => Outcome::Rejected(rejection),
            None => outcome(built, &manifest),
        }))
    }

    pub(super) fn source_record(&self, source: &Source) -> SourceRecord {
        SourceRecord {
            bucket: self.config.source_bucket.clone(),
            key: source.key.as_str().to_owned(),
            etag: source.head.etag.clone(),
            version_id: source.head.version_id.clone(),
            bytes: source.head.size,
            media_type: source.media_type.to_owned(),
        }
    }

    /// Look at what may be kept of an earlier record.
    async fn look_at_standing(
        &self,
        looks: &mut Looks,
        standing: Option<&Manifest>,
        etag: &str,
        failed: bool,
    ) -> Result<(), Error> {
        let Some(standing) = standing else { return Ok(()) };
        let mut keys: Vec<String> = Vec::new();
        if failed && standing.source.etag == etag {
            keys.extend(standing.renditions.iter().map(|one| one.key.clone()));
        }
        let retired = standing.retired.iter().flat_map(|one| &one.renditions);
        keys.extend(retired.map(|one| one.key.clone()));
        self.look(looks, keys).await
    }

    /// Keep what the manifest no longer names, where keys never change. What it has
    /// no room for is given back.
    fn retire(&self, manifest: &mut Manifest, standing: Option<&Manifest>) -> Vec<RetiredRecord> {
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

    /// Whether nothing is to be done.
    async fn is_written(
        &self,
        work: &Work,
        route: &Route,
        built: &Built,
        record: &Record,
        manifest: &Manifest,
        looks: &mut Looks,
    ) -> Result<bool, Error> {
        let Some(standing) = &record.manifest else { return Ok(false) };
        let told = |one: &Manifest| {
            let requested = one.requested.clone();
            (one.status, one.source.clone(), one.route.clone(), one.renditions.clone(), requested)
        };
        let alike = told(standing) == told(manifest)
            && standing.retired == manifest.retired
            && same_steps(&standing.steps, &manifest.steps);
        if !alike || work.dirty {
            return Ok(false);
        }
        let tagged = |one: &RenditionRecord| {
            looks.get(&one.key).and_then(Option::as_ref).map(|look| look.tagged)
        };
        let marks_fit = manifest.renditions.iter().all(|one| tagged(one) != Some(true))
            && manifest.retired.iter().flat_map(|one| &one.renditions).all(|one| {
                // What is removed already is no trouble.
                tagged(one) != Some(false)
            });
        if !marks_fit {
            return Ok(false);
        }
        let mut others = work.strays.clone();
        if !route.key_template.is_versioned() {
            others.extend(built.keys.iter().cloned());
        }
        others.retain(|key| standing.keys().all(|named| named != key));
        self.look(looks, others.clone()).await?;
        Ok(others.iter().all(|key| looks.get(key).is_none_or(Option::is_none)))
    }

    /// Take away what neither the manifest nor anybody's memory will name. Where
    /// keys are written more than once this comes before the commit: a crash then
    /// leaves a record whose renditions are found missing, not the reverse.
    async fn take_away(
        &self,
        work: &mut Work,
        route: &Route,
        built: &Built,
        standing: Option<&Manifest>,
        manifest: &Manifest,
        failed: bool,
    ) -> Result<(), Error> {
        let mut stale = std::mem::take(&mut work.strays);
        if !route.key_template.is_versioned() {
            stale.extend(built.keys.iter().cloned());
        }
        if let Some(standing) = standing {
            let now = OffsetDateTime::now_utc();
            let grace = self.config.grace();
            let over = standing.retired.iter().filter(|one| one.retired_at + grace <= now);
            stale.extend(over.flat_map(|one| &one.renditions).map(|one| one.key.clone()));
            if standing.route.key_template.is_versioned() {
                // Another worker's record may still be read by somebody.
                stale.retain(|key| standing.renditions.iter().all(|one| one.key != *key));
            } else {
                let named = standing.renditions.iter().map(|one| one.key.clone());
                let (planned, other): (Vec<_>, Vec<_>) =
                    named.partition(|key| built.keys.contains(key));
                stale.extend(planned);
                stale.extend(self.own(work, other, false).await?);
            }
        }
        let kept: HashSet<&str> = manifest.keys().collect();
        stale.retain(|key| !kept.contains(key.as_str()));
        if failed {
            // It may have failed because a key is another picture's.
            stale = self.own(work, stale, false).await?;
        }
        self.delete(stale).await
    }

    /// Take the mark off what is named again. `false` if something is gone.
    async fn unmark(&self, looks: &mut Looks, manifest: &Manifest) -> Result<bool, Error> {
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

    /// Mark what nothing names any more: a lifecycle rule removes it. Whether there
    /// was anything to mark.
    async fn mark(
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

/// Keys that are named again, and were retired before.
fn reused(standing: Option<&Manifest>, manifest: &Manifest) -> Vec<String> {
    let retired = standing.into_iter().flat_map(|standing| &standing.retired);
    let retired: HashSet<&str> =
        retired.flat_map(|one| &one.renditions).map(|one| one.key.as_str()).collect();
    let named = manifest.renditions.iter().map(|one| &one.key);
    named.filter(|key| retired.contains(key.as_str())).cloned().collect()
}

/// Why the picture has failed, if a step that is required has.
fn refusal(built: &Built) -> Option<&Rejection> {
    built.plan.iter().zip(&built.ends).find_map(|(run, end)| match end {
        End::Failed(rejection, _) if run.step.required => Some(rejection),
        _ => None,
    })
}

/// The record of what was made. Of a picture that failed, what an earlier
/// component made of the same picture stays.
fn assemble(
    work: &Work,
    route: &Route,
    source: SourceRecord,
    built: &Built,
    standing: Option<&Manifest>,
    looks: &Looks,
    failed: bool,
) -> Manifest {
    let mut steps: Vec<StepRecord> = Vec::new();
    let mut renditions: Vec<RenditionRecord> = Vec::new();
    let mut requested: Vec<RequestedRecord> = Vec::new();
    let mut add = |step: StepRecord, made: &mut dyn Iterator<Item = &RenditionRecord>| {
        let index = steps.len();
        renditions.extend(made.map(|one| RenditionRecord { step: index, ..one.clone() }));
        steps.push(step);
        index
    };
    for (index, (run, end)) in built.plan.iter().zip(&built.ends).enumerate() {
        let input = built.inputs.get(index).cloned().flatten();
        let record = |status, cost| StepRecord {
            input: input.clone(),
            ..record_of(work, run, status, cost)
        };
        match end {
            End::Found(_) | End::Made(_) | End::Skipped | End::Requested if failed => {}
            End::Requested => requested.extend(to_be_requested(work, route, run, None)),
            End::Found(found) => {
                let step = StepRecord { required: run.step.required, ..found.run.clone() };
                add(step, &mut found.renditions.iter());
            }
            End::Made(made) => {
                let step = StepRecord {
                    intermediates: made.uploaded.intermediates.clone(),
                    ..record(StepStatus::Ready, made.cost)
                };
                let mut made: Vec<_> = made.uploaded.records.iter().collect();
                made.sort_by(|a, b| a.name.cmp(&b.name));
                add(step, &mut made.into_iter());
            }
            End::Failed(rejection, cost) => {
                let error = Some(rejection.clone());
                let step = StepRecord { error, ..record(StepStatus::Failed, *cost) };
                let index = add(step, &mut std::iter::empty());
                if run.requested && !failed {
                    requested.extend(to_be_requested(work, route, run, Some(index)));
                }
            }
            End::Skipped => {
                add(record(StepStatus::Skipped, Cost::default()), &mut std::iter::empty());
            }
        }
    }
    // Of the same picture: what stays beside a failure, and what a component that
    // cannot be had now made before.
    if let Some(standing) = standing.filter(|one| one.source.etag == source.etag && !work.dirty) {
        for (index, step) in standing.steps.iter().enumerate() {
            let waits = built.waiting.iter().any(|(name, _)| *name == step.name);
            let made = matches!(step.status, StepStatus::Ready | StepStatus::Kept);
            let whole = standing.renditions_of(index).all(|one| is_whole(looks, one));
            if made && (waits || (failed && whole)) {
                let status = if failed { StepStatus::Kept } else { step.status };
                let kept = StepRecord { status, ..step.clone() };
                add(kept, &mut standing.renditions_of(index));
            }
        }
    }
    let status = if failed { Status::Failed } else { Status::Ready };
    let etag = source.etag.clone();
    Manifest {
        version: 2,
        status,
        source,
        route: RouteRecord::from(route),
        steps,
        renditions,
        requested,
        retired: Vec::new(),
        cause: cause(work, status, &etag, standing),
        rendered_at: now_text(),
    }
}

/// Why a record is written. A reader who comes before an upload's event does its
/// work, and the event will find nothing to write: then the upload is the cause.
fn cause(work: &Work, status: Status, etag: &str, standing: Option<&Manifest>) -> Cause {
    let same = standing.is_some_and(|one| one.source.etag == etag && one.status == status);
    if same && !work.wanted.is_empty() { Cause::Request } else { Cause::Event }
}

/// What a run makes when somebody asks for it, or has `failed` to make.
fn to_be_requested(
    work: &Work,
    route: &Route,
    run: &PlannedRun,
    failed: Option<usize>,
) -> Vec<RequestedRecord> {
    let stored = run.outputs.iter().filter(|output| output.stored);
    let kinds = stored.flat_map(|output| output.media_types.iter().map(move |kind| (output, kind)));
    let record = kinds.filter_map(|(output, kind)| {
        Some(RequestedRecord {
            name: output.name.clone(),
            step: run.step.name().to_owned(),
            key: run.key(&work.destination, route, output, kind)?,
            media_type: kind.clone(),
            failed,
        })
    });
    record.collect()
}

fn record_of(work: &Work, run: &PlannedRun, status: StepStatus, cost: Cost) -> StepRecord {
    let release = &run.choice.release;
    let canary = work.failed.get(run.step.name());
    let candidate = run.choice.trial.as_ref().map(|trial| trial.candidate);
    StepRecord {
        name: run.step.name().to_owned(),
        input: None,
        status,
        required: run.step.required,
        action: Some(run.action),
        transform: TransformRecord {
            name: release.transform.clone(),
            version: release.version.clone(),
            digest: release.digest,
            engine: ENGINE_ID.to_owned(),
        },
        canary: canary.filter(|failed| Some(failed.digest) == candidate).cloned(),
        parameters: recorded_parameters(run.parameters.as_ref()),
        parameters_sha256: Digest::of(run.parameters_text.as_bytes()),
        limits: Some(run.step.limits.clone()),
        error: None,
        intermediates: Vec::new(),
        cost,
        rendered_at: now_text(),
    }
}

/// Whether steps came out the same, whenever and at whatever cost that was.
fn same_steps(standing: &[StepRecord], steps: &[StepRecord]) -> bool {
    let told = |step: &StepRecord| {
        (
            step.name.clone(),
            step.input.clone(),
            step.status,
            step.required,
            step.transform.name.clone(),
            step.transform.digest,
            step.parameters_sha256,
            step.error.as_ref().map(|error| error.code),
        )
    };
    standing.len() == steps.len()
        && standing.iter().zip(steps).all(|(one, other)| told(one) == told(other))
}

fn outcome(built: &Built, manifest: &Manifest) -> Outcome {
    let made = built.ends.iter().map(|end| match end {
        End::Made(made) => made.uploaded.records.len(),
        _ => 0,
    });
    match made.sum() {
        0 => Outcome::Restored(manifest.renditions.len()),
        made => Outcome::Rendered(made),
    }
}
