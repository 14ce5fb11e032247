//! The response of an origin, before it is adapted to a request.

use std::fs::File;
use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::HeaderMap;

/// A response of an origin.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

/// Its bytes.
#[derive(Debug)]
pub(super) enum Body {
    Memory(Bytes),
    /// Too large for memory: the file and its size.
    File(Arc<File>, u64),
}

impl Answer {
    pub(super) fn in_memory(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self { status, headers: HeaderMap::new(), body: Body::Memory(body.into()) }
    }

    /// Its memory use; 0 if it is not in memory.
    pub(super) fn size_in_memory(&self) -> Option<usize> {
        let headers = self.headers.iter();
        let headers: usize =
            headers.map(|(name, value)| name.as_str().len() + value.len() + 64).sum();
        Some(self.bytes()?.len() + headers)
    }

    /// Its bytes, if they are in memory.
    pub(super) fn bytes(&self) -> Option<&Bytes> {
        match &self.body {
            Body::Memory(bytes) => Some(bytes),
            Body::File(..) => None,
        }
    }

    /// The length of its body.
    pub(super) fn len(&self) -> u64 {
        match &self.body {
            Body::Memory(bytes) => bytes.len() as u64,
            Body::File(_, size) => *size,
        }
    }
}
