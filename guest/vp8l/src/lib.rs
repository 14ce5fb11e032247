//! VP8L: the pictures in lossless WebP files, and the opacity in lossy ones (RFC 9649, section 3).
//!
//! [`encode`] encodes pixels, [`encode_opacity`] the content of the opacity chunk. The steps:
//!
//! - `plan`: the choice of transforms, by the entropy of their output
//! - `palette`, `predict`, `cross`: the transforms
//! - `matches`, `parse`, `coded`: repetitions, found by hashes and chosen by cost
//! - `cache`, `groups`: the colour cache, and shared codes for similar parts of the picture
//! - `prefix`, `bits`, `stream`: writing the result
//!
//! [`table_bytes`] computes the memory that decoding a file would take.

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

/// Encode opacity, given as the pixels' green: the body of a compressed `ALPH` chunk, after its
/// first byte.
#[must_use]
pub fn encode_opacity(image: Image) -> Vec<u8> {
    plan::write(image, BitWriter::new()).finish()
}

#[cfg(test)]
mod tests;
