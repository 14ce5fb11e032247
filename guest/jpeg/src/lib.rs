//! A JPEG decoder and encoder that work on planes.
//!
//! Most renditions never need RGB: a picture is decoded to its components, these are resized as
//! single planes, and encoded again. Both directions therefore speak [`Plane`]s, and colour is
//! converted by [`color`] only where somebody asks for it.
//!
//! - [`Decoder`]: bytes from a reader to rows of planes, at N/8 of the size for N from 1 to 8.

mod decoder;
mod error;
mod frame;
mod header;
mod huffman;
mod idct;
mod plane;
mod progressive;
mod restart;
mod sequential;
mod simd;
mod source;
mod tables;
mod zigzag;

pub use decoder::Decoder;
pub use error::Error;
pub use header::{ColorModel, Component, Header};
pub use plane::{Plane, Planes, Rows, Strip};
