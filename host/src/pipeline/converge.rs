//! Make the destination match the newest source.
//!
//! Events arrive at least once, late and out of order, and several workers may process the same key
//! at the same time. So an event is only a hint. Read the manifest and then the newest source,
//! write its renditions, and then the manifest, on condition that it has not been written
//! meanwhile. Then check the source once more. If anything changed, start again without trusting
//! earlier results.
//!
//! A rendition is written on condition that the object it replaces is the one that was seen, because
//! a write can be executed long after its client has given up on it. Deletions have no condition,
//! and another worker's rendition may be replaced. So each worker verifies afterwards: by a
//! conditional write of the manifest, whose conflict means that another worker's renditions may be
//! damaged, or by a check of the source. If a worker dies in between, its event is delivered again,
//! and that delivery finds the damage, because a manifest is never trusted before the source and
//! the renditions have been checked, even if it names the event's ETag.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Pipeline;
use super::built::of_records;
use super::commit::Committed;
use super::ended::Ended;
use super::feed::{Interrupted, Source};
use super::outcome::{Outcome, Report};
use super::plan::{Picture, Plan, PlannedRun};
use super::run::peek;
use super::source::Read;
use super::standing::{Looks, Record};
use super::work::{Round, Work};
use crate::document::{Document, Route, SNIFF_BYTES, declared, sniff};
use crate::error::{Code, Error, Fault, Rejection};
use crate::event::Notification;
use crate::key::{Destination, SourceKey};
use crate::store::{Fetched, Head, Object};

/// How often a source may change before the event fails.
const ROUNDS: u32 = 5;
/// How many concurrent writes of a picture's record are tolerated if our renditions can be kept.
const WRITERS: u32 = 50;
/// Time reserved for the work after the transforms: the manifest, and a check of the source.
const SLACK: Duration = Duration::from_secs(2);

impl Pipeline {
    /// Make the destination match a notification's object. `deadline` is the end of the invocation.
    ///
    /// # Errors
    /// A fault: the event must be delivered again.
    pub async fn process(
        &self,
        notification: &Notification,
        deadline: Option<Instant>,
    ) -> Result<Report, Fault> {
        let key = &notification.key;
        let ignored = if notification.bucket != self.config.source_bucket {
            Some("it is not in the source bucket")
        } else if !key.as_str().starts_with(&self.config.source_prefix) {
            Some("its key does not start with the source prefix")
        } else if key.as_str().ends_with('/') {
            Some("it is a folder")
        } else {
            None
        };
        if let Some(why) = ignored {
            return Ok(Report::of(Outcome::Ignored(why)));
        }
        self.converge(key, HashSet::new(), deadline).await
    }

    /// Make requested renditions, in addition to those that an event makes.
    ///
    /// # Errors
    /// A temporary fault.
    pub async fn make(
        &self,
        key: &SourceKey,
        renditions: HashSet<String>,
        deadline: Option<Instant>,
    ) -> Result<Report, Fault> {
        self.converge(key, renditions, deadline).await
    }

    async fn converge(
        &self,
        key: &SourceKey,
        wanted: HashSet<String>,
        deadline: Option<Instant>,
    ) -> Result<Report, Fault> {
        let destination = Destination::new(&self.config.destination_prefix, key);
        let mut work = Work::new(key.clone(), destination);
        work.wanted = wanted;
        work.deadline = deadline.map(|at| at.checked_sub(SLACK).unwrap_or(at));
        let outcome = if work.destination.fits() {
            let outcome = self.rounds(&mut work).await;
            self.observe(&work, outcome.as_ref().map(drop));
            outcome?
        } else {
            Outcome::Rejected(Rejection::new(
                Code::KeyTooLong,
                "the key leaves no room for the renditions' names within S3's 1024 bytes",
            ))
        };
        let Work { digest, steps, loading, shadows, .. } = work;
        Ok(Report { outcome, digest, steps, loading, shadows })
    }

    async fn rounds(&self, work: &mut Work) -> Result<Outcome, Fault> {
        let mut made = Ended::new();
        for round in 0.. {
            match self.round(work, &mut made).await {
                Ok(Round::Done(outcome)) => return Ok(outcome),
                Ok(Round::Again) => {}
                Err(Error::Fault(fault)) => return Err(fault),
                Err(Error::Rejected(rejection)) => return Ok(Outcome::Rejected(rejection)),
            }
            tracing::info!(key = work.key.as_str(), "something changed; starting again");
            match made.is_empty() {
                true if round + 1 >= ROUNDS => break,
                false if round + 1 >= WRITERS => break,
                true => {}
                // Let concurrent writers of the same record take turns.
                false => tokio::time::sleep(pause(round)).await,
            }
        }
        let message = format!("s3://{}/{} keeps moving", self.config.source_bucket, work.key);
        Err(Fault::new(Code::SourceMoving, message))
    }

