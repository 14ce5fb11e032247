//! Pictures for transforms that process pixels: decoded within limits, upright and in sRGB; encoded
//! without metadata.
//!
//! ```
//! use obscura_picture::{Detail, Picture, encode};
//! use obscura_sdk::{Error, Output, Rendition, Source};
//!
//! /// The picture in grey.
//! fn transform(source: &mut Source<'_>, output: &mut Output) -> Result<(), Error> {
//!     let picture = Picture::read(source, Detail::Full)?;
//!     let grey = picture.pixels().grayscale();
//!     let format = picture.format.written();
//!     let body = encode(&grey, format, 85)?;
//!     output.emit(
//!         Rendition::new("grey", format.media_type(), body).sized(grey.width(), grey.height()),
//!     );
//!     Ok(())
//! }
//! ```
//!
//! The modules are the steps, for transforms that call them directly, such as `resize`:
//!
//! - [`format`](mod@format): detects file formats
//! - [`decode`], [`animation`]: decodes a file's header, then its pixels, at a reduced scale if
//!   sufficient
//! - [`frame`], [`geometry`], [`range`]: a picture in memory: luma and chroma planes from JPEG to
//!   JPEG, RGB otherwise
//! - [`colour`], [`light`], [`orientation`], [`profile`]: the meaning of its samples
//! - [`metadata`]: metadata of a file
//! - [`resample`], [`precise`]: resizes, fast, or in linear light and 16 bits
//! - [`encode`](mod@encode): encodes frames to files

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod animation;
pub mod colour;
pub mod decode;
pub mod encode;
mod fault;
pub mod format;
pub mod frame;
pub mod geometry;
pub mod light;
pub mod metadata;
pub mod orientation;
mod picture;
mod pixels;
pub mod precise;
pub mod profile;
pub mod range;
pub mod resample;
mod target;
mod tiff;
mod write;

pub use fault::jpeg_fault;
pub use format::{ACCEPTED, Format};
pub use picture::{Detail, Picture};
pub use pixels::Pixels;
pub use target::Target;
pub use write::{encode, encode_frame};
