//! The transform `resize`, with HEIC and AVIF among the formats that it reads, and AVIF among those
//! that it writes.
//!
//! It is a component of its own for the reason that `resize-avif` is one, and for another: HEVC, which
//! codes HEIC's pictures, has patents on it, and whoever deploys a decoder decides about them. AVIF is
//! in it because both lie in the same container, and because whoever takes pictures from telephones
//! takes both. Route to it in the place of `resize`.

pub use resize::Resize;
