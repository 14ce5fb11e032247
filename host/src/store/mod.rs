//! Objects in S3: the only place that talks to it.
//!
//! - `client`: one client, with its time-outs
//! - `object`: reading and writing, with conditions
//! - `record`: objects of JSON, changed on condition
//! - `listing`: what there is under a prefix
//! - `presign`: addresses with which anybody can read an object for a while
//! - `mark`: marks on objects that nothing names any more
//! - `download`: a body that is read while it arrives
//! - `encoding`: what was uploaded compressed
//! - `delete`: deleting, many at a time
//! - `blank`: keys of nothing but white space
//! - `answer`: what S3's error codes mean here
//! - `error`: what can go wrong

mod answer;
mod blank;
mod client;
mod delete;
mod download;
mod encoding;
mod error;
mod listing;
mod mark;
mod object;
mod presign;
mod record;

pub use answer::Meaning;
pub use client::Store;
pub use download::Download;
pub use encoding::Undecoded;
pub use error::StoreError;
pub use listing::Listed;
pub use mark::UNREFERENCED;
pub use object::{Condition, Fetched, Head, Object, Put, Written};
pub use record::{Change, ROUNDS, Record, Updated};
