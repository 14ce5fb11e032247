//! Shared code of the tests.
//!
//! - [`fixtures`]: the components of `guest/fixtures`, built on demand
#![allow(dead_code, missing_docs, unreachable_pub)] // no test program uses all of it
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod fixtures;