    async fn round(&self, work: &mut Work, made: &mut Ended) -> Result<Round, Error> {
        let (document, record) = tokio::try_join!(self.document.current(), self.record(work))?;
        let mut looks = Looks::new();
        let repeat = self.repeat(work, &document, &record).await;
        let known = repeat.as_ref().map(|_| work.etag.clone());
        let read = self.read_source(work, known.as_deref());
        let (read, error) = tokio::try_join!(read, self.legacy_error(work, &record))?;
        let failed_before = error.is_some();
        let record = match error {
            Some(error) => record.with_legacy_error(error),
            None => record,
        };
        let fetched = match read {
            Read::Fetched(fetched) => fetched,
            Read::Unreadable(head, rejection) => {
                return self.update_unreadable(work, &document, record, *head, rejection).await;
            }
        };
        match (fetched, repeat) {
            (Fetched::NotModified, _) if failed_before => {
                work.thorough = true;
                Ok(Round::Again)
            }
            (Fetched::Object(source), _) => {
                self.update(work, &document, &record, *source, &mut looks, made).await
            }
            // The check for a repeat: reads only.
            (Fetched::NotModified, Some((route, plan))) => {
                self.settle_repeat(work, &route, plan, &record, &mut looks).await
            }
            (Fetched::Missing | Fetched::NotModified, _) => {
                self.clear(work, &document, record.manifest.as_ref()).await?;
                self.look_again(work, None, Outcome::Removed).await
            }
        }
    }

    /// The route and the plan of the picture in the manifest, if all of it is recorded: then the
    /// picture need not be read unless it has changed. Errors are reported later, when there is
    /// something to render.
    async fn repeat(
        &self,
        work: &mut Work,
        document: &Document,
        record: &Record,
    ) -> Option<(Route, Plan)> {
        let manifest = record.manifest.as_ref().filter(|_| !work.dirty && !work.thorough)?;
        let source = &manifest.source;
        let route = document.route(&work.key, &source.media_type).filter(|route| !route.ignore)?;
        let mut head = Head::default();
        let settable = route.steps.iter().any(|step| !step.settable.is_empty());
        if settable || !route.metadata.is_empty() {
            // An overwrite with the same bytes may have other metadata.
            let bucket = &self.config.source_bucket;
            head = self.store.head(bucket, work.key.as_str()).await.ok()??;
            if head.etag != source.etag {
                return None;
            }
        }
        work.begin(&source.etag);
        work.remember(manifest);
        let (etag, size, metadata) = (&source.etag, source.bytes, &head.metadata);
        let picture = Picture { etag, size, refusal: None, metadata };
        let plan = self.plan(work, route, &picture).await.ok()?;
        let found = self.recorded(work, route, &plan, Some(manifest));
        let failed = |(index, run): (usize, &PlannedRun)| {
            let before = found.get(&index).is_some_and(|found| found.run.error.is_some());
            run.step.required && (run.refused.is_some() || before)
        };
        let settled = plan.runs.iter().enumerate().any(failed)
            || plan.runs.iter().enumerate().all(|(index, run)| {
                found.contains_key(&index)
                    || !run.is_wanted(&work.wanted)
                    || run.refused.is_some()
                    || plan.is_skipped(index, &found)
            });
        settled.then(|| (route.clone(), plan))
    }

    async fn settle_repeat(
        &self,
        work: &mut Work,
        route: &Route,
        plan: Plan,
        record: &Record,
        looks: &mut Looks,
    ) -> Result<Round, Error> {
        let Some(manifest) = &record.manifest else { return Ok(Round::Again) };
        let waiting = plan.waiting.first().map(|(_, fault)| fault.clone());
        let mut found = self.recorded(work, route, &plan, Some(manifest));
        let recorded = found.len();
        self.whole(looks, &mut found).await?;
        let whole = found.len() == recorded;
        if !whole {
            work.thorough = true;
            return Ok(Round::Again);
        }
        let mut built = of_records(plan, found, work, route);
        let source = manifest.source.clone();
        let committed = self.commit(work, route, source, record, &mut built, looks).await?;
        Ok(ended(committed, waiting)?)
    }

    /// Render a source and commit the results.
    async fn update(
        &self,
        work: &mut Work,
        document: &Document,
        record: &Record,
        source: Object,
        looks: &mut Looks,
        made: &mut Ended,
    ) -> Result<Round, Error> {
        let (Object { head, mut body }, undecoded) = source.decoded().await?;
        let (size, refusal) = (body.size(), undecoded.map(Rejection::from));
        let first = peek(&mut body, SNIFF_BYTES).await?;
        let media_type = sniff(&first);
        let (key, rest) = (work.key.clone(), Some(Box::new(body)));
        let source = Source { key, media_type, head, size, refusal, first, rest, shared: None };
        self.update_from(work, document, record, source, looks, made).await
    }

