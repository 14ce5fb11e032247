//! The transform `resize`, with AVIF among the formats that it reads and writes.
//!
//! It is a component of its own because AV1's encoder and decoder make it twice as large, which
//! whoever does without AVIF would pay for at every cold start. It takes the same parameters and
//! gives the same renditions: route to it in the place of `resize`, and AVIF pictures are read, and
//! `"format": "avif"` works. `resize-heif` reads HEIC, too.

pub use resize::Resize;
