//! The inputs of runs: the source, or a rendition of another run.

use std::sync::Arc;

use bytes::Bytes;

use super::Pipeline;
use super::ended::{Ended, id};
use super::flow::Shared;
use super::plan::{Input, Plan, PlannedRun};
use super::run::{Feed, FeedBytes};
use super::schedule::Schedule;
use crate::error::{Error, Rejection};
use crate::key::SourceKey;
use crate::store::{Download, Fetched, Head};

/// A picture to render.
pub(super) struct Source {
    pub(super) key: SourceKey,
    /// Detected from its bytes.
    pub(super) media_type: &'static str,
    pub(super) head: Head,
    /// Its size in bytes, decoded.
    pub(super) size: u64,
    /// Why no step can read it.
    pub(super) refusal: Option<Rejection>,
    /// The bytes read so far.
    pub(super) first: Bytes,
    /// The rest of the download, until a run takes it.
    pub(super) rest: Option<Box<Download>>,
    /// The whole download, if several runs read it.
    pub(super) shared: Option<Arc<Shared>>,
}

/// The state that a round consumes.
pub(super) enum Interrupted {
    /// The source has changed meanwhile.
    Moved,
    Error(Error),
}

impl<E: Into<Error>> From<E> for Interrupted {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl Pipeline {
    /// The input of a run.
    pub(super) async fn feed(
        &self,
        plan: &Plan,
        run: &PlannedRun,
        source: &mut Source,
        ended: &Ended,
        schedule: &Schedule<'_>,
    ) -> Result<Feed, Interrupted> {
        let Input::Output { run: read, output } = run.input else {
            return self.feed_of_source(run, source).await;
        };
        let made = plan
            .runs
            .get(read)
            .and_then(|read| ended.get(&id(plan, read)).and_then(|end| end.as_ref().ok()));
        if let Some((body, media_type)) = made.and_then(|made| made.uploaded.bodies.get(&output)) {
            return Ok(Feed {
                size: body.len() as u64,
                content_type: Some(media_type.clone()),
                bytes: FeedBytes::Whole(body.clone()),
            });
        }
        // It is stored, by an earlier run.
        let name =
            plan.runs.get(read).and_then(|read| read.outputs.get(output)).map(|one| &one.name);
        let stored = schedule
            .found
            .get(&read)
            .and_then(|found| found.renditions.iter().find(|one| Some(&one.name) == name));
        let Some(stored) = stored else { return Err(Interrupted::Moved) };
        match self.store.get(&self.config.destination_bucket, &stored.key, None).await? {
            Fetched::Object(object) if object.head.etag == stored.etag => Ok(Feed {
                size: object.head.size,
                content_type: Some(stored.media_type.clone()),
                bytes: FeedBytes::Own(Bytes::new(), Box::new(object.body)),
            }),
            _ => Err(Interrupted::Moved),
        }
    }

    async fn feed_of_source(
        &self,
        run: &PlannedRun,
        source: &mut Source,
    ) -> Result<Feed, Interrupted> {
        let feed = |bytes| Feed {
            size: source.size,
            content_type: source.head.content_type.clone(),
            bytes,
        };
        if let Some(shared) = &source.shared {
            return Ok(feed(FeedBytes::Shared(Arc::clone(shared))));
        }
        if let Some(rest) = source.rest.take() {
            return Ok(feed(FeedBytes::Own(source.first.clone(), rest)));
        }
        // It is too large to buffer, or a canary has read it: request it again.
        let (bucket, key) = (&self.config.source_bucket, &source.key);
        tracing::debug!(key = key.as_str(), step = run.step.name(), "reading the source again");
        match self.store.get(bucket, key.as_str(), None).await? {
            Fetched::Object(object) if object.head.etag == source.head.etag => {
                let (object, _) = object.decoded().await?;
                Ok(feed(FeedBytes::Own(Bytes::new(), Box::new(object.body))))
            }
            _ => Err(Interrupted::Moved),
        }
    }
}
