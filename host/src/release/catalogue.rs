//! Lists the published components, and where each is active.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use crate::component::{
    Channel, Pointer, Pointers, Release, TRANSFORMS, TransformName, release_key,
};
use crate::digest::Digest;
use crate::store::{Listed, Store, StoreError};

/// The published components of a components bucket.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// The components, by transform and then by time.
    pub entries: Vec<Entry>,
    /// The channels' pointers, by transform.
    pub channels: BTreeMap<TransformName, Vec<(Channel, Pointer)>>,
    /// Channels with an unreadable pointer.
    pub unreadable: Vec<(TransformName, Channel)>,
}

/// A published component.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Entry {
    /// The transform's name.
    pub transform: TransformName,
    /// The component's SHA-256 digest.
    pub digest: Digest,
    /// Its record; `None` if it is missing or unreadable.
    pub release: Option<Release>,
    /// Where it is active.
    pub channels: Vec<Channel>,
    /// The size of all its objects.
    pub bytes: u64,
    /// Its objects: keys and sizes.
    #[serde(skip)]
    pub objects: Vec<(String, u64)>,
    /// The time of the latest write.
    #[serde(skip)]
    pub written: Option<OffsetDateTime>,
}

impl Catalogue {
    /// Read the catalogue: a listing, and each record and pointer.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn read(store: &Store, bucket: &str) -> Result<Self, StoreError> {
        let pointers = Pointers::new(store.clone(), bucket);
        let mut found: BTreeMap<(TransformName, Digest), Vec<Listed>> = BTreeMap::new();
        let mut channels: BTreeMap<TransformName, Vec<(Channel, Pointer)>> = BTreeMap::new();
        let mut unreadable = Vec::new();
        for object in store.list_objects(bucket, TRANSFORMS).await? {
            let Some((transform, rest)) = split(&object.key) else { continue };
            let (folder, name) = rest.split_once('/').unwrap_or((rest, ""));
            if let Ok(digest) = folder.parse() {
                found.entry((transform, digest)).or_default().push(object);
            } else if let ("channels", Some(channel)) = (folder, channel(name)) {
                let pointer = pointers.read(&transform, channel).await?.value;
                if pointer.is_none() {
                    unreadable.push((transform.clone(), channel));
                }
                channels
                    .entry(transform)
                    .or_default()
                    .extend(pointer.map(|pointer| (channel, pointer)));
            }
        }
        let mut entries = Vec::with_capacity(found.len());
        for ((transform, digest), objects) in found {
            let named = objects.iter().any(|object| object.key == release_key(&transform, digest));
            let release = if named { pointers.release(&transform, digest).await? } else { None };
            let active = channels.get(&transform).into_iter().flatten();
            let active = active.filter(|(_, pointer)| names(pointer, digest));
            entries.push(Entry {
                channels: active.map(|(channel, _)| *channel).collect(),
                bytes: objects.iter().map(|object| object.size).sum(),
                written: objects.iter().filter_map(|object| object.last_modified).max(),
                objects: objects.into_iter().map(|object| (object.key, object.size)).collect(),
                transform,
                digest,
                release,
            });
        }
        let published = |entry: &Entry| entry.release.as_ref().map(|one| one.published_at.clone());
        entries.sort_by_cached_key(|entry| (entry.transform.clone(), published(entry)));
        Ok(Self { entries, channels, unreadable })
    }
}

/// Whether a pointer makes a component active.
fn names(pointer: &Pointer, digest: Digest) -> bool {
    pointer.release.digest == digest && pointer.withdrawn.is_none()
}

/// Split a key into the transform and the rest.
fn split(key: &str) -> Option<(TransformName, &str)> {
    let (transform, rest) = key.strip_prefix(TRANSFORMS)?.split_once('/')?;
    Some((transform.parse().ok()?, rest))
}

fn channel(name: &str) -> Option<Channel> {
    name.strip_suffix(".json")?.parse().ok()
}
