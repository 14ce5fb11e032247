//! Make the destination match the newest source.
//!
//! Events come at least once, late and out of order, and several workers may
//! have the same key at the same time. So an event is only a hint to look. Look
//! at the manifest and then at the newest source, write its renditions, and then
//! the manifest, on condition that nobody else has written one meanwhile. Then
//! look at the source once more. If anything moved, go round again, trusting
//! nothing.
//!
//! Renditions are written and deleted without a condition, so whoever does it
//! answers for it: by a conditional write of the manifest, whose conflict says
//! that somebody else's renditions may be damaged, or by a look at the source
//! afterwards. A worker that dies in between leaves its event behind, and the
//! event's next delivery finds the damage, because nothing is believed of a
//! manifest, not even if it names the very ETag that the event does, before the
//! source and the renditions have been looked at. What a dead worker wrote and
//! no manifest names is found by the plan, which tells every key it may have.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::Pipeline;
use super::admission::{admissible, key_too_long};
use super::failure::{ErrorRecord, limits};
use super::manifest::{Manifest, SourceRecord, TransformRecord, recorded_parameters};
use super::outcome::{Outcome, Report};
use super::render::{Picture, peek};
use super::shadow::ShadowTask;
use super::trial;
use super::work::{Known, Round, Seen, Standing, Work};
use crate::clock::now_text;
use crate::component::{Active, Choice};
use crate::digest::Digest;
use crate::document::{Document, Route, SNIFF_BYTES, sniff};
use crate::error::{Code, Error, Fault};
use crate::event::Notification;
use crate::key::Destination;
use crate::sandbox::ENGINE_ID;
use crate::store::{Condition, Fetched, Object, StoreError, Written};

/// How often a source may move under our hands before the event is put back.
const ROUNDS: usize = 5;
/// Manifests and error records are read whole.
const MAX_RECORD_BYTES: u64 = 4 << 20;
/// Space for the rest of the work (the manifest, a look at the source) once the
/// transform has ended.
const SLACK: Duration = Duration::from_secs(2);

