//! The data of a run: the source and renditions.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;

/// The properties of a source, known before it is read.
#[derive(Debug, Clone, Default)]
pub struct SourceInfo {
    /// The object's key, decoded.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// The media type that the uploader declared.
    pub content_type: Option<String>,
}

/// An emitted rendition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Its name, which is in the plan.
    pub name: String,
    /// Its media type, which the plan allows for this name.
    pub media_type: String,
    /// Its width in pixels; 0 if it is not a picture.
    pub width: u32,
    /// Its height in pixels; 0 if it is not a picture.
    pub height: u32,
    /// Its attributes.
    pub attributes: Vec<(String, String)>,
    /// The encoded file.
    pub body: Bytes,
}

/// Why the transfer was interrupted, not caused by the transform.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Interruption {
    /// The deadline passed while waiting.
    #[error("the deadline passed")]
    Deadline,
    /// The other end was dropped: a download or an upload failed.
    #[error("{0}")]
    Broken(String),
}

/// The source's bytes, in order. A call may block until bytes have arrived.
pub trait SourceStream: Send {
    /// At least one and at most `max` bytes; empty at the end.
    ///
    /// # Errors
    /// [`Interruption`], if no more bytes arrive by `deadline`.
    fn next(&mut self, max: usize, deadline: Instant) -> Result<Bytes, Interruption>;
}

/// A sink for renditions. A call may block until there is room.
pub trait RenditionSink: Send {
    /// Accept a rendition.
    ///
    /// # Errors
    /// [`Interruption`], if it cannot be accepted by `deadline`.
    fn accept(&mut self, rendition: Rendition, deadline: Instant) -> Result<(), Interruption>;
}

/// Collects the renditions of one run.
#[derive(Debug, Clone, Default)]
pub struct Basket(Arc<Mutex<Vec<Rendition>>>);

impl Basket {
    /// The emitted renditions.
    pub fn take(&self) -> Vec<Rendition> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl RenditionSink for Basket {
    fn accept(&mut self, rendition: Rendition, _: Instant) -> Result<(), Interruption> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(rendition);
        Ok(())
    }
}

impl SourceStream for Bytes {
    fn next(&mut self, max: usize, _: Instant) -> Result<Bytes, Interruption> {
        Ok(self.split_to(max.min(self.len())))
    }
}

impl RenditionSink for Vec<Rendition> {
    fn accept(&mut self, rendition: Rendition, _: Instant) -> Result<(), Interruption> {
        self.push(rendition);
        Ok(())
    }
}

impl<T: RenditionSink + ?Sized> RenditionSink for &mut T {
    fn accept(&mut self, rendition: Rendition, deadline: Instant) -> Result<(), Interruption> {
        (**self).accept(rendition, deadline)
    }
}
