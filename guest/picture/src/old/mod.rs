//! What `watermark`, `placeholder` and the guides still use.

mod budget;
mod decode;
mod encode;
mod format;
mod jpeg;
mod profile;
mod shrink;

pub use decode::{Detail, Picture};
pub use encode::encode;
pub use format::{ACCEPTED, Format, Target};
pub use shrink::shrink;
