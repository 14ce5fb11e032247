//! What flows through a run: the source in, renditions out.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;

/// What is known of a source before it is read.
#[derive(Debug, Clone, Default)]
pub struct SourceInfo {
    /// The object's key, decoded.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// The media type that the uploader declared.
    pub content_type: Option<String>,
}

/// One finished rendition, as the transform emitted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Its name; the plan has it.
    pub name: String,
    /// Its media type; the plan allows it for this name.
    pub media_type: String,
    /// Its width in pixels; 0 if it is not a picture.
    pub width: u32,
    /// Its height in pixels; 0 if it is not a picture.
    pub height: u32,
    /// Further facts about it.
    pub attributes: Vec<(String, String)>,
    /// The encoded file.
    pub body: Bytes,
}

/// Why the flow broke off, through no fault of the transform.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Interruption {
    /// The deadline passed while waiting.
    #[error("the deadline passed")]
    Deadline,
    /// The other end is gone: a download or an upload failed.
    #[error("{0}")]
    Broken(String),
}

/// The source's bytes, in order. A call may block until bytes have arrived.
pub trait SourceStream: Send {
    /// At least one and at most `max` bytes; empty at the end.
    ///
    /// # Errors
    /// [`Interruption`], if no more bytes can be had by `deadline`.
    fn next(&mut self, max: usize, deadline: Instant) -> Result<Bytes, Interruption>;
}

/// Takes renditions. A call may block until there is room.
pub trait RenditionSink: Send {
    /// Take one.
    ///
    /// # Errors
    /// [`Interruption`], if it cannot be taken by `deadline`.
    fn accept(&mut self, rendition: Rendition, deadline: Instant) -> Result<(), Interruption>;
}

/// Collects the renditions of one run.
#[derive(Debug, Clone, Default)]
pub struct Basket(Arc<Mutex<Vec<Rendition>>>);

impl Basket {
    /// What was emitted.
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
