//! What the targets share.
//!
//! A target's input is a file, as it would be uploaded, so that what was found can be kept as a test
//! as it is. Where a target has settings, the last byte of the input chooses them: decoders pass over
//! what stands behind the picture.

mod against;
mod limits;
mod memory;
mod still;

pub use against::{ours, same};
pub use limits::{LIMITS, SLACK, settings};
pub use memory::{Counting, within};
pub use still::{Wanted, check, still};
