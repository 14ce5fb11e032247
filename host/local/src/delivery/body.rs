//! Response bodies: in memory, or from a file with concurrent readers.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use http_body_util::{Either, Full, StreamBody};
use hyper::body::Frame;

/// The maximum chunk size.
const CHUNK: usize = 128 * 1024;

/// A body.
pub(super) type Sent = Either<Full<Bytes>, StreamBody<FilePart>>;

/// A range of a file. The file is immutable, even if its key is overwritten meanwhile.
pub(super) struct FilePart {
    file: Arc<File>,
    position: u64,
    end: u64,
}

impl FilePart {
    pub(super) fn new(file: Arc<File>, start: u64, end: u64) -> Self {
        Self { file, position: start, end }
    }

    fn read(&mut self) -> io::Result<Bytes> {
        let left = usize::try_from(self.end - self.position).unwrap_or(CHUNK);
        let mut chunk = vec![0; left.min(CHUNK)];
        let read = self.file.read_at(&mut chunk, self.position)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        chunk.truncate(read);
        self.position += read as u64;
        Ok(chunk.into())
    }
}

impl Stream for FilePart {
    type Item = io::Result<Frame<Bytes>>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.position >= self.end {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(self.read().map(Frame::data)))
    }
}
