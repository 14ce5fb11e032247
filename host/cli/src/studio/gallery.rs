//! The list of pictures: the source bucket's objects, and their state.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use obscura::clock::{now_text, text};
use obscura::code::Code;
use obscura::pipeline::{Manifest, RenditionRecord, Status};
use schemars::JsonSchema;
use serde::Serialize;

use super::Studio;
use super::problem::Problem;

/// How long a listing of a deployment's buckets is cached: there are no events for their changes.
const FRESH: Duration = Duration::from_secs(10);
/// The width of a thumbnail.
const THUMBNAIL: u32 = 240;

/// The state of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// Its event waits for a function.
    Queued,
    /// A function is processing it.
    Working,
    /// A function failed, and it will be retried.
    Retrying,
    /// All its required renditions are stored.
    Ready,
    /// It failed permanently.
    Failed,
    /// Its event is in the dead-letter queue.
    Dead,
    /// No route matches it.
    Ignored,
}

/// A picture.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Picture {
    /// Its key in the source bucket.
    pub(super) key: String,
    /// Its state.
    pub(super) state: State,
    /// Its size in bytes.
    pub(super) bytes: u64,
    /// Its media type, detected from its bytes; empty before it has been processed.
    pub(super) media_type: String,
    /// The route that it took.
    pub(super) route: Option<String>,
    /// The number of renditions.
    pub(super) renditions: usize,
    /// The rendition that serves as its thumbnail.
    pub(super) thumbnail: Option<Thumbnail>,
    /// Why it failed.
    pub(super) code: Option<Code>,
    /// When it was rendered, or uploaded (RFC 3339).
    pub(super) at: String,
}

/// The rendition that serves as a picture's thumbnail.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Thumbnail {
    /// Its key in the destination bucket.
    pub(super) key: String,
    /// Its ETag.
    pub(super) etag: String,
    /// Its width in pixels.
    pub(super) width: u32,
    /// Its height in pixels.
    pub(super) height: u32,
}

impl Picture {
    /// A picture that has not been rendered yet.
    pub(super) fn new(key: &str, state: State, at: String) -> Self {
        Self {
            key: key.to_owned(),
            state,
            bytes: 0,
            media_type: String::new(),
            route: None,
            renditions: 0,
            thumbnail: None,
            code: None,
            at,
        }
    }

    /// A picture with a record.
    pub(super) fn of(manifest: &Manifest) -> Self {
        let failed = manifest.status == Status::Failed;
        let source = &manifest.source;
        Self {
            state: if failed { State::Failed } else { State::Ready },
            bytes: source.bytes,
            media_type: source.media_type.clone(),
            route: Some(manifest.route.name.clone()),
            renditions: manifest.renditions.len(),
            thumbnail: thumbnail(&manifest.renditions),
            code: manifest.error().map(|error| error.code),
            ..Self::new(&source.key, State::Ready, manifest.rendered_at.clone())
        }
    }
}

/// The smallest that is wide enough, or else the largest.
fn thumbnail(renditions: &[RenditionRecord]) -> Option<Thumbnail> {
    let shown =
        renditions.iter().filter(|one| one.media_type.starts_with("image/") && one.width > 0);
    let large = shown.clone().filter(|one| one.width.max(one.height) >= THUMBNAIL);
    let chosen = large.min_by_key(|one| one.bytes).or_else(|| shown.max_by_key(|one| one.width));
    let RenditionRecord { key, etag, width, height, .. } = chosen?;
    Some(Thumbnail { key: key.clone(), etag: etag.clone(), width: *width, height: *height })
}

/// The known pictures.
#[derive(Debug, Default)]
pub(super) struct Gallery {
    known: Mutex<Known>,
    /// Held while the buckets are listed.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    pictures: BTreeMap<String, Picture>,
    read: Option<Instant>,
}

impl Gallery {
    /// All pictures, the newest first.
    pub(super) async fn all(&self, studio: &Studio) -> Result<Vec<Picture>, Problem> {
        let stale = || {
            let read = self.known().read;
            read.is_none_or(|read| studio.local.is_none() && read.elapsed() > FRESH)
        };
        if stale() {
            let _reading = self.reading.lock().await;
            if stale() {
                self.read(studio).await?;
            }
        }
        let mut all: Vec<Picture> = self.known().pictures.values().cloned().collect();
        all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.key.cmp(&b.key)));
        Ok(all)
    }

    /// List both buckets. Events that arrive meanwhile are newer.
    async fn read(&self, studio: &Studio) -> Result<(), Problem> {
        let mut found = HashMap::new();
        if let Some(source) = &studio.source {
            for object in studio.store.list_objects(source, "").await? {
                let at = object.last_modified.map(text).unwrap_or_default();
                let mut picture = Picture::new(&object.key, State::Ignored, at);
                picture.bytes = object.size;
                found.insert(object.key, picture);
            }
        }
        let keys = studio.destination.manifest_keys().await?;
        let mut manifests = std::pin::pin!(studio.destination.manifests(keys));
        while let Some(manifest) = manifests.next().await {
            let Some(manifest) = manifest? else { continue };
            found.insert(manifest.source.key.clone(), Picture::of(&manifest));
        }
        let mut known = self.known();
        let read_before = known.read.is_some();
        if read_before {
            known.pictures.clear();
        }
        for (key, picture) in found {
            known.pictures.entry(key).or_insert(picture);
        }
        known.read = Some(Instant::now());
        Ok(())
    }

    /// A known picture.
    pub(super) fn get(&self, key: &str) -> Option<Picture> {
        self.known().pictures.get(key).cloned()
    }

    /// Change a picture's state; returns the picture.
    pub(super) fn enter(&self, key: &str, state: State) -> Picture {
        let mut known = self.known();
        let picture = known
            .pictures
            .entry(key.to_owned())
            .or_insert_with(|| Picture::new(key, state, now_text()));
        picture.state = state;
        if state == State::Queued {
            picture.at = now_text();
        }
        picture.clone()
    }

    pub(super) fn put(&self, picture: Picture) {
        self.known().pictures.insert(picture.key.clone(), picture);
    }

    pub(super) fn remove(&self, key: &str) {
        self.known().pictures.remove(key);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
