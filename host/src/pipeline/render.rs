//! One picture through the sandbox, while it downloads and uploads.

use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, spawn_blocking};

use super::Pipeline;
use super::flow::{self, Broken};
use super::manifest::RenditionRecord;
use super::outcome::{Cost, milliseconds};
use crate::component::Active;
use crate::digest::Digest;
use crate::document::Route;
use crate::error::{Code, Error, Fault, Rejection};
use crate::key::{Destination, SourceKey};
use crate::sandbox::{Failure, Job, Rendition, SourceInfo};
use crate::store::{Condition, Download, Head, Put, Store, Written};

/// A picture that is about to be rendered.
pub(super) struct Picture<'a> {
    pub(super) key: &'a SourceKey,
    pub(super) head: &'a Head,
    /// What has been read of it already.
    pub(super) first: Bytes,
    pub(super) rest: Download,
    /// Store nothing before all renditions are made: a failing transform must not
    /// damage those that stand, which show this very picture, and a failing
    /// canary must leave nothing behind.
    pub(super) hold: bool,
}

/// What became of a picture.
pub(super) struct Rendered {
    pub(super) result: Result<Vec<RenditionRecord>, Error>,
    /// Keys that were written, even if it failed later.
    pub(super) written: Vec<String>,
    pub(super) cost: Cost,
}

/// Read enough of a download to tell the media type.
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
    /// Run the component on a picture. Every rendition is uploaded while the
    /// next one is made.
    pub(super) async fn render(
        &self,
        picture: Picture<'_>,
        route: &Route,
        active: &Active,
        deadline: Option<Instant>,
    ) -> Rendered {
        let broken = Broken::default();
        let (source, download) = flow::source(picture.first, picture.rest, Arc::clone(&broken));
        let (sink, renditions) = flow::sink(Arc::clone(&broken));
        let job = Job {
            info: SourceInfo {
                key: picture.key.as_str().to_owned(),
                size: picture.head.size,
                content_type: picture.head.content_type.clone(),
            },
            stream: Box::new(source),
            sink: Box::new(sink),
            parameters: route.parameters_text(),
            limits: route.limits.for_sandbox(),
            deadline,
        };
        let transform = active.transform.clone();
        let (verdict, made) = oneshot::channel();
        let run = async move {
            let run = spawn_blocking(move || transform.render(job)).await;
            let good = run.as_ref().is_ok_and(|run| run.outcome.is_ok());
            // Nobody waits for it when nothing is held.
            let _ = verdict.send(good);
            run
        };
        let upload = Upload {
            store: self.store.clone(),
            bucket: self.config.destination_bucket.clone(),
            destination: Destination::new(&self.config.destination_prefix, picture.key),
            route: route.clone(),
            metadata: vec![
                ("obscura-source-etag", picture.head.etag.clone()),
                ("obscura-digest", active.release.digest.to_string()),
                ("obscura-parameters", Digest::of(route.parameters_text().as_bytes()).to_string()),
            ],
        };
        let uploads = async {
            let renditions = if picture.hold { held(renditions, made).await } else { renditions };
            Arc::new(upload).all(renditions, Arc::clone(&broken)).await
        };
        let (run, download_ms, uploaded) = tokio::join!(run, download, uploads);
        let run = match run {
            Ok(run) => run,
            Err(error) => {
                let fault = Failure::Host(error.to_string()).into();
                return Rendered {
                    result: Err(fault),
                    written: uploaded.written(),
                    cost: Cost::default(),
                };
            }
        };
        let cost = Cost {
            guest_cpu_ms: milliseconds(run.measured.cpu),
            wall_ms: milliseconds(run.measured.wall),
            download_ms,
            upload_ms: uploaded.upload_ms,
            peak_memory_bytes: run.measured.peak_memory,
        };
        if !run.log.is_empty() {
            tracing::info!(key = picture.key.as_str(), log = run.log, "the transform wrote");
        }
        let written = uploaded.written();
        let result = match (broken.get(), uploaded.rejected, run.outcome) {
            // The store's failure is the cause, the run's only the effect.
            (Some(fault), _, _) => Err(fault.clone().into()),
            (None, Some(rejection), _) => Err(rejection.into()),
            (None, None, Err(failure)) => Err(failure.into()),
            (None, None, Ok(())) => Ok(uploaded.records),
        };
        Rendered { result, written, cost }
    }
}

/// Keep renditions back until all of them are made, and drop them if they are
/// not.
async fn held(
    mut renditions: mpsc::Receiver<Rendition>,
    made: oneshot::Receiver<bool>,
) -> mpsc::Receiver<Rendition> {
    let mut kept = Vec::new();
    while let Some(rendition) = renditions.recv().await {
        kept.push(rendition);
    }
    let (sender, receiver) = mpsc::channel(kept.len().max(1));
    if made.await.unwrap_or(false) {
        for rendition in kept {
            // The channel has room for all of them.
            drop(sender.try_send(rendition));
        }
    }
    receiver
}

/// Stores the renditions of one picture.
struct Upload {
    store: Store,
    bucket: String,
    destination: Destination,
    route: Route,
    metadata: Vec<(&'static str, String)>,
}

#[derive(Default)]
struct Uploaded {
    records: Vec<RenditionRecord>,
    rejected: Option<Rejection>,
    upload_ms: f64,
}

impl Uploaded {
    fn written(&self) -> Vec<String> {
        self.records.iter().map(|record| record.key.clone()).collect()
    }
}

impl Upload {
    /// Store every rendition that comes, until no more come.
    async fn all(
        self: Arc<Self>,
        mut renditions: mpsc::Receiver<Rendition>,
        broken: Broken,
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
                        let upload = Arc::clone(&self);
                        uploads.spawn(async move { upload.one(rendition).await });
                    }
                    None => more = false,
                }
            }
        }
        uploaded.upload_ms = started.map_or(0.0, |at: Instant| milliseconds(at.elapsed()));
        uploaded.records.sort_by(|a, b| a.name.cmp(&b.name));
        uploaded
    }

    async fn one(&self, rendition: Rendition) -> Result<RenditionRecord, Error> {
        let template = &self.route.key_template;
        let key = self.destination.rendition(template, &rendition.name, &rendition.media_type);
        let key = key.ok_or_else(|| {
            let name = &rendition.name;
            Rejection::new(
                Code::KeyTooLong,
                format!("the key of `{name}` would be longer than S3's 1024 bytes"),
            )
        })?;
        let put = Put {
            body: rendition.body.clone(),
            content_type: &rendition.media_type,
            cache_control: self.route.cache_control.as_deref(),
            metadata: self.metadata.clone(),
        };
        match self.store.put(&self.bucket, &key, put, Condition::Always).await? {
            Written::Etag(etag) => Ok(RenditionRecord {
                name: rendition.name,
                key,
                media_type: rendition.media_type,
                width: rendition.width,
                height: rendition.height,
                bytes: rendition.body.len() as u64,
                sha256: Digest::of(&rendition.body),
                etag,
                attributes: rendition.attributes,
            }),
            Written::Conflict => {
                Err(Fault::new(Code::StoreUnavailable, format!("{key}: unexpected conflict"))
                    .into())
            }
        }
    }
}
