//! From a file to a frame, no larger than the renditions need.

#[cfg(feature = "avif")]
mod avif;
mod bmp;
mod gif;
#[cfg(feature = "heic")]
mod heic;
mod inks;
mod jpeg;
mod planes;
mod png;
mod reduce;
mod riff;
mod rows;
mod tiff;
mod webp;
mod written;

use std::io::Read;
use std::sync::Arc;

use obscura_sdk::{Error, Limits};

use crate::format::Format;
use crate::frame::Frame;
use crate::geometry::Size;
use crate::metadata::Blocks;
use crate::orientation::Orientation;
use crate::precise::Deep;
use crate::profile::Embedded;

pub use riff::chunks;
pub use written::decode_written;

/// What is known before anything is decoded.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// The stored size, before it is turned upright.
    pub size: Size,
    /// How it is to be turned.
    pub orientation: Orientation,
}

/// A decoded picture.
#[derive(Debug)]
pub struct Picture {
    /// What is known of it.
    pub header: Header,
    /// As it is stored, whole, possibly at a reduced scale.
    pub frame: Frame,
    /// Its colour profile.
    pub profile: Option<Embedded>,
    /// What the file says of it.
    pub metadata: Blocks,
    /// Its samples of 16 bits, if it has some and they were asked for.
    pub deep: Option<Arc<Deep>>,
    /// Whether a part of it is missing or broken.
    pub damaged: bool,
}

/// What the renditions need of a picture, asked when its header is known.
pub trait Demand {
    /// The largest scale, as a fraction of the stored size, of any rendition.
    ///
    /// # Errors
    /// A rendition of this picture would break a limit.
    fn scale(&self, header: Header) -> Result<f64, Error>;

    /// Whether chroma of half the picture's size is enough for every rendition. All of them are
    /// resized from the picture then.
    fn takes_chroma(&self, header: Header) -> bool;

    /// Whether what is there of a damaged picture is wanted.
    fn renders_damaged(&self) -> bool;

    /// Whether a rendition is made of 16-bit samples.
    fn takes_depth(&self) -> bool;
}

/// Decode a picture.
pub fn decode(
    format: Format,
    reader: &mut dyn Read,
    limits: Limits,
    demand: &dyn Demand,
) -> Result<Picture, Error> {
    let budget = Budget(limits);
    match format {
        Format::Jpeg => jpeg::decode(reader, budget, demand),
        Format::Png => png::decode(reader, budget, demand),
        Format::Webp => webp::decode(reader, budget, demand),
        Format::Gif => gif::decode(reader, budget, demand),
        Format::Tiff => tiff::decode(reader, budget, demand),
        Format::Bmp => bmp::decode(reader, budget, demand),
        #[cfg(feature = "avif")]
        Format::Avif | Format::Heic => avif::decode(reader, budget, demand),
        #[cfg(not(feature = "avif"))]
        Format::Avif | Format::Heic => {
            Err(Error::Internal("AVIF and HEIC are read by `resize-heif`".into()))
        }
    }
}

/// What a picture may cost.
#[derive(Debug, Clone, Copy)]
pub struct Budget(pub Limits);

impl Budget {
    /// What the program itself and an encoder take.
    const OVERHEAD: u64 = 24 << 20;

    /// Refuse a picture of too many pixels.
    pub fn pixels(self, size: Size) -> Result<(), Error> {
        let Size { width, height } = size;
        if width == 0 || height == 0 {
            return Err(Error::Malformed(format!(
                "the picture says it is {width}×{height} pixels"
            )));
        }
        if size.pixels() > self.0.max_pixels {
            return Err(Error::LimitExceeded(format!(
                "the picture has {width}×{height} pixels, more than the {} allowed; \
                 make it smaller, or raise the limit of pixels",
                self.0.max_pixels
            )));
        }
        Ok(())
    }

    /// Refuse a picture of which decoding takes `bytes` at once.
    pub fn memory(self, size: Size, bytes: u64) -> Result<(), Error> {
        let needed = bytes.saturating_add(Self::OVERHEAD);
        if needed > self.0.max_memory {
            return Err(Error::LimitExceeded(format!(
                "the picture of {}×{} pixels needs {} MiB of memory, more than the {} allowed; \
                 make it smaller, or raise the limit of memory",
                size.width,
                size.height,
                needed >> 20,
                self.0.max_memory >> 20
            )));
        }
        Ok(())
    }
}
