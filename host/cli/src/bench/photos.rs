//! Photographs; every upload is a different file.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use bytes::Bytes;

/// JPEG files to upload, in rotation.
pub(super) struct Photos(Vec<Bytes>);

impl Photos {
    /// Read them.
    pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let mut photos = Vec::new();
        for path in paths {
            let name = path.display();
            let photo = std::fs::read(path).with_context(|| format!("cannot read {name}"))?;
            ensure!(photo.starts_with(&[0xff, 0xd8]), "{name} is not a JPEG file");
            photos.push(photo.into());
        }
        ensure!(!photos.is_empty(), "there is no photograph");
        Ok(Self(photos))
    }

    /// The picture of the upload `number`: no two have the same bytes, so that none counts as a
    /// repeat. They differ in a comment, which decoders skip.
    pub(super) fn of(&self, number: u64) -> Bytes {
        let count = self.0.len() as u64;
        let index = usize::try_from(number % count).unwrap_or_default();
        let Some(photo) = self.0.get(index) else { return Bytes::new() };
        // COM of ten bytes: its length, and the number.
        let mut different = vec![0xff, 0xd8, 0xff, 0xfe, 0, 10];
        different.extend(number.to_be_bytes());
        different.extend_from_slice(photo.get(2..).unwrap_or_default());
        different.into()
    }
}
