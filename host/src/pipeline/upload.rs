//! Stores the renditions of a run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::cost::milliseconds;
use super::flow::Broken;
use super::manifest::{IntermediateRecord, RenditionRecord};
use super::plan::{Output, PlannedRun};
use crate::digest::Digest;
use crate::document::Route;
use crate::error::{Code, Error, Fault, Rejection};
use crate::key::Destination;
use crate::sandbox::{Failure, Rendition};
use crate::store::{Condition, Put, Store, Written};

/// The metadata that identifies a rendition's picture: a digest of its key.
pub const SOURCE_MARK: &str = "obscura-source";
/// Renditions that are stored in parallel.
const CONCURRENCY: usize = 8;
/// How often a write is tried if others write the same key.
const ROUNDS: u32 = 8;
/// The wait after the second conflict; it doubles each time.
const PAUSE: Duration = Duration::from_millis(5);

/// The mark of a picture's renditions.
pub fn source_mark(key: &str) -> String {
    Digest::of(key.as_bytes()).to_string()
}

/// The existing objects of this picture.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// ETags by key, of those that the manifest names and that are not known to be missing.
    pub(super) named: HashMap<String, String>,
    /// Those of them that exist as recorded.
    pub(super) whole: HashMap<String, RenditionRecord>,
}

/// Stores the renditions of one run.
pub(super) struct Uploader {
    pub(super) store: Store,
    pub(super) bucket: String,
    pub(super) destination: Destination,
    pub(super) route: Route,
    pub(super) run: Arc<PlannedRun>,
    /// Outputs that another run reads.
    pub(super) wanted: Vec<bool>,
    pub(super) standing: Arc<Standing>,
    pub(super) metadata: Vec<(String, String)>,
}

/// The output of a run.
#[derive(Debug, Default)]
pub(super) struct Uploaded {
    pub(super) records: Vec<RenditionRecord>,
    pub(super) intermediates: Vec<IntermediateRecord>,
    /// Renditions that another run reads, by index of the output.
    pub(super) bodies: HashMap<usize, (Bytes, String)>,
    /// Deferred renditions.
    pub(super) held: Vec<Rendition>,
    pub(super) rejected: Option<Rejection>,
    /// Keys that were, or may have been, written.
    pub(super) written: Vec<String>,
    pub(super) upload_ms: f64,
}

impl Uploader {
    /// Store renditions until the channel is closed.
    pub(super) async fn stream(
        self: &Arc<Self>,
        mut renditions: mpsc::Receiver<Rendition>,
        broken: &Broken,
    ) -> Uploaded {
        let mut uploaded = Uploaded::default();
        let mut uploads = JoinSet::new();
        let mut started = None;
        let mut more = true;
        while more || !uploads.is_empty() {
            tokio::select! {
                Some(done) = uploads.join_next(), if !uploads.is_empty() => {
                    match done.unwrap_or_else(|error| Err(Failure::Host(error.to_string()).into())) {
                        Ok(record) => uploaded.records.push(record),
                        Err(Error::Rejected(rejection)) => {
                            uploaded.rejected.get_or_insert(rejection);
                            renditions.close();
                        }
                        Err(Error::Fault(fault)) => {
                            drop(broken.set(fault));
                            renditions.close();
                        }
                    }
                }
                next = renditions.recv(), if more => match next {
                    Some(rendition) => {
                        started.get_or_insert_with(Instant::now);
                        if let Some((output, key)) = self.take(&mut uploaded, &rendition) {
                            let uploader = Arc::clone(self);
                            uploads.spawn(async move { uploader.one(rendition, &output, key).await });
                        }
                        if uploaded.rejected.is_some() {
                            renditions.close();
                        }
                    }
                    None => more = false,
                }
            }
        }
        uploaded.upload_ms = started.map_or(0.0, |at: Instant| milliseconds(at.elapsed()));
        uploaded
    }

    /// Collect renditions until the channel is closed.
    pub(super) async fn hold(&self, mut renditions: mpsc::Receiver<Rendition>) -> Uploaded {
        let mut uploaded = Uploaded::default();
        while let Some(rendition) = renditions.recv().await {
            if self.take(&mut uploaded, &rendition).is_some() {
                uploaded.held.push(rendition);
            }
        }
        uploaded.written.clear();
        uploaded
    }

    /// Store deferred renditions.
    ///
    /// # Errors
    /// The first failure; started writes are in `written`.
    pub(super) async fn release(&self, uploaded: &mut Uploaded) -> Result<(), Error> {
        let started = Instant::now();
        let held = std::mem::take(&mut uploaded.held);
        let mut jobs = Vec::with_capacity(held.len());
        for rendition in held {
            let mut again = Uploaded::default();
            if let Some((output, key)) = self.take(&mut again, &rendition) {
                uploaded.written.extend(again.written);
                jobs.push((rendition, output, key));
            }
        }
        let mut uploads = stream::iter(jobs)
            .map(|(rendition, output, key)| async move { self.one(rendition, &output, key).await })
            .buffer_unordered(CONCURRENCY);
        let mut failed = None;
        while let Some(done) = uploads.next().await {
            match done {
                Ok(record) => uploaded.records.push(record),
                Err(error) => drop(failed.get_or_insert(error)),
            }
        }
        uploaded.upload_ms = milliseconds(started.elapsed());
        failed.map_or(Ok(()), Err)
    }

