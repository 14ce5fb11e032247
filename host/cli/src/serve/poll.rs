//! Polls the buckets, for stores without notifications and for notifications that were lost.
//!
//! The first poll compares all pictures with their records. Later ones compare the listing of the
//! pictures with the last one: one request for a thousand pictures, and none for their records
//! unless something has changed. A difference becomes an event, as from a notification. An event is
//! a hint, so a superfluous one costs a few requests and changes nothing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use obscura::component::{INCOMING, OUTCOMES, report_key};
use obscura::document;
use obscura::publish::{Outcome, Report, Upload};
use obscura::release::Destination;
use obscura::store::{Listed, Store, StoreError};
use obscura_local::Sorter;
use obscura_local::lambda::Lambda;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::stack::{FUNCTION, Places};
use crate::upload::MAX_REPORT_BYTES;

/// Records that are read at a time.
const CONCURRENCY: usize = 16;
/// Pending events at which the poll waits before it adds more.
const MOST_OUTSTANDING: usize = 500;
/// The tolerance when times of an upload are compared, as some are in whole seconds.
const SLACK: Duration = Duration::from_secs(1);
/// What a manifest's key ends with.
const MANIFEST: &str = "/manifest.json";

/// Finds objects that no record accounts for.
pub(super) struct Poll {
    store: Store,
    places: Places,
    destination: Destination,
    sorter: Sorter,
    lambda: Arc<Lambda>,
    hashes: RandomState,
    /// The result of the last poll; `None` before the first.
    seen: Option<Seen>,
}

/// The objects that a poll has listed. There may be millions of pictures, so only hashes of their
/// keys and ETags are kept.
#[derive(Default)]
struct Seen {
    pictures: HashMap<u64, u64>,
    uploads: HashMap<String, Identity>,
    outcomes: HashMap<String, String>,
    /// The ETag of the pipeline document, and of the one in force.
    document: Option<String>,
    proved: Option<String>,
}

/// Distinguishes an upload from a later one to the same key.
type Identity = (String, Option<OffsetDateTime>);

/// The number of differences that a poll has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Pictures that are new or changed.
    pub(super) changed: usize,
    /// Deleted pictures that have renditions.
    pub(super) gone: usize,
    /// Components, documents and counts.
    pub(super) published: usize,
}

