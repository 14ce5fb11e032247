//! Shared code of the targets.
//!
//! A target's input is a file as it would be uploaded, so that a finding can be kept as a test
//! unchanged. If a target has settings, the last byte of the input selects them: decoders ignore
//! data after the picture.

mod against;
mod limits;
mod memory;
mod still;

pub use against::{ours, same};
pub use limits::{LIMITS, SLACK, settings};
pub use memory::{Counting, within};
pub use still::{Wanted, check, still};