    /// Record why a source cannot be read, in the place of what an older one became. Renditions of the
    /// same source stay: it can be archived when they are made.
    async fn update_unreadable(
        &self,
        work: &mut Work,
        document: &Document,
        record: Record,
        head: Head,
        rejection: Rejection,
    ) -> Result<Round, Error> {
        if record.manifest.as_ref().is_some_and(|one| one.source.etag == head.etag) {
            return Ok(Round::Done(Outcome::Rejected(rejection)));
        }
        let media_type = declared(head.content_type.as_deref().unwrap_or_default());
        let (key, size, first) = (work.key.clone(), head.size.max(1), Bytes::new());
        let refusal = Some(rejection);
        let source =
            Source { key, media_type, head, size, refusal, first, rest: None, shared: None };
        let (mut looks, mut made) = (Looks::new(), Ended::new());
        self.update_from(work, document, &record, source, &mut looks, &mut made).await
    }

    async fn update_from(
        &self,
        work: &mut Work,
        document: &Document,
        record: &Record,
        mut source: Source,
        looks: &mut Looks,
        made: &mut Ended,
    ) -> Result<Round, Error> {
        let etag = source.head.etag.clone();
        let route = document.route(&work.key, source.media_type);
        let Some(route) = route.filter(|route| !route.ignore) else {
            let why = match route {
                Some(_) => "its route ignores it",
                None => "no route matches it",
            };
            return self.ignore(work, document, &etag, record.manifest.as_ref(), why).await;
        };
        work.begin(&etag);
        if let Some(manifest) = record.manifest.as_ref().filter(|one| one.source.etag == etag) {
            work.remember(manifest);
        }
        let made_before = std::mem::take(made);
        if made_before.is_empty() {
            // All runs are repeated.
            work.tried.clear();
        }
        let built = self.build(work, route, &mut source, record, looks, made_before).await;
        let mut built = match built {
            Ok(built) => built,
            Err(Interrupted::Moved) => {
                work.thorough = true;
                return Ok(Round::Again);
            }
            Err(Interrupted::Error(error)) => return Err(error),
        };
        let waiting = built.waiting.first().map(|(_, fault)| fault.clone());
        let source = self.source_record(&source);
        let committed = self.commit(work, route, source, record, &mut built, looks).await?;
        if matches!(committed, Committed::Conflict) && route.key_template.is_versioned() {
            *made = built.into_ended();
        }
        Ok(ended(committed, waiting)?)
    }

    /// No route matches the picture. Renditions of an older picture are removed; those of this one
    /// stay, so that a mistake in the document does not delete all renditions.
    async fn ignore(
        &self,
        work: &mut Work,
        document: &Document,
        etag: &str,
        manifest: Option<&super::Manifest>,
        why: &'static str,
    ) -> Result<Round, Error> {
        let ignored = Outcome::Ignored(why);
        if !work.dirty && manifest.is_some_and(|manifest| manifest.source.etag == etag) {
            return Ok(Round::Done(ignored));
        }
        self.clear(work, document, manifest).await?;
        self.look_again(work, Some(etag), ignored).await
    }

    /// The end of a round, if the source has not changed.
    pub(super) async fn look_again(
        &self,
        work: &mut Work,
        expected: Option<&str>,
        outcome: Outcome,
    ) -> Result<Round, Error> {
        if self.source_etag(work).await?.as_deref() == expected {
            return Ok(Round::Done(outcome));
        }
        // We may have just removed another worker's renditions of it.
        work.dirty = true;
        Ok(Round::Again)
    }

    pub(super) async fn source_etag(&self, work: &Work) -> Result<Option<String>, Error> {
        Ok(self.source_head(work).await?.map(|head| head.etag))
    }
}

/// The backoff: exponential, with jitter.
fn pause(round: u32) -> Duration {
    let most = 20 * u64::from(round.min(10) + 1);
    Duration::from_millis(RandomState::new().hash_one(round) % most)
}

/// The end of a round. If a step has to wait, the event fails and is delivered again; the rest is
/// stored.
fn ended(committed: Committed, waiting: Option<Fault>) -> Result<Round, Fault> {
    match (committed, waiting) {
        (Committed::Conflict, _) => Ok(Round::Again),
        (Committed::Done(_), Some(fault)) => Err(fault),
        (Committed::Done(outcome), None) => Ok(Round::Done(outcome)),
    }
}
