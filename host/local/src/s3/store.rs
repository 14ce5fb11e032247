//! Buckets and objects on disk, and their lock.
//!
//! ```text
//! <root>/.store/blobs/<id>                               bytes, immutable
//! <root>/.store/buckets/<bucket>/bucket.json
//! <root>/.store/buckets/<bucket>/<sha256 of key>.json    an object: its key, its blob, …
//! <root>/.store/uploads/<id>/…                           unfinished multipart uploads
//! <root>/<bucket>/<key>                                  a hard link to the blob, for browsing
//! ```
//!
//! An object exists when its metadata file exists, and that file is created by one rename. A crash
//! before it leaves an unreferenced blob, which the next start removes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::blob::{Blobs, NewBlob};
use super::browse::Browse;
use super::change::{Change, ChangeKind, Observer};
use super::condition::WriteCondition;
use super::digest::hex;
use super::error::StoreError;
use super::meta::{Attributes, Checksums, Meta};
use super::sequencer::Sequencer;
use super::uploads::Uploads;
use crate::{clock, disk};

/// An object about to be.
pub(crate) struct Draft {
    pub(crate) kind: ChangeKind,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) blob: NewBlob,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) attributes: Attributes,
    pub(crate) checksums: Checksums,
    pub(crate) parts: Vec<u64>,
}

/// One bucket in memory.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) created_ms: u64,
    pub(crate) objects: BTreeMap<String, Arc<Meta>>,
}

/// The state of the disk, in memory.
pub(crate) struct State {
    pub(crate) buckets: BTreeMap<String, Bucket>,
    pub(crate) uploads: Uploads,
    sequencer: Sequencer,
}

/// The store.
pub(crate) struct Store {
    root: PathBuf,
    pub(crate) blobs: Blobs,
    /// Held for every change from its condition to its last rename, so that conditional writes are
    /// atomic. Only small files are written while it is held.
    state: Mutex<State>,
    observer: Arc<dyn Observer>,
}

#[derive(Serialize, Deserialize)]
struct BucketFile {
    created_ms: u64,
}