impl Found {
    pub(super) fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl Poll {
    pub(super) fn new(store: Store, places: Places, sorter: Sorter, lambda: Arc<Lambda>) -> Self {
        let (bucket, prefix) = (&places.destination, &places.destination_prefix);
        let destination = Destination::new(store.clone(), bucket, prefix);
        Self { store, places, destination, sorter, lambda, hashes: RandomState::new(), seen: None }
    }

    /// Poll once, and queue an event for each difference.
    pub(super) async fn look(&mut self) -> anyhow::Result<Found> {
        let before = self.seen.as_ref();
        let mut seen = Seen::default();
        let mut events = self.publications(before, &mut seen).await?;
        let published = events.len();
        // A picture without a matching route may match one of another document.
        let all = before.is_none_or(|before| before.proved != seen.proved);
        let sources = self.sources().await?;
        for source in &sources {
            let _ = seen.pictures.insert(self.hash(&source.key), self.hash(&source.etag));
        }
        let (changed, gone) = if all {
            let recorded = self.recorded().await?;
            let changed = self.unaccounted(before, &sources, &recorded).await?;
            (changed, self.gone(&sources, recorded.into_keys().collect()).await?)
        } else {
            let known = before.map(|before| &before.pictures);
            let vanished = known
                .is_some_and(|known| known.keys().any(|hash| !seen.pictures.contains_key(hash)));
            let changed = sources.iter().filter(|source| !self.is_known(before, source)).collect();
            let changed = self.unrecorded(changed).await?;
            let recorded = match vanished {
                true => self.recorded().await?.into_keys().collect(),
                false => Vec::new(),
            };
            (changed, self.gone(&sources, recorded).await?)
        };
        let found = Found { changed: changed.len(), gone: gone.len(), published };
        let source = &self.places.source;
        events.extend(
            changed.iter().map(|one| event("ObjectCreated:Put", source, &one.key, Some(&one.etag))),
        );
        events.extend(gone.iter().map(|key| event("ObjectRemoved:Delete", source, key, None)));
        for event in events {
            self.lambda.fewer_than(MOST_OUTSTANDING).await;
            self.sorter.take(&[event])?;
        }
        self.seen = Some(seen);
        Ok(found)
    }

    fn hash(&self, text: &str) -> u64 {
        self.hashes.hash_one(text)
    }

    fn is_known(&self, before: Option<&Seen>, source: &Listed) -> bool {
        let known = before.and_then(|before| before.pictures.get(&self.hash(&source.key)));
        known == Some(&self.hash(&source.etag))
    }

    /// The pictures. Objects that stand for folders are left out.
    async fn sources(&self) -> Result<Vec<Listed>, StoreError> {
        let Places { source, source_prefix, .. } = &self.places;
        let mut sources = self.store.list_objects(source, source_prefix).await?;
        sources.retain(|one| !one.key.ends_with('/'));
        Ok(sources)
    }

    /// The time of each picture's record, by the picture's key.
    async fn recorded(&self) -> Result<HashMap<String, Option<OffsetDateTime>>, StoreError> {
        let prefix = &self.places.destination_prefix;
        let objects = self.destination.objects().await?.into_iter();
        let records = objects.filter_map(|object| {
            let key = object.key.strip_prefix(prefix.as_str())?.strip_suffix(MANIFEST)?;
            Some((key.to_owned(), object.last_modified))
        });
        Ok(records.collect())
    }

    /// The pictures without a record, or with an older one. A newer record is up to date, because
    /// its writer checks afterwards whether the picture has changed.
    async fn unaccounted<'a>(
        &self,
        before: Option<&Seen>,
        sources: &'a [Listed],
        recorded: &HashMap<String, Option<OffsetDateTime>>,
    ) -> anyhow::Result<Vec<&'a Listed>> {
        let failed = if before.is_none() { self.failed()? } else { HashSet::new() };
        let (mut missing, mut unsure) = (Vec::new(), Vec::new());
        for source in sources {
            match recorded.get(&source.key) {
                Some(written) if *written > source.last_modified => {}
                Some(_) if self.is_known(before, source) => {}
                Some(_) => unsure.push(source),
                None => missing.push(source),
            }
        }
        missing.extend(self.unrecorded(unsure).await?);
        // Dead letters wait for --redrive.
        missing.retain(|one| !failed.contains(&(one.key.clone(), one.etag.clone())));
        Ok(missing)
    }

    /// Those of these pictures whose record names another ETag, or that have none.
    async fn unrecorded<'a>(
        &self,
        sources: Vec<&'a Listed>,
    ) -> Result<Vec<&'a Listed>, StoreError> {
        let mut records = stream::iter(sources)
            .map(|source| async move {
                let manifest = self.destination.manifest(&source.key).await?;
                let same = manifest.is_some_and(|manifest| manifest.source.etag == source.etag);
                Ok::<_, StoreError>((!same).then_some(source))
            })
            .buffered(CONCURRENCY);
        let mut unrecorded = Vec::new();
        while let Some(source) = records.next().await {
            unrecorded.extend(source?);
        }
        Ok(unrecorded)
    }

    /// The deleted ones among the recorded pictures. Records of other pipelines are ignored,
    /// whatever their keys.
    async fn gone(
        &self,
        sources: &[Listed],
        recorded: Vec<String>,
    ) -> Result<Vec<String>, StoreError> {
        let there: HashSet<&str> = sources.iter().map(|source| source.key.as_str()).collect();
        let prefix = self.places.source_prefix.as_str();
        let absent = recorded
            .into_iter()
            .filter(|key| key.starts_with(prefix) && !there.contains(key.as_str()));
        let mut records = stream::iter(absent)
            .map(|key| async move {
                let manifest = self.destination.manifest(&key).await?;
                let ours = manifest.is_some_and(|manifest| {
                    manifest.source.bucket == self.places.source && manifest.source.key == key
                });
                Ok::<_, StoreError>(ours.then_some(key))
            })
            .buffered(CONCURRENCY);
        let mut gone = Vec::new();
        while let Some(key) = records.next().await {
            gone.extend(key?);
        }
        Ok(gone)
    }

    /// The pictures with dead letters, by key and ETag.
    fn failed(&self) -> anyhow::Result<HashSet<(String, String)>> {
        let letters = self.lambda.dead_letters()?;
        let letters = letters.iter().filter(|letter| letter.function == FUNCTION);
        let objects = letters.filter_map(|letter| {
            let object = letter.record.pointer("/requestPayload/Records/0/s3/object")?;
            let text = |name: &str| object.get(name)?.as_str();
            Some((
                obscura_local::key::decode(text("key")?),
                text("eTag").unwrap_or_default().trim_matches('"').to_owned(),
            ))
        });
        Ok(objects.collect())
    }

    /// Events for objects that the publish function has not reported on.
    async fn publications(
        &self,
        before: Option<&Seen>,
        seen: &mut Seen,
    ) -> Result<Vec<Value>, StoreError> {
        let bucket = &self.places.components;
        let created = |key: &str, etag: Option<&str>| event("ObjectCreated:Put", bucket, key, etag);
        let mut events = Vec::new();
        for upload in self.store.list_objects(bucket, INCOMING).await? {
            let identity = (upload.etag.clone(), upload.last_modified);
            let known = before.is_some_and(|one| one.uploads.get(&upload.key) == Some(&identity));
            let nothing = Upload::parse(&upload.key) == Ok(None);
            if !known && !nothing && !self.is_reported(&upload).await? {
                events.push(created(&upload.key, Some(&upload.etag)));
            }
            seen.uploads.insert(upload.key, identity);
        }
        let etag = async |key: &str| {
            let head = self.store.head(bucket, key).await?;
            Ok::<_, StoreError>(head.map(|head| head.etag))
        };
        (seen.document, seen.proved) =
            (etag(document::KEY).await?, etag(document::PROVED_KEY).await?);
        let settled = match (before, &seen.document) {
            (Some(before), now) => before.document == *now,
            // Without a document, the default one holds.
            (None, None) => seen.proved.is_none(),
            (None, Some(now)) => self.reported_document().await?.as_ref() == Some(now),
        };
        if !settled {
            events.push(created(document::KEY, seen.document.as_deref()));
        }
        // The publish function reads all counts of a trial, so one event for a trial is enough.
        let mut trials = BTreeSet::new();
        for counts in self.store.list_objects(bucket, OUTCOMES).await? {
            let known = before.and_then(|before| before.outcomes.get(&counts.key));
            if known != Some(&counts.etag)
                && let Some((trial, _)) = counts.key.rsplit_once('/')
                && trials.insert(trial.to_owned())
            {
                events.push(created(&counts.key, Some(&counts.etag)));
            }
            seen.outcomes.insert(counts.key, counts.etag);
        }
        Ok(events)
    }

    /// Whether there is a report on this upload.
    async fn is_reported(&self, upload: &Listed) -> Result<bool, StoreError> {
        let (bucket, key) = (&self.places.components, report_key(&upload.key));
        let report = self.store.read_record::<Report>(bucket, &key, MAX_REPORT_BYTES).await?;
        Ok(report.value.is_some_and(|report| {
            let written = upload.last_modified;
            report.outcome != Outcome::Deferred
                && report.upload.etag == upload.etag
                && written.is_none_or(|written| report.upload.uploaded_at + SLACK > written)
        }))
    }

    /// The ETag of the document that was reported on last.
    async fn reported_document(&self) -> Result<Option<String>, StoreError> {
        let (bucket, key) = (&self.places.components, document::REPORT_KEY);
        let report = self.store.read_record::<Value>(bucket, key, MAX_REPORT_BYTES).await?.value;
        Ok(report.and_then(|report| report.get("etag")?.as_str().map(str::to_owned)))
    }
}

/// An event as a store would send it, with the known fields.
pub(super) fn event(name: &str, bucket: &str, key: &str, etag: Option<&str>) -> Value {
    let mut object = json!({ "key": obscura_local::key::encode(key) });
    if let Some(etag) = etag {
        object["eTag"] = etag.into();
    }
    json!({
        "eventSource": "obscura:poll",
        "eventName": name,
        "s3": { "bucket": { "name": bucket }, "object": object },
    })
}