    /// Record a rendition. Returns its key if it has to be stored.
    fn take(&self, uploaded: &mut Uploaded, rendition: &Rendition) -> Option<(Output, String)> {
        let mut outputs = self.run.outputs.iter().enumerate();
        // The sandbox has checked it against the plan.
        let (index, output) = outputs.find(|(_, one)| one.emitted_as == rendition.name)?;
        if self.wanted.get(index).copied().unwrap_or(false) {
            let kept = (rendition.body.clone(), rendition.media_type.clone());
            uploaded.bodies.insert(index, kept);
        }
        if !output.stored {
            uploaded.intermediates.push(IntermediateRecord {
                name: rendition.name.clone(),
                media_type: rendition.media_type.clone(),
                width: rendition.width,
                height: rendition.height,
                bytes: rendition.body.len() as u64,
                sha256: Digest::of(&rendition.body),
            });
            return None;
        }
        let key = self.run.key(&self.destination, &self.route, output, &rendition.media_type);
        if key.is_none() {
            let message = format!(
                "the key of `{}` would be longer than S3's 1024 bytes, or that of a record",
                output.name
            );
            uploaded.rejected.get_or_insert(Rejection::new(Code::KeyTooLong, message));
        }
        uploaded.written.extend(key.clone());
        Some((output.clone(), key?))
    }

    async fn one(
        &self,
        rendition: Rendition,
        output: &Output,
        key: String,
    ) -> Result<RenditionRecord, Error> {
        let sha256 = Digest::of(&rendition.body);
        let mut record = RenditionRecord {
            name: output.name.clone(),
            step: 0,
            emitted_as: (output.name != rendition.name).then_some(rendition.name),
            key,
            media_type: rendition.media_type,
            width: rendition.width,
            height: rendition.height,
            bytes: rendition.body.len() as u64,
            sha256,
            etag: String::new(),
            attributes: rendition.attributes,
        };
        let before = self.standing.whole.get(&record.key);
        record.etag = match before.filter(|one| one.sha256 == sha256) {
            Some(before) => before.etag.clone(),
            None => self.put(&record, rendition.body).await?,
        };
        Ok(record)
    }

    /// Store a body; returns its ETag.
    async fn put(&self, record: &RenditionRecord, body: Bytes) -> Result<String, Error> {
        let put = || Put {
            body: body.clone(),
            content_type: &record.media_type,
            cache_control: self.route.cache_control(),
            content_disposition: self.disposition(record),
            metadata: self.metadata.clone(),
        };
        let key = &record.key;
        // A write can be executed after its client has given up on it, so each names the object
        // that it replaces. A key that the manifest does not name should be free; otherwise, it is
        // ours after a crash or from a concurrent worker, or another picture's.
        let mut before = self.standing.named.get(key).cloned();
        for round in 0..ROUNDS {
            let condition = before.as_deref().map_or(Condition::Absent, Condition::Etag);
            match self.store.put(&self.bucket, key, put(), condition).await? {
                Written::Etag(etag) => return Ok(etag),
                Written::Conflict if round > 0 => {
                    tokio::time::sleep(PAUSE * 2_u32.pow(round)).await
                }
                Written::Conflict => {}
            }
            before = self.etag_of_own(key).await?;
        }
        let message = format!("{key} keeps changing");
        Err(Fault::new(Code::StoreUnavailable, message).into())
    }

    fn disposition(&self, record: &RenditionRecord) -> Option<String> {
        let key = self.destination.source().as_str();
        let disposition = self.route.disposition?;
        Some(disposition.header(key, &record.name, &record.media_type))
    }

    /// The ETag of the object at a key.
    ///
    /// # Errors
    /// It is another picture's.
    async fn etag_of_own(&self, key: &str) -> Result<Option<String>, Error> {
        let Some(head) = self.store.head(&self.bucket, key).await? else { return Ok(None) };
        let own = self.metadata.iter().find(|(name, _)| name == SOURCE_MARK);
        let mark = head.metadata.get(SOURCE_MARK);
        // Objects of earlier versions have no mark.
        if mark.is_none() || mark == own.map(|(_, mark)| mark) {
            return Ok(Some(head.etag));
        }
        let message = format!("{key} holds a rendition of another picture");
        Err(Rejection::new(Code::KeyTaken, message).into())
    }
}
