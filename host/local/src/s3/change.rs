//! What happened to an object, and who is told.

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
    /// A `RestoreObject` that is done.
    RestoreCompleted,
    /// A `DeleteObject`, or one key of a `DeleteObjects`.
    Delete,
}

impl ChangeKind {
    /// The name of the event as S3 writes it into a record.
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
    /// What happened.
    pub kind: ChangeKind,
    /// In which bucket.
    pub bucket: String,
    /// To which key, decoded.
    pub key: String,
    /// The size of the new object; absent for a delete.
    pub size: Option<u64>,
    /// The ETag of the new object, without quotes; absent for a delete.
    pub etag: Option<String>,
    /// Grows with every change, across restarts too.
    pub sequencer: u64,
    /// When, in milliseconds since the epoch.
    pub time_ms: u64,
}

/// Told of every change, in the order of the changes.
pub trait Observer: Send + Sync + 'static {
    /// Called just *before* a change becomes visible, so that the announcement can be made durable
    /// first: a crash in between leaves an announcement too many, never one too few.
    ///
    /// # Errors
    /// The change is then not made.
    fn announce(&self, change: &Change) -> io::Result<Box<dyn Announcement>>;
}

/// An announcement that waits for its change to become visible.
pub trait Announcement: Send {
    /// The change is visible: deliver. Without this call the change did not happen, and dropping
    /// the announcement withdraws it.
    fn publish(self: Box<Self>);
}

/// Nobody listens.
impl Observer for () {
    fn announce(&self, _change: &Change) -> io::Result<Box<dyn Announcement>> {
        Ok(Box::new(()))
    }
}

impl Announcement for () {
    fn publish(self: Box<Self>) {}
}
