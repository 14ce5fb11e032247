//! The pictures: what stands in the source bucket, and what became of it.

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

/// How long a listing of a deployment's buckets is believed: nothing tells of their changes.
const FRESH: Duration = Duration::from_secs(10);
/// As wide as a thumbnail should be.
const THUMBNAIL: u32 = 240;

/// What becomes of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// Its event waits for a function.
    Queued,
    /// A function works on it.
    Working,
    /// A function failed, and it will be tried again.
    Retrying,
    /// All that is required of its renditions is there.
    Ready,
    /// It failed, and would fail again.
    Failed,
    /// Its event failed for good, and waits among the dead letters.
    Dead,
    /// No route takes it.
    Ignored,
}

/// A picture.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Picture {
    /// Its key in the source bucket.
    pub(super) key: String,
    /// What becomes of it.
    pub(super) state: State,
    /// Its size in bytes.
    pub(super) bytes: u64,
    /// Its media type, as its bytes tell it; empty, before it was looked at.
    pub(super) media_type: String,
    /// The route that it took.
    pub(super) route: Option<String>,
    /// How many renditions there are.
    pub(super) renditions: usize,
    /// A rendition to show it by.
    pub(super) thumbnail: Option<Thumbnail>,
    /// Why it failed.
    pub(super) code: Option<Code>,
    /// When it was rendered, or uploaded (RFC 3339).
    pub(super) at: String,
}

/// A rendition to show a picture by.
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
    /// A picture that was not rendered yet.
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

    /// As its record says.
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

/// The smallest that is large enough, or else the largest.
fn thumbnail(renditions: &[RenditionRecord]) -> Option<Thumbnail> {
    let shown =
        renditions.iter().filter(|one| one.media_type.starts_with("image/") && one.width > 0);
    let large = shown.clone().filter(|one| one.width.max(one.height) >= THUMBNAIL);
    let chosen = large.min_by_key(|one| one.bytes).or_else(|| shown.max_by_key(|one| one.width));
    let RenditionRecord { key, etag, width, height, .. } = chosen?;
    Some(Thumbnail { key: key.clone(), etag: etag.clone(), width: *width, height: *height })
}

/// All that is known of them.
#[derive(Debug, Default)]
pub(super) struct Gallery {
    known: Mutex<Known>,
    /// Held by whoever reads the buckets.
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

    /// Read both buckets. What events tell meanwhile is newer.
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

    /// What is known of a picture.
    pub(super) fn get(&self, key: &str) -> Option<Picture> {
        self.known().pictures.get(key).cloned()
    }

    /// A picture is in another state; gives it.
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
