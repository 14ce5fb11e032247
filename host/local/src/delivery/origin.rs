//! The origins: the bucket, then the function.

use std::io::Read;
use std::sync::Arc;

use hyper::StatusCode;

use super::answer::{Answer, Body};
use super::failure::Failure;
use super::key::CacheKey;
use super::payload;
use crate::lambda::Lambda;
use crate::s3::{ObjectReader, OpenObject, ReadError};

/// Objects up to this size are cached in memory; others are sent from their file.
const LARGEST_IN_MEMORY: u64 = 8 << 20;

/// The origins.
pub(crate) struct Origins {
    pub(crate) reader: ObjectReader,
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) bucket: String,
    pub(crate) function: Option<String>,
}

impl Origins {
    /// Requests an object from the bucket, and if it answers 403 or 404, from the function; any
    /// other failure of the bucket is the response, as in an origin group.
    pub(super) async fn ask(&self, key: &CacheKey) -> Answer {
        let opened = self.reader.open(&self.bucket, key.key.as_str()).await;
        match (opened, &self.function) {
            (Ok(object), _) => stored(object),
            (Err(ReadError::Missing | ReadError::Forbidden), Some(function)) => {
                self.invoke(function, key).await
            }
            (Err(ReadError::Missing | ReadError::Forbidden), None) => Failure::NotFound.answer(),
            (Err(ReadError::Unavailable), _) => Failure::Bucket.answer(),
        }
    }

    async fn invoke(&self, function: &str, key: &CacheKey) -> Answer {
        let answer = match self.lambda.invoke(function, &payload::event(key)).await {
            Ok(answer) => payload::answer(answer),
            Err(error) => Err(Failure::Function(error)),
        };
        answer.unwrap_or_else(|failure| {
            tracing::warn!(path = key.key.path(), ?failure, "the function did not respond");
            failure.answer()
        })
    }
}

fn stored(object: OpenObject) -> Answer {
    let OpenObject { mut file, size, headers } = object;
    let body = if size > LARGEST_IN_MEMORY {
        Body::File(Arc::new(file), size)
    } else {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        if let Err(error) = file.read_to_end(&mut bytes) {
            tracing::error!(%error, "an object cannot be read");
            return Failure::Bucket.answer();
        }
        Body::Memory(bytes.into())
    };
    Answer { status: StatusCode::OK, headers, body }
}
