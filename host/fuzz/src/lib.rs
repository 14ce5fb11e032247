//! Shared code of the targets.

mod canned;
mod samples;

pub use canned::{Canned, run};
pub use samples::{DOCUMENT, document, manifest};
