//! Commits results by writing the record.

use std::collections::HashSet;

use time::OffsetDateTime;

use super::Pipeline;
use super::assemble::{assemble, refusal};
use super::built::Built;
use super::clear::Expected;
use super::ended::End;
use super::feed::Source;
use super::manifest::{MAX_RECORD_BYTES, Manifest, RenditionRecord, SourceRecord, StepRecord};
use super::outcome::Outcome;
use super::retire::reused;
use super::standing::{Looks, Record};
use super::work::Work;
use crate::document::Route;
use crate::error::Error;
use crate::store::{Condition, Written};

/// The result of a commit.
pub(super) enum Committed {
    Done(Outcome),
    /// There was a concurrent write, or the source changed.
    Conflict,
}

impl Pipeline {
    /// Write the record, and remove objects that it does not name. Then check the source once more.
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
        // The new objects may have overwritten another worker's: only the conditional write of the
        // record shows it.
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
        // In case of another round.
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
        // Another worker may have marked objects before they were named again.
        let mut again = Looks::new();
        self.look(&mut again, reused.clone()).await?;
        let fit =
            |key: &String| again.get(key).and_then(Option::as_ref).is_some_and(|look| !look.tagged);
        if !reused.iter().all(fit) {
            work.thorough = true;
            return Ok(Committed::Conflict);
        }
        // Another worker may have named objects again that were just marked.
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

    /// Find the results of an earlier record that can be kept.
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

    /// Whether nothing has to be done.
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
                // Objects that are already removed are ignored.
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

    /// Remove objects that the new manifest will not name. If keys can be overwritten, this comes
    /// before the commit: then a crash leaves a record with missing renditions, which is detected,
    /// not unnamed renditions.
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
                // Another worker's record may still be in use.
                stale.retain(|key| standing.renditions.iter().all(|one| one.key != *key));
            } else {
                let named = standing.renditions.iter().map(|one| one.key.clone());
                let (planned, other): (Vec<_>, Vec<_>) =
                    named.partition(|key| built.keys.contains(key));
                stale.extend(planned);
                stale.extend(self.own(work, other, Expected::All, false).await?);
            }
        }
        let kept: HashSet<&str> = manifest.keys().collect();
        stale.retain(|key| !kept.contains(key.as_str()));
        if failed {
            // It may have failed because a key belongs to another picture.
            stale = self.own(work, stale, Expected::Named(standing), false).await?;
        }
        self.delete(stale).await
    }
}

/// Whether steps have the same results, ignoring time and cost.
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
