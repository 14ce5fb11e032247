//! VP8L: the pictures in lossless WebP files, and the opacity in lossy ones (RFC 9649, section 3).
//!
//! [`encode`] makes a chunk of pixels, [`encode_opacity`] what the chunk of opacity holds. The steps:
//!
//! - `plan`: which transforms suit the picture, by the entropy that they leave
//! - `palette`, `predict`, `cross`: the transforms
//! - `matches`, `parse`, `coded`: repetitions, found by hashes and chosen by what they cost
//! - `cache`, `groups`: a cache of colours, and codes for parts of the picture that are alike
//! - `prefix`, `bits`, `stream`: how all of it is written
//!
//! [`table_bytes`] says of a file what decoding it would take.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bits;
mod cache;
mod coded;
mod costs;
mod cross;
mod distance;
mod entropy;
mod groups;
mod histogram;
mod image;
mod matches;
mod packed;
mod palette;
mod parse;
mod plan;
mod predict;
mod prefix;
mod rows;
mod stream;
mod symbol;
mod tables;
mod token;

pub use image::Image;
pub use tables::table_bytes;

use bits::BitWriter;

/// Encode a picture: the body of a `VP8L` chunk.
#[must_use]
pub fn encode(image: Image) -> Vec<u8> {
    let mut out = BitWriter::new();
    out.put(0x2f, 8);
    out.put(image.width as u32 - 1, 14);
    out.put(image.height() as u32 - 1, 14);
    out.put(u32::from(!image.is_opaque()), 1);
    out.put(0, 3); // The version.
    plan::write(image, out).finish()
}

/// Encode opacity, given as the green of pixels: the body of an `ALPH` chunk that is compressed,
/// after its first byte.
#[must_use]
pub fn encode_opacity(image: Image) -> Vec<u8> {
    plan::write(image, BitWriter::new()).finish()
}

#[cfg(test)]
mod tests;
