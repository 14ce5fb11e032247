//! The store, with a server that responds like S3.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod downloads;
mod keys;
mod listings;
mod records;
mod stub;
