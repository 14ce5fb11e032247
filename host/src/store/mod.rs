//! The S3 client, the only module that uses S3.
//!
//! - `client`: the client and its timeouts
//! - `object`: conditional reads and writes
//! - `head`: an object's metadata
//! - `record`: JSON objects with conditional updates
//! - `listing`: lists objects under a prefix
//! - `genuine`: refuses successes that are not S3's
//! - `presign`: presigned URLs
//! - `mark`: tags unreferenced objects
//! - `download`: streamed bodies
//! - `encoding`: decodes compressed uploads
//! - `delete`: deletes objects in batches
//! - `blank`: keys that consist of white space
//! - `answer`: the meaning of S3's error codes
//! - `error`: errors

mod answer;
mod blank;
mod client;
mod delete;
mod download;
mod encoding;
mod error;
mod genuine;
mod head;
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
pub use head::Head;
pub use listing::Listed;
pub use mark::UNREFERENCED;
pub use object::{Condition, Fetched, Object, Put, Written};
pub use record::{Change, ROUNDS, Record, Updated};
