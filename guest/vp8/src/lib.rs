//! VP8 key frames (RFC 6386): the pictures in lossy WebP files.
//!
//! - [`Decoder`]: a frame to planes, a row of blocks at a time.
//! - [`encode`]: planes to a frame.
//!
//! Shared modules: `tables` (the standard's numbers), `predict` (samples from surrounding samples),
//! `transform` (coefficients to samples and back).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod decode;
mod encode;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod predict;
mod tables;
mod transform;

pub use decode::{Decoder, Error, Rows, Strip};
pub use encode::{Source, encode};
