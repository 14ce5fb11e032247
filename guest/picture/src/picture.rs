//! Decodes a file to an upright picture in sRGB.

use std::io::{Cursor, Read};

use obscura_sdk::{Error, Limits, Source};

use crate::animation::Animation;
use crate::decode::{self, Budget, Demand, Header, Picture as Decoded};
use crate::format::{Format, HEAD};
use crate::frame::{Frame, Kind};
use crate::geometry::{Region, Size};
use crate::pixels::Pixels;
use crate::profile::Embedded;
use crate::resample::{Chroma, resize};

/// Memory per pixel in addition to the decoder's planes: a copy of these when it is rotated or
/// converted, and RGBA pixels.
const BYTES_A_PIXEL: u64 = 7;

/// The largest scale at which chroma of half the size is sufficient.
const CHROMA_SCALE: f64 = 1.0 / 16.0;

/// The required detail of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// All of it.
    Full,
    /// The minimum number of pixels on the longer side; allows decoding at a reduced scale.
    Side(u32),
}

/// A picture in memory.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Its file format.
    pub format: Format,
    /// Its width in pixels, upright.
    pub width: u32,
    /// Its height in pixels, upright.
    pub height: u32,
    /// Its planes, upright and in sRGB; smaller than the picture only if [`Detail`] allows it. A
    /// [`Kind::Ycc`] frame has full chroma, or half in each direction.
    pub frame: Frame,
}

impl Picture {
    /// Read a picture; for an animation, the first frame. Limits are checked against its header,
    /// before memory is allocated for pixels.
    ///
    /// # Errors
    /// [`Error::UnsupportedFormat`]: the format, or a rare kind of it, is not read.
    /// [`Error::Malformed`]: the file is damaged. [`Error::LimitExceeded`]: it has more pixels, or
    /// needs more memory, than the source's limits allow.
    pub fn read(source: &mut Source<'_>, detail: Detail) -> Result<Self, Error> {
        let limits = source.limits();
        Self::decode(source, detail, limits)
    }

    /// Decode a picture's file.
    ///
    /// # Errors
    /// As of [`read`](Self::read).
    pub fn decode(mut file: impl Read, detail: Detail, limits: Limits) -> Result<Self, Error> {
        let mut head = Vec::with_capacity(HEAD);
        file.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let format = Format::sniff(&head)?;
        let demand = Wanted { detail, limits };
        let decoded = match format {
            Format::Webp => {
                let mut whole = head;
                file.read_to_end(&mut whole)?;
                match Animation::open(format, &whole, limits, false)? {
                    Some(animation) => animation.first(&demand)?,
                    None => decode::decode(format, &mut Cursor::new(whole), limits, &demand)?,
                }
            }
            _ => decode::decode(format, &mut Cursor::new(head).chain(file), limits, &demand)?,
        };
        let Decoded { header, frame, profile, .. } = decoded;
        let frame = header.orientation.upright(in_srgb(frame, profile.as_ref()));
        let Size { width, height } = header.size.transposed(header.orientation.transposes());
        Ok(Self { format, width, height, frame })
    }

    /// Its pixels, as many as `frame` has.
    #[must_use]
    pub fn pixels(&self) -> Pixels {
        Pixels::of_frame(&self.frame)
    }

    /// The picture scaled to fit into `side` × `side` pixels, at least one pixel each way and never
    /// enlarged.
    #[must_use]
    pub fn fitting(&self, side: u32) -> Frame {
        let longer = self.width.max(self.height).max(1);
        let fit = |length: u32| {
            let exact = f64::from(length) * f64::from(side.min(longer)) / f64::from(longer);
            (exact.round() as u32).max(1)
        };
        let size = Size::new(fit(self.width), fit(self.height));
        resize(&self.frame, Region::WHOLE, size, Chroma::Full)
    }
}

/// The demands for the decoder.
struct Wanted {
    detail: Detail,
    limits: Limits,
}

impl Wanted {
    /// The needed scale, 0 to 1.
    fn part(&self, Size { width, height }: Size) -> f64 {
        match self.detail {
            Detail::Full => 1.0,
            Detail::Side(side) => (f64::from(side) / f64::from(width.max(height).max(1))).min(1.0),
        }
    }
}

impl Demand for Wanted {
    fn scale(&self, header: Header) -> Result<f64, Error> {
        let scale = self.part(header.size);
        let pixels = header.size.pixels() as f64 * scale * scale;
        let bytes = (pixels as u64).saturating_mul(BYTES_A_PIXEL);
        Budget(self.limits).memory(header.size, bytes)?;
        Ok(scale)
    }

    fn takes_chroma(&self, header: Header) -> bool {
        self.part(header.size) <= CHROMA_SCALE
    }

    fn renders_damaged(&self) -> bool {
        false
    }

    fn takes_depth(&self) -> bool {
        false
    }
}

/// In sRGB, with full chroma or half in each direction.
fn in_srgb(frame: Frame, profile: Option<&Embedded>) -> Frame {
    let conversion = profile.and_then(|profile| profile.conversion.as_ref());
    let Size { width, height } = frame.size;
    let half = Size::new(width.div_ceil(2), height.div_ceil(2));
    let usual = |size: Size| size == frame.size || size == half;
    let odd = frame.rasters.iter().any(|raster| !usual(raster.size));
    let frame = if odd || conversion.is_some() && frame.kind == Kind::Ycc {
        resize(&frame, Region::WHOLE, frame.size, Chroma::Full)
    } else {
        frame
    };
    match conversion {
        Some(conversion) => conversion.convert(frame),
        None => frame,
    }
}
