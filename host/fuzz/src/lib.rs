//! What the targets share.

mod canned;
mod samples;

pub use canned::{Canned, run};
pub use samples::{DOCUMENT, document, manifest};