impl Store {
    /// Opens the store under `root`, creates it if missing, and cleans up after a crash.
    pub(crate) fn open(root: &Path, observer: Arc<dyn Observer>) -> io::Result<Self> {
        let store = root.join(".store");
        let blobs = Blobs::new(store.join("blobs"))?;
        let mut buckets = BTreeMap::new();
        disk::create_folder(&store.join("buckets"))?;
        for entry in fs::read_dir(store.join("buckets"))? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().into_string()
                && let Some(bucket) = load_bucket(&entry.path())?
            {
                buckets.insert(name, bucket);
            }
        }
        let uploads = Uploads::load(store.join("uploads"))?;
        let mut used: std::collections::HashSet<&str> = uploads.blobs().collect();
        for (name, bucket) in &buckets {
            let browse = Browse::new(root, name);
            browse.create_folder();
            for meta in bucket.objects.values() {
                used.insert(&meta.blob);
                browse.ensure(&meta.key, &blobs.path(&meta.blob));
            }
        }
        blobs.remove_orphans(|id| used.contains(id))?;
        let sequencer = Sequencer::open(store.join("sequencer.json"))?;
        Ok(Self {
            root: root.to_owned(),
            blobs,
            state: Mutex::new(State { buckets, uploads, sequencer }),
            observer,
        })
    }

    /// The state. It must not be held across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // At worst, a panic elsewhere left a file that the next start removes.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn create_bucket(&self, name: &str) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.buckets.contains_key(name) {
            return Err(StoreError::BucketExists);
        }
        let created_ms = clock::now_ms();
        disk::create_folder(&self.bucket_folder(name))?;
        disk::write_json(
            &self.bucket_folder(name).join("bucket.json"),
            &BucketFile { created_ms },
        )?;
        Browse::new(&self.root, name).create_folder();
        let bucket = Bucket { created_ms, ..Bucket::default() };
        state.buckets.insert(name.to_owned(), bucket);
        Ok(())
    }

    pub(crate) fn delete_bucket(&self, name: &str) -> Result<(), StoreError> {
        let mut state = self.lock();
        if !state.bucket(name)?.objects.is_empty() {
            return Err(StoreError::BucketNotEmpty);
        }
        fs::remove_dir_all(self.bucket_folder(name))?;
        Browse::new(&self.root, name).remove_folder();
        state.buckets.remove(name);
        for part in state.uploads.remove_bucket(name)? {
            self.blobs.remove(&part);
        }
        Ok(())
    }

    pub(crate) fn get(&self, bucket: &str, key: &str) -> Result<Arc<Meta>, StoreError> {
        self.lock().object(bucket, key).cloned()
    }

    /// A consistent snapshot of an object and its bytes.
    pub(crate) fn open_object(
        &self,
        bucket: &str,
        key: &str,
    ) -> Result<(Arc<Meta>, File), StoreError> {
        let state = self.lock();
        let meta = Arc::clone(state.object(bucket, key)?);
        let file = self.blobs.open(&meta.blob, meta.size)?;
        Ok((meta, file))
    }

    /// Commits the draft, if the condition holds.
    pub(crate) fn put(
        &self,
        draft: Draft,
        condition: &WriteCondition,
    ) -> Result<Arc<Meta>, StoreError> {
        let mut state = self.lock();
        self.put_locked(&mut state, draft, condition)
    }

    /// [`put`](Self::put) while the lock is held.
    pub(crate) fn put_locked(
        &self,
        state: &mut State,
        draft: Draft,
        condition: &WriteCondition,
    ) -> Result<Arc<Meta>, StoreError> {
        let bucket = state.bucket(&draft.bucket)?;
        let old = bucket.objects.get(&draft.key).cloned();
        condition.check(old.as_deref())?;
        let change = Change {
            kind: draft.kind,
            bucket: draft.bucket,
            key: draft.key,
            size: Some(draft.size),
            etag: Some(draft.etag),
            sequencer: state.sequencer.next()?,
            time_ms: clock::now_ms(),
        };
        let announcement = self.observer.announce(&change)?;
        let meta = Meta {
            key: change.key,
            blob: draft.blob.id().to_owned(),
            size: draft.size,
            etag: change.etag.unwrap_or_default(),
            modified_ms: change.time_ms,
            sequencer: change.sequencer,
            attributes: draft.attributes,
            checksums: draft.checksums,
            restored_until_ms: None,
            parts: draft.parts,
        };
        disk::write_json(&self.meta_path(&change.bucket, &meta.key), &meta)?;
        Browse::new(&self.root, &change.bucket).link(&meta.key, draft.blob.path());
        draft.blob.keep();
        let meta = Arc::new(meta);
        if let Some(bucket) = state.buckets.get_mut(&change.bucket) {
            bucket.objects.insert(meta.key.clone(), Arc::clone(&meta));
        }
        announcement.publish();
        if let Some(old) = old {
            self.blobs.remove(&old.blob);
        }
        Ok(meta)
    }

    /// Removes an object; `false` if there was none.
    pub(crate) fn delete(
        &self,
        bucket: &str,
        key: &str,
        condition: &WriteCondition,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let old = state.bucket(bucket)?.objects.get(key).cloned();
        condition.check(old.as_deref())?;
        let Some(old) = old else { return Ok(false) };
        let announcement = self.observer.announce(&Change {
            kind: ChangeKind::Delete,
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            size: None,
            etag: None,
            sequencer: state.sequencer.next()?,
            time_ms: clock::now_ms(),
        })?;
        disk::remove(&self.meta_path(bucket, key))?;
        Browse::new(&self.root, bucket).unlink(key);
        if let Some(bucket) = state.buckets.get_mut(bucket) {
            bucket.objects.remove(key);
        }
        announcement.publish();
        self.blobs.remove(&old.blob);
        Ok(true)
    }

    /// Replaces only the tags of an object.
    pub(crate) fn set_tags(
        &self,
        bucket: &str,
        key: &str,
        tags: BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        let mut meta = Meta::clone(state.object(bucket, key)?);
        meta.attributes.tags = tags;
        disk::write_json(&self.meta_path(bucket, key), &meta)?;
        if let Some(bucket) = state.buckets.get_mut(bucket) {
            bucket.objects.insert(key.to_owned(), Arc::new(meta));
        }
        Ok(())
    }

    /// Makes an archived object readable, and announces it.
    pub(crate) fn restore(&self, bucket: &str, key: &str, until_ms: u64) -> Result<(), StoreError> {
        let mut state = self.lock();
        let mut meta = Meta::clone(state.object(bucket, key)?);
        meta.restored_until_ms = Some(until_ms);
        let announcement = self.observer.announce(&Change {
            kind: ChangeKind::RestoreCompleted,
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            size: Some(meta.size),
            etag: Some(meta.etag.clone()),
            sequencer: state.sequencer.next()?,
            time_ms: clock::now_ms(),
        })?;
        disk::write_json(&self.meta_path(bucket, key), &meta)?;
        if let Some(bucket) = state.buckets.get_mut(bucket) {
            bucket.objects.insert(key.to_owned(), Arc::new(meta));
        }
        announcement.publish();
        Ok(())
    }

    fn bucket_folder(&self, bucket: &str) -> PathBuf {
        self.root.join(".store/buckets").join(bucket)
    }

    /// A valid file name for any key.
    fn meta_path(&self, bucket: &str, key: &str) -> PathBuf {
        let name = hex(&Sha256::digest(key.as_bytes()));
        self.bucket_folder(bucket).join(format!("{name}.json"))
    }
}

impl State {
    pub(crate) fn bucket(&self, name: &str) -> Result<&Bucket, StoreError> {
        self.buckets.get(name).ok_or(StoreError::NoSuchBucket)
    }

    fn object(&self, bucket: &str, key: &str) -> Result<&Arc<Meta>, StoreError> {
        let bucket = self.bucket(bucket)?;
        bucket.objects.get(key).ok_or(StoreError::NoSuchKey)
    }
}

/// Reads a bucket's folder; `None` if it is partially created or deleted.
fn load_bucket(folder: &Path) -> io::Result<Option<Bucket>> {
    let bucket_file = folder.join("bucket.json");
    if !bucket_file.exists() {
        return Ok(None);
    }
    let mut bucket = Bucket {
        created_ms: disk::read_json::<BucketFile>(&bucket_file)?.created_ms,
        ..Bucket::default()
    };
    for path in disk::json_files(folder)? {
        if path != bucket_file {
            let meta: Meta = disk::read_json(&path)?;
            bucket.objects.insert(meta.key.clone(), Arc::new(meta));
        }
    }
    Ok(Some(bucket))
}
