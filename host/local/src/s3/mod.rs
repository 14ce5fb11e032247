//! An S3 server for a folder.
//!
//! - [`store`]: the data on disk, and its lock; with [`blob`] (bytes), [`meta`] (metadata),
//!   [`uploads`] (multipart), [`browse`] (links for people)
//! - [`ops`]: the protocol's operations, one file each for buckets, objects, copies, listings,
//!   parts and tags; with [`condition`], [`receive`], [`digest`] and [`list`]
//! - [`reader`]: direct reads without the protocol, for delivery
//! - [`server`]: the HTTP server; with [`headers`], which are refused instead of ignored, and
//!   [`xml`]
//! - [`access`]: the key, and access without it
//! - [`archive`] and [`version`]: storage classes and version ids
//! - [`change`]: changes and their listeners
//! - [`faults`]: fault injection, and request counters

mod access;
mod archive;
mod blob;
mod browse;
mod change;
mod condition;
mod digest;
mod error;
mod faults;
mod headers;
mod list;
mod meta;
mod ops;
mod reader;
mod receive;
mod sequencer;
mod server;
mod store;
mod uploads;
mod version;
mod xml;

/// For fuzzing: the operations on a folder.
#[cfg(feature = "fuzzing")]
pub(crate) fn operations(
    root: &std::path::Path,
    observer: std::sync::Arc<dyn Observer>,
) -> std::io::Result<ops::Operations> {
    Ok(ops::Operations::new(std::sync::Arc::new(store::Store::open(root, observer)?)))
}

pub use crate::account::REGION;
pub use access::Sharing;
pub use change::{Announcement, Change, ChangeKind, Observer};
pub use faults::{Fault, Faults, Matcher};
pub(crate) use reader::{ObjectReader, OpenObject, ReadError};
pub use server::S3Server;
