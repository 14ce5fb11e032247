//! Encodes frames according to a rendition.

mod animated;
mod file;
mod search;
mod still;
mod webp;

pub(crate) use animated::{Animated, Timing};
pub(crate) use file::{Encoded, chroma_of, fits, needed};
pub(crate) use still::{encode, encode_deep};
