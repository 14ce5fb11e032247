//! A JPEG decoder and encoder that work on planes.
//!
//! Most renditions never need RGB: a picture is decoded to its components, these are resized as
//! single planes, and encoded again. Both directions therefore use [`Plane`]s, and [`color`]
//! converts colours only on request.
//!
//! - [`Decoder`]: bytes from a reader to rows of planes, at N/8 of the size for N from 1 to 8.
//! - [`Encoder`]: rows of planes to a writer, baseline or progressive; [`encode`] for whole planes.
//! - [`color`]: RGB and other colours to planes and back.
//!
//! Internally, from the file to the samples: `source` (bytes, markers, bits), `header` and `tables`
//! (marker segments; `standard` for missing tables), `frame` (geometry), `huffman` (bits to
//! coefficients), `sequential` and `progressive` (the two kinds of scans, with `restart`), `idct`
//! (coefficients to samples), all driven by `decoder`. SIMD, and with it all `unsafe`, is in the
//! crate `obscura-simd`.

pub mod color;
mod decoder;
mod encoder;
mod error;
mod frame;
mod header;
mod huffman;
mod idct;
mod plane;
mod progressive;
mod restart;
mod sequential;
mod source;
mod standard;
mod tables;
mod zigzag;

pub use decoder::Decoder;
pub use encoder::{Encoder, Sampling, Settings, encode};
pub use error::Error;
pub use header::{ColorModel, Component, Header};
pub use plane::{Plane, Planes, Rows, Strip};
