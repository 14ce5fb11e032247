//! Channels between the sandbox's thread and the store's tasks.

use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::cost::milliseconds;
use crate::error::Fault;
use crate::sandbox::{Interruption, Rendition, RenditionSink, SourceStream};
use crate::store::Download;

/// The number of download chunks that may wait for the sandbox. A chunk has 8 to 64 KiB.
const PIECES: usize = 64;

/// Sources up to this size are buffered while several runs read them, so that they are downloaded
/// once. Larger ones are requested again.
pub(super) const KEPT_BYTES: u64 = 32 << 20;

/// The first failure of the store, which ended the run.
pub(super) type Broken = Arc<OnceLock<Fault>>;

/// The sandbox's end of a download.
pub(super) struct Source {
    runtime: Handle,
    pieces: mpsc::Receiver<Bytes>,
    rest: Bytes,
    broken: Broken,
}

/// Read a download ahead of the sandbox. The future ends when all of it has arrived or the reader
/// is dropped; it returns the elapsed milliseconds.
pub(super) fn source(
    first: Bytes,
    mut download: Download,
    broken: Broken,
) -> (Source, impl Future<Output = f64> + use<>) {
    let (sender, pieces) = mpsc::channel(PIECES);
    let source =
        Source { runtime: Handle::current(), pieces, rest: first, broken: Arc::clone(&broken) };
    let started = Instant::now();
    let pump = async move {
        loop {
            match download.next().await {
                Ok(Some(bytes)) => {
                    if sender.send(bytes).await.is_err() {
                        break;
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    drop(broken.set(error.into()));
                    break;
                }
            }
        }
        milliseconds(started.elapsed())
    };
    (source, pump)
}

impl SourceStream for Source {
    fn next(&mut self, max: usize, deadline: Instant) -> Result<Bytes, Interruption> {
        if self.rest.is_empty() && max > 0 {
            let next = match self.pieces.try_recv() {
                Ok(bytes) => Some(bytes),
                Err(mpsc::error::TryRecvError::Disconnected) => None,
                Err(mpsc::error::TryRecvError::Empty) => {
                    wait(&self.runtime, deadline, self.pieces.recv())?
                }
            };
            match (next, self.broken.get()) {
                (Some(bytes), _) => self.rest = bytes,
                (None, Some(error)) => return Err(Interruption::Broken(error.to_string())),
                (None, None) => return Ok(Bytes::new()),
            }
        }
        Ok(self.rest.split_to(max.min(self.rest.len())))
    }
}

/// A download with several readers, each of which starts at the beginning and reads at its own
/// pace.
pub(super) struct Shared {
    pieces: Mutex<Vec<Bytes>>,
    /// The progress of the download.
    progress: watch::Sender<Progress>,
    broken: OnceLock<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Progress {
    pieces: usize,
    ended: bool,
}

impl Shared {
    /// Start with the bytes that have already been read.
    pub(super) fn new(first: Bytes) -> Arc<Self> {
        let progress = Progress { pieces: 1, ended: false };
        Arc::new(Self {
            pieces: Mutex::new(vec![first]),
            progress: watch::Sender::new(progress),
            broken: OnceLock::new(),
        })
    }

    /// Read the rest. It ends when everything has arrived, or the download failed.
    pub(super) async fn fill(&self, mut download: Download) {
        loop {
            match download.next().await {
                Ok(Some(bytes)) => {
                    let pieces = {
                        let mut all = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
                        all.push(bytes);
                        all.len()
                    };
                    self.progress.send_modify(|progress| progress.pieces = pieces);
                }
                Ok(None) => break,
                Err(error) => {
                    drop(self.broken.set(error.into()));
                    break;
                }
            }
        }
        self.progress.send_modify(|progress| progress.ended = true);
    }

    fn piece(&self, index: usize) -> Option<Bytes> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).get(index).cloned()
    }

    /// A reader for one run, and a future that measures when everything has arrived.
    pub(super) fn reader(
        self: &Arc<Self>,
        broken: Broken,
    ) -> (SharedReader, impl Future<Output = f64> + use<>) {
        let reader = SharedReader {
            runtime: Handle::current(),
            shared: Arc::clone(self),
            progress: self.progress.subscribe(),
            next: 0,
            rest: Bytes::new(),
            broken,
        };
        let (started, mut progress) = (Instant::now(), self.progress.subscribe());
        let ended = async move {
            // The sender lives as long as the reader does.
            let _ = progress.wait_for(|progress| progress.ended).await;
            milliseconds(started.elapsed())
        };
        (reader, ended)
    }
}

/// The reader of a shared download for one run.
pub(super) struct SharedReader {
    runtime: Handle,
    shared: Arc<Shared>,
    progress: watch::Receiver<Progress>,
    next: usize,
    rest: Bytes,
    broken: Broken,
}

impl SourceStream for SharedReader {
    fn next(&mut self, max: usize, deadline: Instant) -> Result<Bytes, Interruption> {
        while self.rest.is_empty() && max > 0 {
            let next = self.next;
            let arrived = self.progress.wait_for(|now| now.pieces > next || now.ended);
            let arrived = wait(&self.runtime, deadline, arrived)?;
            drop(arrived);
            match (self.shared.piece(next), self.shared.broken.get()) {
                (Some(piece), _) => {
                    self.rest = piece;
                    self.next += 1;
                }
                (None, Some(fault)) => {
                    drop(self.broken.set(fault.clone()));
                    return Err(Interruption::Broken(fault.to_string()));
                }
                (None, None) => return Ok(Bytes::new()),
            }
        }
        Ok(self.rest.split_to(max.min(self.rest.len())))
    }
}

/// The sandbox's end of the uploads. One rendition may wait while another is
/// made.
pub(super) struct Sink {
    runtime: Handle,
    sender: mpsc::Sender<Rendition>,
    broken: Broken,
}

/// A channel for renditions.
pub(super) fn sink(broken: Broken) -> (Sink, mpsc::Receiver<Rendition>) {
    let (sender, receiver) = mpsc::channel(1);
    (Sink { runtime: Handle::current(), sender, broken }, receiver)
}

impl RenditionSink for Sink {
    fn accept(&mut self, rendition: Rendition, deadline: Instant) -> Result<(), Interruption> {
        let sent = wait(&self.runtime, deadline, self.sender.send(rendition))?;
        sent.map_err(|_| {
            let why = self.broken.get().map_or("the upload ended".to_owned(), ToString::to_string);
            Interruption::Broken(why)
        })
    }
}

/// Block the sandbox's thread, until the deadline.
fn wait<T>(
    runtime: &Handle,
    deadline: Instant,
    future: impl Future<Output = T>,
) -> Result<T, Interruption> {
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let waiting = async { tokio::time::timeout(left, future).await };
    runtime.block_on(waiting).map_err(|_| Interruption::Deadline)
}
