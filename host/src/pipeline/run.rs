//! Runs a component, with concurrent download and upload.

use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use tokio::task::spawn_blocking;

use super::Pipeline;
use super::canary;
use super::cost::{Cost, milliseconds};
use super::flow::{self, Broken, Shared};
use super::upload::{Uploaded, Uploader};
use crate::error::Error;
use crate::key::SourceKey;
use crate::sandbox::{Failure, Job, SourceInfo, SourceStream};
use crate::store::Download;

/// The input of a run.
pub(super) struct Feed {
    pub(super) size: u64,
    pub(super) content_type: Option<String>,
    pub(super) bytes: FeedBytes,
}

/// The source of its bytes.
pub(super) enum FeedBytes {
    /// Its own download, with the bytes read so far.
    Own(Bytes, Box<Download>),
    /// A download that other runs also read.
    Shared(Arc<Shared>),
    /// A rendition of another run.
    Whole(Bytes),
}

/// When a run's renditions are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// Each rendition while the next one is made.
    Nothing,
    /// After the run has succeeded: a failing canary leaves nothing behind.
    UntilItEnds,
    /// After all runs have succeeded: they overwrite existing renditions of this picture.
    UntilAllEnd,
}

/// The result of a run.
pub(super) struct Ran {
    pub(super) result: Result<(), Error>,
    pub(super) uploaded: Uploaded,
    pub(super) cost: Cost,
}

/// Read enough of a download to detect the media type.
pub(super) async fn peek(download: &mut Download, enough: usize) -> Result<Bytes, Error> {
    let mut first = BytesMut::new();
    while first.len() < enough {
        match download.next().await? {
            Some(bytes) => first.extend_from_slice(&bytes),
            None => break,
        }
    }
    Ok(first.freeze())
}

impl Pipeline {
    /// Run a component.
    pub(super) async fn run(
        &self,
        key: &SourceKey,
        uploader: Arc<Uploader>,
        feed: Feed,
        hold: Hold,
        deadline: Option<Instant>,
    ) -> Ran {
        let planned = &uploader.run;
        let limits = planned.step.limits.for_sandbox();
        let _place = self.workers.place(planned.step.limits.max_memory_mib).await;
        let broken = Broken::default();
        let info = SourceInfo {
            key: key.as_str().to_owned(),
            size: feed.size,
            content_type: feed.content_type,
        };
        let (sink, renditions) = flow::sink(Arc::clone(&broken));
        let start = |stream: Box<dyn SourceStream>| {
            let job = Job {
                info,
                stream,
                sink: Box::new(sink),
                parameters: planned.parameters_text.clone(),
                limits,
                deadline: canary::deadline(&planned.choice, deadline),
            };
            let transform = planned.active.transform.clone();
            spawn_blocking(move || transform.render(job))
        };
        let uploads = async {
            match hold {
                Hold::Nothing => uploader.stream(renditions, &broken).await,
                Hold::UntilItEnds | Hold::UntilAllEnd => uploader.hold(renditions).await,
            }
        };
        let (run, download_ms, mut uploaded) = match feed.bytes {
            FeedBytes::Own(first, rest) => {
                let (stream, download) = flow::source(first, *rest, Arc::clone(&broken));
                tokio::join!(start(Box::new(stream)), download, uploads)
            }
            FeedBytes::Shared(shared) => {
                let (stream, download) = shared.reader(Arc::clone(&broken));
                tokio::join!(start(Box::new(stream)), download, uploads)
            }
            FeedBytes::Whole(bytes) => {
                tokio::join!(start(Box::new(bytes)), async { 0.0 }, uploads)
            }
        };
        let run = match run {
            Ok(run) => run,
            Err(error) => {
                let result = Err(Failure::Host(error.to_string()).into());
                return Ran { result, uploaded, cost: Cost::default() };
            }
        };
        if !run.log.is_empty() {
            let (key, step) = (key.as_str(), planned.step.name());
            tracing::info!(key, step, log = run.log, "the transform wrote");
        }
        let mut result = match (broken.get(), uploaded.rejected.clone(), run.outcome) {
            // The store's failure is the cause of the run's failure.
            (Some(fault), _, _) => Err(fault.clone().into()),
            (None, Some(rejection), _) => Err(rejection.into()),
            (None, None, Err(failure)) => Err(failure.into()),
            (None, None, Ok(())) => Ok(()),
        };
        if hold == Hold::UntilItEnds && result.is_ok() {
            result = uploader.release(&mut uploaded).await;
        }
        let cost = Cost {
            guest_cpu_ms: milliseconds(run.measured.cpu),
            wall_ms: milliseconds(run.measured.wall),
            download_ms,
            upload_ms: uploaded.upload_ms,
            peak_memory_bytes: run.measured.peak_memory,
        };
        Ran { result, uploaded, cost }
    }
}
