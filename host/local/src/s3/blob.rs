//! Blobs: immutable files with unique ids.
//!
//! Reads and writes are plain blocking calls of at most [`CHUNK`] bytes. They hit the page cache in
//! microseconds, which is faster than switching to a blocking thread.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use s3s::StdError;
use s3s::stream::{ByteStream, RemainingLength};
use tokio::time::Sleep;

use crate::disk;

/// The maximum chunk size.
pub(crate) const CHUNK: usize = 128 * 1024;

/// How long a connection stays open before it is cut, so that sent data arrives.
const LAST_BYTES: Duration = Duration::from_millis(30);

/// The folder of blobs.
#[derive(Debug, Clone)]
pub(crate) struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    pub(crate) fn new(folder: PathBuf) -> io::Result<Self> {
        disk::create_folder(&folder)?;
        Ok(Self { folder })
    }

    pub(crate) fn path(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// A new, empty blob to write to.
    pub(crate) fn create(&self) -> io::Result<NewBlob> {
        let mut blob = self.unnamed();
        blob.file = Some(disk::create_new(&blob.path)?);
        Ok(blob)
    }

    /// A hard link to the same bytes, which serves as a copy, since blobs never change.
    pub(crate) fn duplicate(&self, id: &str) -> io::Result<NewBlob> {
        let blob = self.unnamed();
        let original = self.path(id);
        if fs::hard_link(&original, &blob.path).is_err() {
            fs::copy(&original, &blob.path)?;
        }
        Ok(blob)
    }

    /// Opens a blob that must have `size` bytes.
    pub(crate) fn open(&self, id: &str, size: u64) -> io::Result<File> {
        let file = File::open(self.path(id))?;
        let found = file.metadata()?.len();
        if found != size {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("blob {id} has {found} bytes and should have {size}: was it edited?"),
            ));
        }
        Ok(file)
    }

    /// Removes a blob. Open readers can still read to its end.
    pub(crate) fn remove(&self, id: &str) {
        if let Err(error) = disk::remove(&self.path(id)) {
            tracing::warn!(blob = id, %error, "an unused blob stays until the next start");
        }
    }

    /// Removes every blob that is not in `used`, for cleanup after a crash.
    pub(crate) fn remove_orphans(&self, used: impl Fn(&str) -> bool) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(&used) {
                disk::remove(&entry.path())?;
            }
        }
        Ok(())
    }

    fn unnamed(&self) -> NewBlob {
        let id = uuid::Uuid::new_v4().simple().to_string();
        NewBlob { path: self.path(&id), id, file: None, kept: false }
    }
}

/// A new blob, which is removed on drop unless it is [kept](NewBlob::keep).
#[derive(Debug)]
pub(crate) struct NewBlob {
    id: String,
    path: PathBuf,
    file: Option<File>,
    kept: bool,
}

impl NewBlob {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn keep(mut self) -> String {
        self.kept = true;
        std::mem::take(&mut self.id)
    }
}

impl Write for NewBlob {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for NewBlob {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Streams a range of a blob in chunks.
pub(crate) struct BlobStream {
    file: File,
    remaining: u64,
    /// Counts down to the injected cut of the connection.
    cut_after: Option<u64>,
    cutting: Option<Pin<Box<Sleep>>>,
}

impl BlobStream {
    /// `length` bytes from `start` on.
    pub(crate) fn new(mut file: File, start: u64, length: u64) -> io::Result<Self> {
        if start > 0 {
            file.seek(SeekFrom::Start(start))?;
        }
        Ok(Self { file, remaining: length, cut_after: None, cutting: None })
    }

    /// Fails half-way.
    pub(crate) fn cut_half_way(mut self) -> Self {
        self.cut_after = Some(self.remaining / 2);
        self
    }

    fn read(&mut self) -> io::Result<Bytes> {
        let limit = self.cut_after.unwrap_or(self.remaining).min(self.remaining);
        let mut chunk = vec![0; CHUNK.min(usize::try_from(limit).unwrap_or(CHUNK))];
        let read = self.file.read(&mut chunk)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        chunk.truncate(read);
        self.remaining -= read as u64;
        if let Some(cut_after) = &mut self.cut_after {
            *cut_after -= read as u64;
        }
        Ok(chunk.into())
    }
}

impl Stream for BlobStream {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.cut_after == Some(0) {
            let sleep =
                self.cutting.get_or_insert_with(|| Box::pin(tokio::time::sleep(LAST_BYTES)));
            return sleep
                .as_mut()
                .poll(context)
                .map(|()| Some(Err("the connection was cut on request".into())));
        }
        if self.remaining == 0 {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(self.read().map_err(Into::into)))
    }
}

impl ByteStream for BlobStream {
    fn remaining_length(&self) -> RemainingLength {
        usize::try_from(self.remaining)
            .map_or_else(|_| RemainingLength::unknown(), RemainingLength::new_exact)
    }
}
