//! What happens, told to every page that is open.

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
use super::jobs::Job;
use super::wire::{Response, answer, pieces};

/// How far a page may fall behind before it is told to load everything anew.
const BEHIND: usize = 2048;
/// How long the stream may be quiet.
const QUIET: Duration = Duration::from_secs(15);

/// Something that a page shows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum News {
    /// A picture, as it is now.
    Picture {
        /// The picture.
        picture: Box<Picture>,
    },
    /// A picture is not there any more.
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
    /// What is active, or how it does, has changed.
    Transforms,
    /// The pipeline document was looked at.
    Document,
    /// A long operation goes on.
    Job {
        /// How far it is.
        job: Box<Job>,
    },
    /// So much happened that some was left out.
    Behind,
}

/// Tells it.
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
            // An error means that nobody listens any more.
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

/// The next piece of the stream; a comment, if nothing happens for a while.
async fn next(news: &mut Receiver<Arc<str>>) -> Option<Bytes> {
    let text = match tokio::time::timeout(QUIET, news.recv()).await {
        Ok(Ok(text)) => format!("data: {text}\n\n"),
        Ok(Err(RecvError::Lagged(_))) => "data: {\"type\":\"behind\"}\n\n".to_owned(),
        Ok(Err(RecvError::Closed)) => return None,
        Err(_) => ": still here\n\n".to_owned(),
    };
    Some(text.into())
}
