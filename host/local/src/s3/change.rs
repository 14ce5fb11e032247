//! Changes of objects, and their listeners.

use std::io;

/// The kinds of change that S3 announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// A `PutObject`.
    Put,
    /// A `CopyObject`.
    Copy,
    /// A `CompleteMultipartUpload`.
    CompleteMultipartUpload,
    /// A completed `RestoreObject`.
    RestoreCompleted,
    /// A `DeleteObject`, or one key of a `DeleteObjects`.
    Delete,
}

impl ChangeKind {
    /// The event name in S3's records.
    pub fn event_name(self) -> &'static str {
        match self {
            Self::Put => "ObjectCreated:Put",
            Self::Copy => "ObjectCreated:Copy",
            Self::CompleteMultipartUpload => "ObjectCreated:CompleteMultipartUpload",
            Self::RestoreCompleted => "ObjectRestore:Completed",
            Self::Delete => "ObjectRemoved:Delete",
        }
    }
}

/// One change of one object.
#[derive(Debug, Clone)]
pub struct Change {
    /// The kind of change.
    pub kind: ChangeKind,
    /// The bucket.
    pub bucket: String,
    /// The key, decoded.
    pub key: String,
    /// The size of the new object; absent for a delete.
    pub size: Option<u64>,
    /// The ETag of the new object, without quotes; absent for a delete.
    pub etag: Option<String>,
    /// Increases with every change, also across restarts.
    pub sequencer: u64,
    /// The time, in milliseconds since the epoch.
    pub time_ms: u64,
}

/// A listener for every change, in order.
pub trait Observer: Send + Sync + 'static {
    /// Called just *before* a change becomes visible, so that the announcement is durable first: a
    /// crash in between leaves a spurious announcement, never a missing one.
    ///
    /// # Errors
    /// The change is not made.
    fn announce(&self, change: &Change) -> io::Result<Box<dyn Announcement>>;
}

/// An announcement that waits for its change to become visible.
pub trait Announcement: Send {
    /// Deliver it: the change is visible. Without this call, the change did not happen, and
    /// dropping the announcement discards it.
    fn publish(self: Box<Self>);
}

/// No listener.
impl Observer for () {
    fn announce(&self, _change: &Change) -> io::Result<Box<dyn Announcement>> {
        Ok(Box::new(()))
    }
}

impl Announcement for () {
    fn publish(self: Box<Self>) {}
}
