//! Make the destination match the newest source.
//!
//! Events come at least once, late and out of order, and several workers may
//! have the same key at the same time. So an event is only a hint to look. Look
//! at the newest source, write its renditions, and then the manifest, on
//! condition that nobody else has written one meanwhile. Then look at the
//! source once more. If anything moved, go round again, trusting nothing.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Pipeline;
use super::failure::{ErrorRecord, limits};
use super::manifest::{Manifest, SourceRecord, TransformRecord};
use super::outcome::{Cost, Outcome, Report};
use super::render::{Picture, peek};
use crate::component::{Active, Release};
use crate::digest::Digest;
use crate::document::{Document, Route, SNIFF_BYTES, sniff};
use crate::error::{Error, Fault, Party, Rejection};
use crate::event::Notification;
use crate::key::{Destination, SourceKey};
use crate::sandbox::{ENGINE_ID, RenditionSpec};
use crate::store::{Condition, Fetched, Head, Object, Put, Written};

/// How often a source may move under our hands before the event is put back.
const ROUNDS: usize = 5;
/// Manifests and error records are read whole.
const MAX_RECORD_BYTES: u64 = 4 << 20;
/// Space for the rest of the work (the manifest, a look at the source) once the
/// transform has ended.
const SLACK: Duration = Duration::from_secs(2);

/// What one event has done so far.
struct Work {
    key: SourceKey,
    destination: Destination,
    /// The ETag that the event named.
    hint: Option<String>,
    /// Somebody else wrote while we did: nothing in the destination is trusted.
    dirty: bool,
    /// Keys that this event has written and no manifest has named yet.
    strays: Vec<String>,
    digest: Option<Digest>,
    cost: Cost,
    loading: Option<Duration>,
}

/// What a round came to.
enum Round {
    Done(Outcome),
    Again,
}

/// A record that stands in the destination. One that cannot be read is as good
/// as none, but it has an ETag.
struct Standing<T> {
    record: Option<T>,
    etag: Option<String>,
}