impl Pipeline {
    /// Make the destination match what a notification points at. `deadline` is
    /// when the invocation is cut off.
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
        } else if key.as_str().trim().is_empty() {
            // S3 takes such a key, and the SDK refuses to ask for one.
            Some("its key is nothing but white space: upload it under another one")
        } else {
            None
        };
        let destination = Destination::new(&self.config.destination_prefix, key);
        let mut work = Work::new(key.clone(), destination);
        let outcome = match ignored {
            Some(why) => Outcome::Ignored(why),
            None if !work.destination.fits() => Outcome::Rejected(key_too_long()),
            None => {
                let outcome = self.rounds(&mut work, deadline).await;
                self.observe(&work, outcome.as_ref());
                outcome?
            }
        };
        let shadow = work.shadow.filter(|_| matches!(outcome, Outcome::Rendered(_)));
        let Work { digest, cost, loading, .. } = work;
        Ok(Report { outcome, digest, cost, loading, shadow })
    }

    async fn rounds(&self, work: &mut Work, deadline: Option<Instant>) -> Result<Outcome, Fault> {
        let deadline = deadline.map(|at| at.checked_sub(SLACK).unwrap_or(at));
        for _ in 0..ROUNDS {
            match self.round(work, deadline).await {
                Ok(Round::Done(outcome)) => return Ok(outcome),
                Ok(Round::Again) => {}
                Err(Error::Fault(fault)) => return Err(fault),
                Err(Error::Rejected(rejection)) => return Ok(Outcome::Rejected(rejection)),
            }
            tracing::info!(key = work.key.as_str(), "something moved, or the canary failed; again");
        }
        let message = format!("s3://{}/{} keeps moving", self.config.source_bucket, work.key);
        Err(Fault::new(Code::SourceMoving, message))
    }

    async fn round(&self, work: &mut Work, deadline: Option<Instant>) -> Result<Round, Error> {
        let manifest_key = work.destination.manifest();
        let (document, manifest) =
            tokio::try_join!(self.document.current(), self.record::<Manifest>(&manifest_key))?;
        let expected = self.expected(&document, work, manifest.record.as_ref()).await;
        let current = manifest.record.as_ref().zip(expected).filter(|(manifest, expected)| {
            !work.dirty && manifest.is_current(&expected.0, &expected.1)
        });
        let known = current.as_ref().map(|(manifest, _)| manifest.source.etag.as_str());
        let error_key = work.destination.error();
        let (source, error) =
            tokio::try_join!(self.get_source(work, known), self.record::<ErrorRecord>(&error_key))?;
        match (source, current) {
            (Fetched::Object(source), _) => {
                let seen = Seen { source, manifest, error };
                self.update(work, &document, seen, deadline).await
            }
            // A repeat: looks, and no writes.
            (Fetched::NotModified, Some((manifest, (route, _)))) => {
                let (_, active) = self.ready(work, &route, &manifest.source.etag).await?;
                let possible = self.possible_keys(&work.destination, &route, &active).await;
                if error.etag.is_none() && self.is_whole(manifest, possible).await? {
                    return Ok(Round::Done(Outcome::Unchanged));
                }
                work.dirty = true;
                Ok(Round::Again)
            }
            (Fetched::Missing | Fetched::NotModified, _) => {
                self.clear(work, &document, manifest.record.as_ref()).await?;
                self.look_again(work, None, Outcome::Removed).await
            }
        }
    }

    async fn get_source(&self, work: &Work, known: Option<&str>) -> Result<Fetched, Error> {
        let bucket = &self.config.source_bucket;
        let source = self.store.get(bucket, work.key.as_str(), known).await;
        Ok(source.map_err(StoreError::of_source)?)
    }

    /// The route and the component that are expected for a key, as far as that
    /// can be told without its bytes. A component that cannot be found matters
    /// only once there is something to render.
    async fn expected(
        &self,
        document: &Document,
        work: &Work,
        manifest: Option<&Manifest>,
    ) -> Option<(Route, Choice)> {
        let source = &manifest?.source;
        let route = document.route(&work.key, &source.media_type)?;
        let avoid = work.gave_up(&source.etag);
        let choice = self.registry.choose(route, &work.key, avoid).await.ok()?;
        Some((route.clone(), choice))
    }

    /// Render a source and commit what came of it.
    async fn update(
        &self,
        work: &mut Work,
        document: &Document,
        seen: Seen,
        deadline: Option<Instant>,
    ) -> Result<Round, Error> {
        let Seen { source, manifest: standing, error } = seen;
        let Object { head, mut body } = *source;
        let first = peek(&mut body, SNIFF_BYTES).await?;
        let media_type = sniff(&first);
        let Some(route) = document.route(&work.key, media_type) else {
            return self.ignore(work, document, &head.etag, standing.record.as_ref()).await;
        };
        work.failed = work.failed.take().filter(|failed| failed.etag == head.etag);
        let (choice, active) = self.ready(work, route, &head.etag).await?;
        let digest = choice.release.digest;
        work.digest = Some(digest);
        work.loading = work.loading.or(active.loading);
        let possible = self.possible_keys(&work.destination, route, &active).await;
        // A picture that has failed like this before is not tried once more.
        let known = error
            .record
            .filter(|record| !work.dirty && record.is_current(&head.etag, route, &choice));
        if let Some(record) = known {
            return self.record_failure(work, standing, record, possible, Known::Already).await;
        }
        let source = SourceRecord {
            bucket: self.config.source_bucket.clone(),
            key: work.key.as_str().to_owned(),
            etag: head.etag.clone(),
            version_id: head.version_id.clone(),
            bytes: head.size,
            media_type: media_type.to_owned(),
        };
        let result = match admissible(&head, route) {
            Err(rejection) => Err(Error::Rejected(rejection)),
            Ok(()) => {
                let shows = |manifest: &Manifest| manifest.source.etag == head.etag;
                let picture = Picture {
                    key: &work.key,
                    head: &head,
                    first,
                    rest: body,
                    hold: choice.is_canary() || standing.record.as_ref().is_some_and(shows),
                };
                let deadline = trial::deadline(&choice, deadline);
                let rendered = self.render(picture, route, &active, deadline).await;
                work.ran(&choice, route);
                work.strays.extend(rendered.written);
                work.cost = rendered.cost;
                if let Err(error) = &rendered.result
                    && work.hand_over(&choice, error, &head.etag)
                {
                    return Ok(Round::Again);
                }
                rendered.result
            }
        };
        let canary = work.failed.clone();
        let parameters_sha256 = Digest::of(route.parameters_text().as_bytes());
        match result {
            Ok(renditions) => {
                let manifest = Manifest {
                    version: 1,
                    source,
                    transform: transform_record(&active),
                    canary,
                    parameters: recorded_parameters(route),
                    parameters_sha256,
                    route: route.into(),
                    renditions,
                    rendered_at: now_text(),
                    cost: work.cost,
                };
                work.shadow = ShadowTask::new(route, &head, &manifest);
                self.commit(work, standing, error.etag, manifest, possible).await
            }
            Err(Error::Rejected(rejection)) => {
                let record = ErrorRecord {
                    version: 1,
                    source,
                    error: rejection,
                    transform: route.transform.clone(),
                    digest,
                    canary,
                    parameters_sha256,
                    limits: limits(route),
                    failed_at: now_text(),
                };
                self.record_failure(work, standing, record, possible, Known::New).await
            }
            Err(fault) => Err(fault),
        }
    }

    /// Take away what the manifest will not name, write it, and look once more
    /// at the source and for the record of a failure.
    async fn commit(
        &self,
        work: &mut Work,
        standing: Standing<Manifest>,
        error_before: Option<String>,
        manifest: Manifest,
        possible: Vec<String>,
    ) -> Result<Round, Error> {
        let destination = &self.config.destination_bucket;
        let mut stale = std::mem::take(&mut work.strays);
        stale.extend(keys(standing.record.as_ref()));
        stale.extend(possible);
        stale.retain(|key| !manifest.renditions.iter().any(|rendition| rendition.key == *key));
        self.delete(stale).await?;

        let condition = condition(standing.etag.as_ref());
        let written = self.write(&work.destination.manifest(), &manifest, condition).await?;
        // Should there be another round.
        work.strays = keys(Some(&manifest));
        if written == Written::Conflict {
            work.dirty = true;
            return Ok(Round::Again);
        }
        let error_key = work.destination.error();
        if let Some(error) = self.store.head(destination, &error_key).await? {
            self.store.delete(destination, &[error_key]).await?;
            // An older failure is over. But a worker that failed on this picture
            // meanwhile has taken our renditions away.
            if Some(error.etag) != error_before {
                work.dirty = true;
                return Ok(Round::Again);
            }
        }
        // The last look: an error that was just deleted may have been that of a
        // newer picture.
        work.dirty = false;
        let rendered = Outcome::Rendered(manifest.renditions.len());
        let source = self.source_etag(work).await?;
        let same = source.as_ref() == Some(&manifest.source.etag);
        Ok(if same { Round::Done(rendered) } else { Round::Again })
    }

    /// Record that a picture cannot be rendered. Renditions of an older picture
    /// are taken away; those of the same picture, which an earlier component
    /// made, stay.
    async fn record_failure(
        &self,
        work: &mut Work,
        standing: Standing<Manifest>,
        record: ErrorRecord,
        possible: Vec<String>,
        known: Known,
    ) -> Result<Round, Error> {
        let destination = &self.config.destination_bucket;
        let kept = standing.record.as_ref();
        let kept = kept.filter(|one| !work.dirty && one.source.etag == record.source.etag);
        let kept = match kept {
            Some(manifest) if self.is_whole(manifest, Vec::new()).await? => Some(manifest),
            _ => None,
        };
        let mut stale = std::mem::take(&mut work.strays);
        stale.extend(keys(standing.record.as_ref()));
        stale.extend(possible);
        let keep = keys(kept);
        stale.retain(|key| !keep.contains(key));
        self.delete(stale).await?;
        if kept.is_none() && standing.etag.is_some() {
            self.delete(vec![work.destination.manifest()]).await?;
        }
        if known == Known::New {
            self.write(&work.destination.error(), &record, Condition::Always).await?;
        }

        // A worker that succeeded meanwhile has lost renditions to us.
        let manifest = self.store.head(destination, &work.destination.manifest()).await?;
        let expected = kept.and(standing.etag.as_ref());
        if manifest.map(|head| head.etag).as_ref() != expected {
            work.dirty = true;
            return Ok(Round::Again);
        }
        let etag = record.source.etag;
        self.look_again(work, Some(&etag), Outcome::Rejected(record.error)).await
    }

    /// No route takes the picture. What was made of an older one is taken away;
    /// what shows this one stays, as a slip in the document must not cost every
    /// rendition there is.
    async fn ignore(
        &self,
        work: &mut Work,
        document: &Document,
        etag: &str,
        manifest: Option<&Manifest>,
    ) -> Result<Round, Error> {
        let ignored = Outcome::Ignored("no route takes it");
        if !work.dirty && manifest.is_some_and(|manifest| manifest.source.etag == etag) {
            return Ok(Round::Done(ignored));
        }
        self.clear(work, document, manifest).await?;
        self.look_again(work, Some(etag), ignored).await
    }

    /// The end of a round, if the source still is what it was.
    async fn look_again(
        &self,
        work: &mut Work,
        expected: Option<&str>,
        outcome: Outcome,
    ) -> Result<Round, Error> {
        if self.source_etag(work).await?.as_deref() == expected {
            return Ok(Round::Done(outcome));
        }
        // What another worker made of it may be what we have just removed.
        work.dirty = true;
        Ok(Round::Again)
    }

    async fn source_etag(&self, work: &Work) -> Result<Option<String>, Error> {
        let head = self.store.head(&self.config.source_bucket, work.key.as_str()).await?;
        Ok(head.map(|head| head.etag))
    }

    /// Take everything away that was made of a key.
    async fn clear(
        &self,
        work: &mut Work,
        document: &Document,
        manifest: Option<&Manifest>,
    ) -> Result<(), Error> {
        let mut stale = std::mem::take(&mut work.strays);
        stale.extend(keys(manifest));
        stale.extend(self.keys_of_routes(&work.key, &work.destination, document).await?);
        self.delete(stale).await?;
        // The manifest last: while it stands, it tells what else there is.
        self.delete(vec![work.destination.error(), work.destination.manifest()]).await
    }

    async fn delete(&self, mut keys: Vec<String>) -> Result<(), Error> {
        keys.sort();
        keys.dedup();
        Ok(self.store.delete(&self.config.destination_bucket, &keys).await?)
    }

    async fn record<T: DeserializeOwned>(&self, key: &str) -> Result<Standing<T>, Error> {
        let bucket = &self.config.destination_bucket;
        let record = self.store.read_record(bucket, key, MAX_RECORD_BYTES).await?;
        Ok(Standing { record: record.value, etag: record.etag })
    }

    async fn write(
        &self,
        key: &str,
        record: &impl serde::Serialize,
        condition: Condition<'_>,
    ) -> Result<Written, Error> {
        let bucket = &self.config.destination_bucket;
        Ok(self.store.write_record(bucket, key, record, MAX_RECORD_BYTES, condition).await?)
    }
}

fn transform_record(active: &Active) -> TransformRecord {
    TransformRecord {
        name: active.release.transform.clone(),
        version: active.release.version.clone(),
        digest: active.release.digest,
        engine: ENGINE_ID.to_owned(),
    }
}

fn keys(manifest: Option<&Manifest>) -> Vec<String> {
    let renditions = manifest.map(|manifest| manifest.renditions.as_slice()).unwrap_or_default();
    renditions.iter().map(|rendition| rendition.key.clone()).collect()
}

fn condition(etag: Option<&String>) -> Condition<'_> {
    etag.map_or(Condition::Absent, |etag| Condition::Etag(etag))
}
