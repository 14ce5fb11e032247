//! The mark.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use obscura_picture::image::imageops::{self, FilterType};
use obscura_picture::image::{Rgba, RgbaImage};
use obscura_picture::{Detail, Format, Picture};
use obscura_sdk::{Error, Limits};

use crate::parameters::Parameters;

/// What its data URI starts with.
pub(crate) const PREFIX: &str = "data:image/png;base64,";

/// The mark that is used when none is configured: a copyright sign in white with
/// a dark rim.
pub(crate) const COPYRIGHT: &[u8] = include_bytes!("copyright.png");

/// The most pixels that it may have.
const MAX_PIXELS: u64 = 1_000_000;

/// A mark as it came, its colours premultiplied by its opacity.
pub(crate) struct Overlay(RgbaImage);

impl Overlay {
    /// From its data URI.
    pub(crate) fn parse(uri: &str) -> Result<Self, Error> {
        let wrong = |what: &str| Error::InvalidParameters(format!("`overlay`: {what}"));
        let text = uri
            .strip_prefix(PREFIX)
            .ok_or_else(|| wrong(&format!("it does not begin with `{PREFIX}`; give a PNG so")))?;
        let file = STANDARD
            .decode(text)
            .map_err(|error| wrong(&format!("it is not Base64 ({error}); encode it again")))?;
        if Format::of(&file).ok() != Some(Format::Png) {
            return Err(wrong("it is not a PNG; save it as one"));
        }
        let limits = Limits { max_pixels: MAX_PIXELS, max_frames: 1, max_memory: 64 << 20 };
        let picture = Picture::decode(file, Detail::Full, limits).map_err(|error| match error {
            Error::UnsupportedFormat(what)
            | Error::Malformed(what)
            | Error::LimitExceeded(what)
            | Error::InvalidParameters(what)
            | Error::Internal(what) => wrong(&what),
        })?;
        let mut pixels = picture.pixels.into_rgba8();
        for Rgba([r, g, b, alpha]) in pixels.pixels_mut() {
            for value in [r, g, b] {
                *value = ((u32::from(*value) * u32::from(*alpha) + 127) / 255) as u8;
            }
        }
        Ok(Self(pixels))
    }

    /// The mark as it is laid on a picture of this size, in pixels: scaled, and
    /// as transparent as asked for. Its colours stay premultiplied.
    pub(crate) fn laid_on(
        &self,
        picture: (u32, u32),
        parameters: &Parameters,
        limits: Limits,
    ) -> Result<RgbaImage, Error> {
        let (width, height) = self.scaled(picture, parameters.width);
        // The mark, and the resampler's numbers between its two passes.
        let own = u64::from(width) * u64::from(height) * 4;
        let between = u64::from(self.0.width()) * u64::from(height) * 16;
        let beside = u64::from(picture.0) * u64::from(picture.1) * 4;
        if own + between + beside > limits.max_memory {
            return Err(Error::LimitExceeded(format!(
                "a mark of {width}×{height} pixels on this picture needs more memory than the {} \
                 MiB allowed; make it smaller, or raise the limit of memory",
                limits.max_memory >> 20
            )));
        }
        let mut mark = imageops::resize(&self.0, width, height, FilterType::Lanczos3);
        for Rgba([r, g, b, alpha]) in mark.pixels_mut() {
            // The filter overshoots: a colour may come out above its opacity.
            for value in [r, g, b] {
                *value = (*value).min(*alpha);
                *value = (f64::from(*value) * parameters.opacity).round() as u8;
            }
            *alpha = (f64::from(*alpha) * parameters.opacity).round() as u8;
        }
        Ok(mark)
    }

    /// Its width as a share of the picture's, its height as its proportions have
    /// it; smaller where it would be higher than the picture.
    fn scaled(&self, (width, height): (u32, u32), share: f64) -> (u32, u32) {
        let proportion = f64::from(self.0.height()) / f64::from(self.0.width());
        let across = (f64::from(width) * share).min(f64::from(height) / proportion);
        let whole = |exact: f64, most: u32| (exact.round() as u32).clamp(1, most.max(1));
        (whole(across, width), whole(across * proportion, height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_fits_into_the_picture() {
        let wide = Overlay(RgbaImage::new(200, 100));
        assert_eq!(wide.scaled((1000, 800), 0.2), (200, 100));
        assert_eq!(wide.scaled((1000, 100), 1.0), (200, 100));
        assert_eq!(wide.scaled((1, 1), 0.01), (1, 1));
        let high = Overlay(RgbaImage::new(1, 1000));
        assert_eq!(high.scaled((1000, 1000), 0.5), (1, 1000));
    }
}
