//! The transform `resize`, with AVIF among the formats that it writes.
//!
//! It is a component of its own because rav1e makes it half as large again, which whoever does
//! without AVIF would pay for at every cold start. It takes the same parameters and gives the same
//! renditions: publish it in the place of `resize`, and `"format": "avif"` works.

pub use resize::Resize;
