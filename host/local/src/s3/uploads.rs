//! Unfinished multipart uploads, which survive a restart.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::meta::{Attributes, Checksums};
use crate::disk;

/// All of them, by id.
pub(crate) struct Uploads {
    folder: PathBuf,
    pub(crate) uploads: BTreeMap<String, Upload>,
}

/// One upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) attributes: Attributes,
    /// The checksum algorithm that the client chose.
    pub(crate) algorithm: Option<String>,
    /// Whether the checksum covers the bytes instead of the parts' checksums.
    pub(crate) full_object: bool,
    pub(crate) initiated_ms: u64,
    #[serde(skip)]
    pub(crate) parts: BTreeMap<i32, Part>,
}

/// One part of an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) number: i32,
    pub(crate) blob: String,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) checksums: Checksums,
    pub(crate) modified_ms: u64,
}

impl Uploads {
    pub(crate) fn load(folder: PathBuf) -> io::Result<Self> {
        disk::create_folder(&folder)?;
        let mut uploads = BTreeMap::new();
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let upload_file = entry.path().join("upload.json");
            let Ok(id) = entry.file_name().into_string() else {
                continue;
            };
            if !upload_file.exists() {
                // Half created or half removed.
                fs::remove_dir_all(entry.path())?;
                continue;
            }
            let mut upload: Upload = disk::read_json(&upload_file)?;
            for path in disk::json_files(&entry.path())? {
                if path != upload_file {
                    let part: Part = disk::read_json(&path)?;
                    upload.parts.insert(part.number, part);
                }
            }
            uploads.insert(id, upload);
        }
        Ok(Self { folder, uploads })
    }

    /// The blobs of all parts.
    pub(crate) fn blobs(&self) -> impl Iterator<Item = &str> {
        let parts = self.uploads.values().flat_map(|u| u.parts.values());
        parts.map(|part| part.blob.as_str())
    }

    pub(crate) fn create(&mut self, upload: Upload) -> io::Result<String> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let folder = self.folder.join(&id);
        disk::create_folder(&folder)?;
        disk::write_json(&folder.join("upload.json"), &upload)?;
        self.uploads.insert(id.clone(), upload);
        Ok(id)
    }

    /// An upload, which must be for this object.
    pub(crate) fn get(&self, id: &str, bucket: &str, key: &str) -> Result<&Upload, StoreError> {
        let upload = self.uploads.get(id);
        upload
            .filter(|upload| upload.bucket == bucket && upload.key == key)
            .ok_or(StoreError::NoSuchUpload)
    }

    /// Adds a part; returns the blob of a replaced one.
    pub(crate) fn add_part(&mut self, id: &str, part: Part) -> Result<Option<String>, StoreError> {
        let upload = self.uploads.get_mut(id).ok_or(StoreError::NoSuchUpload)?;
        let name = format!("{:05}.json", part.number);
        disk::write_json(&self.folder.join(id).join(name), &part)?;
        let old = upload.parts.insert(part.number, part);
        Ok(old.map(|old| old.blob))
    }

    /// Removes an upload; returns the blobs of its parts.
    pub(crate) fn remove(&mut self, id: &str) -> io::Result<Vec<String>> {
        let Some(upload) = self.uploads.remove(id) else {
            return Ok(Vec::new());
        };
        // The metadata file first: without it, the folder is ignored.
        disk::remove(&self.folder.join(id).join("upload.json"))?;
        fs::remove_dir_all(self.folder.join(id))?;
        Ok(upload.parts.into_values().map(|part| part.blob).collect())
    }

    /// Removes all uploads to a bucket; returns the blobs of their parts.
    pub(crate) fn remove_bucket(&mut self, bucket: &str) -> io::Result<Vec<String>> {
        let of_bucket = self.uploads.iter().filter(|(_, u)| u.bucket == bucket);
        let ids: Vec<String> = of_bucket.map(|(id, _)| id.clone()).collect();
        let mut blobs = Vec::new();
        for id in ids {
            blobs.extend(self.remove(&id)?);
        }
        Ok(blobs)
    }
}
