//! The store, against a server that answers as S3 does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod downloads;
mod keys;
mod records;
mod stub;
