//! An S3 server over a folder.
//!
//! - [`store`]: what is on disk, and the lock under which it changes; beside it [`blob`] (bytes),
//!   [`meta`] (everything else), [`uploads`] (in parts), [`browse`] (links for people)
//! - [`ops`]: the protocol's operations, a file each for buckets, objects, copies, listings, parts
//!   and tags; beside it [`condition`], [`receive`], [`digest`] and [`list`]
//! - [`reader`]: reading past the protocol, for what serves objects in its own way
//! - [`server`]: the socket; beside it [`headers`], what is refused rather than ignored, and
//!   [`xml`]
//! - [`access`]: the key, and what is shared without it
//! - [`archive`] and [`version`]: what storage classes and version ids mean here
//! - [`change`]: who is told of what happened
//! - [`faults`]: misbehaviour on request, and request counters

mod access;
mod archive;
mod blob;
mod browse;
mod change;
mod condition;
mod digest;
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

/// The operations over a folder, for fuzzing.
#[cfg(feature = "fuzzing")]
pub(crate) fn operations(
    root: &std::path::Path,
    observer: std::sync::Arc<dyn Observer>,
) -> std::io::Result<ops::Operations> {
    Ok(ops::Operations::new(std::sync::Arc::new(store::Store::open(root, observer)?)))
}

pub use access::Sharing;
pub use change::{Announcement, Change, ChangeKind, Observer};
pub use faults::{Fault, Faults, Matcher};
pub(crate) use reader::{ObjectReader, OpenObject, ReadError};
pub use server::{REGION, S3Server};
