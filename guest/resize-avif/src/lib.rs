//! The transform `resize`, with AVIF among the formats that it reads and writes.
//!
//! It is a separate component because AV1's encoder and decoder double its size, which would slow
//! down every cold start even without AVIF, and because the encoder, libaom, is written in C. It has
//! the same parameters and makes the same renditions: route to it instead of `resize` to read AVIF
//! pictures and to use `"format": "avif"`. `resize-heif` also reads HEIC.

pub use resize::Resize;
