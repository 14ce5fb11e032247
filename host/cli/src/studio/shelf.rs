//! Temporary files in memory, named by their digests: renditions of previews, and pictures for
//! previews.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use obscura::digest::Digest;

/// The maximum size of all files together.
const MAX_BYTES: usize = 384 << 20;

/// A file.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) media_type: String,
    pub(super) body: Bytes,
}

/// The files; the oldest is removed when there is no room.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<Files>);

#[derive(Debug, Default)]
struct Files {
    files: HashMap<Digest, File>,
    order: VecDeque<Digest>,
    bytes: usize,
}

impl Shelf {
    /// Keep a file; returns its name.
    pub(super) fn keep(&self, media_type: &str, body: Bytes) -> Digest {
        let id = Digest::of(&body);
        let mut files = self.files();
        files.order.retain(|one| *one != id);
        files.order.push_back(id);
        let size = body.len();
        let file = File { media_type: media_type.to_owned(), body };
        if files.files.insert(id, file).is_none() {
            files.bytes += size;
        }
        while files.bytes > MAX_BYTES && files.order.len() > 1 {
            let Some(oldest) = files.order.pop_front() else { break };
            let gone = files.files.remove(&oldest).map_or(0, |file| file.body.len());
            files.bytes = files.bytes.saturating_sub(gone);
        }
        id
    }

    /// A file, if it is still kept.
    pub(super) fn get(&self, id: Digest) -> Option<File> {
        self.files().files.get(&id).cloned()
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let shelf = Shelf::default();
        let file = |fill: u8| Bytes::from(vec![fill; MAX_BYTES / 3 + 1]);
        let ids = [1, 2].map(|fill| shelf.keep("image/png", file(fill)));
        // A file that is kept again becomes the newest.
        shelf.keep("image/png", file(1));
        shelf.keep("image/png", file(3));
        assert!(shelf.get(ids[0]).is_some());
        assert!(shelf.get(ids[1]).is_none());
    }
}