/// The source as it was read, and the records that stood then.
struct Seen {
    source: Box<Object>,
    manifest: Standing<Manifest>,
    error: Standing<ErrorRecord>,
}

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
        } else {
            None
        };
        let mut work = Work {
            key: key.clone(),
            destination: Destination::new(&self.config.destination_prefix, key),
            hint: notification.etag.clone(),
            dirty: false,
            strays: Vec::new(),
            digest: None,
            cost: Cost::default(),
            loading: None,
        };
        let outcome = match ignored {
            Some(why) => Outcome::Ignored(why),
            None if !work.destination.fits() => Outcome::Rejected(key_too_long()),
            None => self.rounds(&mut work, deadline).await?,
        };
        Ok(Report { outcome, digest: work.digest, cost: work.cost, loading: work.loading })
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
            tracing::info!(key = work.key.as_str(), "the source or the renditions moved; again");
        }
        let message = format!("s3://{}/{} keeps moving", self.config.source_bucket, work.key);
        Err(Fault::new("source-moving", message))
    }

    async fn round(&self, work: &mut Work, deadline: Option<Instant>) -> Result<Round, Error> {
        let manifest_key = work.destination.manifest();
        let (document, manifest) =
            tokio::try_join!(self.document.current(), self.record::<Manifest>(&manifest_key))?;
        let expected = self.expected(&document, work, manifest.record.as_ref()).await?;

        // A repeat costs a look at the manifest, and one at the pointer.
        let current = manifest.record.as_ref().zip(expected).filter(|(manifest, expected)| {
            !work.dirty && manifest.is_current(&expected.0, expected.1.digest)
        });
        if let Some((manifest, _)) = &current
            && work.hint.as_ref() == Some(&manifest.source.etag)
        {
            return Ok(Round::Done(Outcome::Unchanged));
        }
        let known = current.as_ref().map(|(manifest, _)| manifest.source.etag.as_str());
        let error_key = work.destination.error();
        let (source, error) =
            tokio::try_join!(self.get_source(work, known), self.record::<ErrorRecord>(&error_key))?;
        match (source, current) {
            (Fetched::Object(source), _) => {
                let seen = Seen { source, manifest, error };
                self.update(work, &document, seen, deadline).await
            }
            (Fetched::NotModified, Some((manifest, (route, release)))) => {
                if self.is_whole(work, manifest, &route, release).await? {
                    return Ok(Round::Done(Outcome::Unchanged));
                }
                work.dirty = true;
                Ok(Round::Again)
            }
            (Fetched::Missing | Fetched::NotModified, _) => {
                self.remove(work, &document, manifest.record.as_ref()).await
            }
        }
    }

    async fn get_source(&self, work: &Work, known: Option<&str>) -> Result<Fetched, Error> {
        Ok(self.store.get(&self.config.source_bucket, work.key.as_str(), known).await?)
    }

    /// The route and the component that are expected for a key, as far as that
    /// can be told without its bytes.
    async fn expected(
        &self,
        document: &Document,
        work: &Work,
        manifest: Option<&Manifest>,
    ) -> Result<Option<(Route, Release)>, Error> {
        let route =
            manifest.and_then(|manifest| document.route(&work.key, &manifest.source.media_type));
        let Some(route) = route else { return Ok(None) };
        let release = self.registry.release(route).await?;
        Ok(Some((route.clone(), release)))
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
            return Ok(Round::Done(Outcome::Ignored("no route takes it")));
        };
        let release = self.registry.release(route).await?;
        let digest = release.digest;
        work.digest = Some(digest);
        // A picture that has failed like this before is not tried once more.
        let known = error
            .record
            .as_ref()
            .filter(|record| !work.dirty && record.is_current(&head.etag, route, digest));
        if let Some(record) = known {
            return Ok(Round::Done(Outcome::Rejected(record.error.clone())));
        }
        let source = SourceRecord {
            bucket: self.config.source_bucket.clone(),
            key: work.key.as_str().to_owned(),
            etag: head.etag.clone(),
            version_id: head.version_id.clone(),
            bytes: head.size,
            media_type: media_type.to_owned(),
        };
        let active = self.registry.load(release).await?;
        work.loading = work.loading.or(active.loading);
        let result = match admissible(&head, route) {
            Err(rejection) => Err(Error::Rejected(rejection)),
            Ok(()) => {
                let shows = |manifest: &Manifest| manifest.source.etag == head.etag;
                let picture = Picture {
                    key: &work.key,
                    head: &head,
                    first,
                    rest: body,
                    hold: standing.record.as_ref().is_some_and(shows),
                };
                let rendered = self.render(picture, route, &active, deadline).await;
                work.strays.extend(rendered.written);
                work.cost = rendered.cost;
                rendered.result
            }
        };
        let parameters_sha256 = Digest::of(route.parameters_text().as_bytes());
        match result {
            Ok(renditions) => {
                let manifest = Manifest {
                    version: 1,
                    source,
                    transform: transform_record(&active),
                    parameters_sha256,
                    route: route.into(),
                    renditions,
                    rendered_at: now(),
                    cost: work.cost,
                };
                let possible = if work.dirty {
                    self.possible_keys(work, route, &active).await?
                } else {
                    Vec::new()
                };
                self.commit(work, standing, error.etag, manifest, possible).await
            }
            Err(Error::Rejected(rejection)) => {
                let record = ErrorRecord {
                    version: 1,
                    source,
                    error: rejection,
                    transform: route.transform.clone(),
                    digest,
                    parameters_sha256,
                    limits: limits(route),
                    failed_at: now(),
                };
                self.record_failure(work, standing, record).await
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
        // Whoever wrote beside us may have left what no manifest names.
        stale.extend(possible);
        stale.retain(|key| !manifest.renditions.iter().any(|rendition| rendition.key == *key));
        self.store.delete(destination, &stale).await?;

        let condition = condition(standing.etag.as_ref());
        let written = self.write(&work.destination.manifest(), &manifest, condition).await?;
        if written == Written::Conflict {
            work.strays = keys(Some(&manifest));
            work.dirty = true;
            return Ok(Round::Again);
        }
        // A worker that failed on this picture meanwhile has taken our
        // renditions away; an older failure is over.
        let error_key = work.destination.error();
        let (source, error) = tokio::try_join!(
            self.store.head(&self.config.source_bucket, work.key.as_str()),
            self.store.head(destination, &error_key)
        )?;
        match error.map(|head| head.etag) {
            None => {}
            after if after == error_before => self.store.delete(destination, &[error_key]).await?,
            Some(_) => {
                self.store.delete(destination, &[error_key]).await?;
                work.dirty = true;
                return Ok(Round::Again);
            }
        }
        work.dirty = false;
        let same = source.is_some_and(|head| head.etag == manifest.source.etag);
        let rendered = Outcome::Rendered(manifest.renditions.len());
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
    ) -> Result<Round, Error> {
        let destination = &self.config.destination_bucket;
        let shows = |manifest: &Manifest| manifest.source.etag == record.source.etag;
        let keep = !work.dirty && standing.record.as_ref().is_some_and(shows);
        let mut stale = std::mem::take(&mut work.strays);
        if !keep {
            stale.extend(keys(standing.record.as_ref()));
            stale.extend(standing.etag.is_some().then(|| work.destination.manifest()));
        }
        self.store.delete(destination, &stale).await?;
        self.write(&work.destination.error(), &record, Condition::Always).await?;

        // A worker that succeeded meanwhile has lost renditions to us.
        let manifest_key = work.destination.manifest();
        let (source, manifest) = tokio::try_join!(
            self.store.head(&self.config.source_bucket, work.key.as_str()),
            self.store.head(destination, &manifest_key)
        )?;
        let expected = if keep { standing.etag } else { None };
        let same = source.is_some_and(|head| head.etag == record.source.etag);
        if same && manifest.map(|head| head.etag) == expected {
            return Ok(Round::Done(Outcome::Rejected(record.error)));
        }
        work.dirty = true;
        Ok(Round::Again)
    }

    /// The source is gone: so must be what was made of it.
    async fn remove(
        &self,
        work: &mut Work,
        document: &Document,
        manifest: Option<&Manifest>,
    ) -> Result<Round, Error> {
        let mut stale = std::mem::take(&mut work.strays);
        stale.extend(keys(manifest));
        if manifest.is_none() || work.dirty {
            // An event that ended in the middle leaves renditions without a
            // manifest. The plan tells where they would be.
            if let Some(route) = document.certain_route(&work.key) {
                let active = self.registry.load(self.registry.release(route).await?).await?;
                stale.extend(self.possible_keys(work, route, &active).await?);
            }
        }
        stale.push(work.destination.error());
        stale.push(work.destination.manifest());
        self.store.delete(&self.config.destination_bucket, &stale).await?;
        let source = self.store.head(&self.config.source_bucket, work.key.as_str()).await?;
        if source.is_none() {
            return Ok(Round::Done(Outcome::Removed));
        }
        // It is there again, and what another worker made of it may be what we
        // have just removed.
        work.dirty = true;
        Ok(Round::Again)
    }

    /// Whether the renditions that a manifest names are there as it names them,
    /// and no others: another event may have ended in the middle.
    async fn is_whole(
        &self,
        work: &Work,
        manifest: &Manifest,
        route: &Route,
        release: Release,
    ) -> Result<bool, Error> {
        let active = self.registry.load(release).await?;
        let mut keys = self.possible_keys(work, route, &active).await?;
        let named = |key: &str| manifest.renditions.iter().find(|one| one.key == key);
        keys.extend(manifest.renditions.iter().map(|one| one.key.clone()));
        keys.sort();
        keys.dedup();
        for key in keys {
            let found = self.store.head(&self.config.destination_bucket, &key).await?;
            let found = found.map(|head| head.etag);
            if found.as_ref() != named(&key).map(|rendition| &rendition.etag) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Every key that the plan could write for this source.
    async fn possible_keys(
        &self,
        work: &Work,
        route: &Route,
        active: &Active,
    ) -> Result<Vec<String>, Error> {
        let (transform, parameters) = (active.transform.clone(), route.parameters_text());
        let plan = tokio::task::spawn_blocking(move || transform.plan(&parameters)).await;
        // A transform that cannot plan has written nothing.
        let plan: Vec<RenditionSpec> = plan.ok().and_then(Result::ok).unwrap_or_default();
        let key =
            |name: &str, kind: &String| work.destination.rendition(&route.key_template, name, kind);
        Ok(plan
            .iter()
            .flat_map(|spec| spec.media_types.iter().filter_map(|kind| key(&spec.name, kind)))
            .collect())
    }

    async fn record<T: DeserializeOwned>(&self, key: &str) -> Result<Standing<T>, Error> {
        let bucket = &self.config.destination_bucket;
        let Fetched::Object(object) = self.store.get(bucket, key, None).await? else {
            return Ok(Standing { record: None, etag: None });
        };
        let etag = Some(object.head.etag.clone());
        let text = object.body.collect(MAX_RECORD_BYTES).await?;
        Ok(Standing { record: serde_json::from_slice(&text).ok(), etag })
    }

    async fn write(
        &self,
        key: &str,
        record: &impl serde::Serialize,
        condition: Condition<'_>,
    ) -> Result<Written, Error> {
        let text = serde_json::to_vec_pretty(record);
        let body = text.map_err(|error| Fault::new("internal", error.to_string()))?.into();
        let put = Put {
            body,
            content_type: "application/json",
            cache_control: Some("no-cache"),
            metadata: Vec::new(),
        };
        Ok(self.store.put(&self.config.destination_bucket, key, put, condition).await?)
    }
}

/// What can be refused before a byte of it is decoded.
fn admissible(head: &Head, route: &Route) -> Result<(), Rejection> {
    let limit = route.limits.max_bytes;
    if head.size == 0 {
        return Err(Rejection::new(
            "malformed",
            Party::Uploader,
            "the object is empty",
            "Upload the picture once more; the upload may have been cut short.",
        ));
    }
    if head.size > limit {
        return Err(Rejection::new(
            "limit-exceeded",
            Party::Uploader,
            format!("the object has {} bytes; the route allows {limit}", head.size),
            "Upload a smaller picture, or raise the route's max_bytes in the pipeline document.",
        ));
    }
    Ok(())
}

fn key_too_long() -> Rejection {
    Rejection::new(
        "key-too-long",
        Party::Uploader,
        "the key leaves no room for the renditions' names within S3's 1024 bytes",
        "Upload the picture under a shorter key.",
    )
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

fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}
