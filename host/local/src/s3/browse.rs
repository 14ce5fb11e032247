//! Hard links at `<root>/<bucket>/<key>`, for browsing stored objects.
//!
//! These are only a convenience: blobs and their metadata are the source of truth. Keys that a file
//! system cannot represent (`a` next to `a/b`, empty segments, names that are too long) have no
//! link. Anything that could escape the bucket's folder is percent-encoded.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::disk;

/// The maximum length of a file name on nearly every file system.
const LONGEST_NAME: usize = 255;

/// The links of one bucket.
pub(crate) struct Browse {
    folder: PathBuf,
}

impl Browse {
    pub(crate) fn new(root: &Path, bucket: &str) -> Self {
        Self { folder: root.join(bucket) }
    }

    pub(crate) fn create_folder(&self) {
        let _ = disk::create_folder(&self.folder);
    }

    pub(crate) fn remove_folder(&self) {
        let _ = fs::remove_dir(&self.folder);
    }

    /// Links `key` to `blob`, and replaces an existing link.
    pub(crate) fn link(&self, key: &str, blob: &Path) {
        let Some(path) = self.path(key) else { return };
        let Some(parent) = path.parent() else { return };
        if disk::create_folder(parent).is_err() || path.is_dir() {
            return;
        }
        let _ = fs::remove_file(&path);
        if let Err(error) = fs::hard_link(blob, &path) {
            tracing::debug!(key, %error, "no link to browse");
        }
    }

    /// Links `key` to `blob`, if missing after a crash.
    pub(crate) fn ensure(&self, key: &str, blob: &Path) {
        let Some(path) = self.path(key) else { return };
        let (Ok(link), Ok(blob_data)) = (fs::metadata(&path), blob.metadata()) else {
            return self.link(key, blob);
        };
        if (link.dev(), link.ino()) != (blob_data.dev(), blob_data.ino()) {
            self.link(key, blob);
        }
    }

    /// Removes the link of `key`, and empty parent folders.
    pub(crate) fn unlink(&self, key: &str) {
        let Some(path) = self.path(key) else { return };
        if path.is_dir() || fs::remove_file(&path).is_err() {
            return;
        }
        let mut folder = path.parent();
        while let Some(empty) = folder.filter(|folder| *folder != self.folder) {
            if fs::remove_dir(empty).is_err() {
                return;
            }
            folder = empty.parent();
        }
    }

    fn path(&self, key: &str) -> Option<PathBuf> {
        let mut path = self.folder.clone();
        for segment in key.split('/') {
            let name = escape(segment);
            if name.is_empty() || name.len() > LONGEST_NAME {
                return None;
            }
            path.push(name);
        }
        Some(path)
    }
}

/// One segment as a file name. `%` is also escaped, so that no two keys share a link.
fn escape(segment: &str) -> String {
    let dots = matches!(segment, "." | "..");
    let mut name = String::with_capacity(segment.len());
    for character in segment.chars() {
        if dots || character == '%' || character == '\\' || character.is_control() {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                let _ = write!(name, "%{byte:02X}");
            }
        } else {
            name.push(character);
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(key: &str) -> Option<String> {
        Browse::new(Path::new("/root"), "bucket").path(key).map(|path| path.display().to_string())
    }

    #[test]
    fn nothing_leads_out_of_the_bucket() {
        assert_eq!(
            path("../../etc/passwd").as_deref(),
            Some("/root/bucket/%2E%2E/%2E%2E/etc/passwd")
        );
        assert_eq!(path("/etc/passwd"), None);
        assert_eq!(path("a/./b").as_deref(), Some("/root/bucket/a/%2E/b"));
        assert_eq!(path("..\\x").as_deref(), Some("/root/bucket/..%5Cx"));
    }

    #[test]
    fn ordinary_keys_look_like_themselves() {
        assert_eq!(path("a b+c/ü.jpg").as_deref(), Some("/root/bucket/a b+c/ü.jpg"));
        assert_eq!(path(".hidden").as_deref(), Some("/root/bucket/.hidden"));
    }

    #[test]
    fn what_a_file_system_cannot_hold_has_no_link() {
        assert_eq!(path("folder/"), None);
        assert_eq!(path("a//b"), None);
        assert_eq!(path(&"x".repeat(256)), None);
        assert_eq!(path("nul\0").as_deref(), Some("/root/bucket/nul%00"));
    }
}
