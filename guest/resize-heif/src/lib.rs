//! The transform `resize`, with HEIC and AVIF among the formats that it reads, and AVIF among those
//! that it writes.
//!
//! It is a separate component for the same reason as `resize-avif`, and because HEVC, the codec of
//! HEIC, is patented, so deploying a decoder is the operator's decision. It includes AVIF because
//! both use the same container, and because phones produce both. Route to it instead of `resize`.

pub use resize::Resize;
