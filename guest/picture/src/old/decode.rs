//! From a file to pixels.

use std::io::{Cursor, Read};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader};
use obscura_sdk::{Error, Limits, Source};

use super::format::Format;
use super::profile::Profile;
use super::{budget, jpeg};

/// A picture in memory.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What its file is.
    pub format: Format,
    /// Its width in pixels, upright.
    pub width: u32,
    /// Its height in pixels, upright.
    pub height: u32,
    /// Its pixels, upright and in sRGB: `ImageRgb8`, or `ImageRgba8` where its
    /// format has opacity. Smaller than the picture only where [`Detail`] allows
    /// it.
    pub pixels: DynamicImage,
}

/// How much of a picture's detail is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// All of it.
    Full,
    /// No less than so many pixels on the longer side. What is decoded more
    /// quickly at a reduced scale, is.
    Side(u32),
}

/// A decoded picture as it is stored.
pub(crate) struct Stored {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
    pub(crate) icc: Option<Vec<u8>>,
    pub(crate) pixels: DynamicImage,
}

impl Picture {
    /// Read a picture. Limits are checked by its header, before memory is taken
    /// for its pixels.
    ///
    /// # Errors
    /// The format is not read, the file is damaged, or a limit is exceeded.
    pub fn read(source: &mut Source<'_>, detail: Detail) -> Result<Self, Error> {
        let limits = source.limits();
        budget::memory(source.size(), limits)?;
        let mut file = Vec::new();
        source.read_to_end(&mut file)?;
        Self::decode(file, detail, limits)
    }

    /// Decode a picture's file.
    ///
    /// # Errors
    /// As of [`read`](Self::read).
    pub fn decode(file: Vec<u8>, detail: Detail, limits: Limits) -> Result<Self, Error> {
        let format = Format::of(&file)?;
        let stored = match format {
            Format::Jpeg => jpeg::decode(&file, detail, limits)?,
            Format::Png | Format::Webp | Format::Gif => decode(&file, format, limits)?,
        };
        drop(file);
        let Stored { mut width, mut height, orientation, icc, mut pixels } = stored;
        if let Some(profile) = icc.and_then(|icc| Profile::read(&icc)) {
            profile.convert(&mut pixels);
        }
        if transposes(orientation) {
            (width, height) = (height, width);
        }
        pixels.apply_orientation(orientation);
        Ok(Self { format, width, height, pixels })
    }
}

fn decode(file: &[u8], format: Format, limits: Limits) -> Result<Stored, Error> {
    let mut reader = ImageReader::with_format(Cursor::new(file), format.of_image());
    reader.no_limits();
    let mut decoder = reader.into_decoder().map_err(|error| fault(format, &error))?;
    let (width, height) = decoder.dimensions();
    let pixels = budget::pixels(width, height, limits)?;
    // `into_decoder` does not look at `total_bytes`. Afterwards, there are once
    // more as many when it is converted or turned.
    let decoded = decoder.total_bytes();
    let needed = decoded.saturating_add(decoded.max(pixels.saturating_mul(4)));
    let left = budget::memory(needed.saturating_add(file.len() as u64), limits)?;
    let mut within = image::Limits::default();
    (within.max_image_width, within.max_image_height) = (None, None);
    within.max_alloc = Some(left);
    decoder.set_limits(within).map_err(|error| fault(format, &error))?;

    // What cannot be read of either is not worth losing the picture for.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let icc = decoder.icc_profile().unwrap_or_default();
    let pixels = DynamicImage::from_decoder(decoder).map_err(|error| fault(format, &error))?;
    let pixels = match pixels {
        same @ (DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_)) => same,
        other if other.color().has_alpha() => other.into_rgba8().into(),
        other => other.into_rgb8().into(),
    };
    Ok(Stored { width, height, orientation, icc, pixels })
}

fn transposes(orientation: Orientation) -> bool {
    use Orientation as O;
    matches!(orientation, O::Rotate90 | O::Rotate270 | O::Rotate90FlipH | O::Rotate270FlipH)
}

fn fault(format: Format, error: &ImageError) -> Error {
    let name = match format {
        Format::Jpeg => "JPEG",
        Format::Png => "PNG",
        Format::Webp => "WebP",
        Format::Gif => "GIF",
    };
    match error {
        ImageError::Limits(error) => Error::LimitExceeded(format!(
            "the {name} picture is over a limit ({error}); make it smaller, or raise the limit of \
             memory"
        )),
        ImageError::Unsupported(error) => Error::UnsupportedFormat(format!(
            "this {name} is of a rare kind that is not read ({error}); save it as an ordinary one"
        )),
        error => Error::Malformed(format!(
            "the {name} file is damaged or cut short ({error}); upload it again"
        )),
    }
}
