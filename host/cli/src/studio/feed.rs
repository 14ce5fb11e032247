//! Events for every open page.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};

use super::gallery::Picture;
use super::job::Job;
use super::wire::{Response, answer, pieces};

/// The number of events that a page may fall behind before it must reload everything.
const BEHIND: usize = 2048;
/// The interval of keep-alive comments.
const QUIET: Duration = Duration::from_secs(15);

/// An event for pages.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum News {
    /// The current state of a picture.
    Picture {
        /// The picture.
        picture: Box<Picture>,
    },
    /// A picture was deleted.
    Gone {
        /// Its key.
        key: String,
    },
    /// A step of the gate begins, for an upload.
    Gate {
        /// The component's digest.
        digest: String,
        /// The step.
        step: String,
    },
    /// The active components, or their results, have changed.
    Transforms,
    /// The pipeline document was checked.
    Document,
    /// Progress of a long operation.
    Job {
        /// The operation.
        job: Box<Job>,
    },
    /// The page fell behind, and some events were dropped.
    Behind,
}

/// Sends events.
#[derive(Debug, Clone)]
pub(super) struct Feed(Sender<Arc<str>>);

impl Feed {
    pub(super) fn new() -> Self {
        Self(channel(BEHIND).0)
    }

    pub(super) fn tell(&self, news: &News) {
        if self.0.receiver_count() > 0
            && let Ok(text) = serde_json::to_string(news)
        {
            // An error means that there are no receivers.
            let _ = self.0.send(text.into());
        }
    }
}

impl Feed {
    /// The stream, as a browser's `EventSource` reads it.
    pub(super) fn events(&self) -> Response {
        let first = Bytes::from_static(b": here it begins\n\n");
        let news = stream::unfold((self.0.subscribe(), Some(first)), |(mut news, first)| async {
            let piece = match first {
                Some(first) => first,
                None => next(&mut news).await?,
            };
            Some((Ok(piece), (news, None)))
        });
        answer(StatusCode::OK, "text/event-stream", pieces(news))
    }
}

/// The next chunk of the stream; a comment, if nothing happens for a while.
async fn next(news: &mut Receiver<Arc<str>>) -> Option<Bytes> {
    let text = match tokio::time::timeout(QUIET, news.recv()).await {
        Ok(Ok(text)) => format!("data: {text}\n\n"),
        Ok(Err(RecvError::Lagged(_))) => "data: {\"type\":\"behind\"}\n\n".to_owned(),
        Ok(Err(RecvError::Closed)) => return None,
        Err(_) => ": still here\n\n".to_owned(),
    };
    Some(text.into())
}
