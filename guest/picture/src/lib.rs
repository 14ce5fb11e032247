//! Pictures for transforms that work on pixels: read within the limits, upright
//! and in sRGB; written without metadata.
//!
//! ```
//! use obscura_picture::{Detail, Picture, encode};
//! use obscura_sdk::{Error, Output, Rendition, Source};
//!
//! /// The picture in grey.
//! fn transform(source: &mut Source<'_>, output: &mut Output) -> Result<(), Error> {
//!     let picture = Picture::read(source, Detail::Full)?;
//!     let grey = picture.pixels.grayscale();
//!     let format = picture.format.written();
//!     let body = encode(&grey, format, 85)?;
//!     output.emit(
//!         Rendition::new("grey", format.media_type(), body).sized(grey.width(), grey.height()),
//!     );
//!     Ok(())
//! }
//! ```
//!
//! PNG, WebP and GIF go through the crate [`image`], JPEG through
//! [`obscura_jpeg`], which decodes at a reduced scale where that is enough.
//!
//! - [`Picture`]: from a file to pixels
//! - [`Format`]: what a file is, told by its bytes
//! - [`encode`]: from pixels to a file
//! - [`shrink`]: a small version of a picture
//! - [`jpeg_fault`]: what an error of the JPEG decoder is to an uploader

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod budget;
mod decode;
mod encode;
mod format;
mod jpeg;
mod profile;
mod shrink;

pub use decode::{Detail, Picture};
pub use encode::encode;
pub use format::{ACCEPTED, Format, Target};
pub use image;
pub use jpeg::jpeg_fault;
pub use shrink::shrink;
