//! The mark.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use obscura_picture::frame::Frame;
use obscura_picture::geometry::{Region, Size};
use obscura_picture::resample::{Chroma, resize};
use obscura_picture::{Detail, Format, Picture, Pixels};
use obscura_sdk::{Error, Limits};

use crate::parameters::{PREFIX, Parameters};

/// Its maximum number of pixels.
const MAX_PIXELS: u64 = 1_000_000;

/// A decoded mark: premultiplied RGBA.
pub(crate) struct Overlay(Frame);

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
        if Format::sniff(&file).ok() != Some(Format::Png) {
            return Err(wrong("it is not a PNG; save it as one"));
        }
        let limits = Limits { max_pixels: MAX_PIXELS, max_frames: 1, max_memory: 64 << 20 };
        let picture =
            Picture::decode(file.as_slice(), Detail::Full, limits).map_err(
                |error| match error {
                    Error::UnsupportedFormat(what)
                    | Error::Malformed(what)
                    | Error::LimitExceeded(what)
                    | Error::InvalidParameters(what)
                    | Error::Internal(what) => wrong(&what),
                },
            )?;
        let pixels: Vec<u8> = picture.pixels().iter().flatten().collect();
        Ok(Self(Pixels::rgba(picture.width, picture.height, pixels)?.to_frame()))
    }

    /// The mark for a picture of this size, in pixels: scaled, with the requested opacity,
    /// premultiplied.
    pub(crate) fn laid_on(
        &self,
        picture: (u32, u32),
        parameters: &Parameters,
        limits: Limits,
    ) -> Result<Frame, Error> {
        let (width, height) = self.scaled(picture, parameters.width);
        // Its planes, in the picture's colour model.
        let own = u64::from(width) * u64::from(height) * 8;
        let beside = u64::from(picture.0) * u64::from(picture.1) * 4;
        if own + beside > limits.max_memory {
            return Err(Error::LimitExceeded(format!(
                "a mark of {width}×{height} pixels on this picture needs more memory than the {} \
                 MiB allowed; make it smaller, or raise the limit of memory",
                limits.max_memory >> 20
            )));
        }
        let mut mark = resize(&self.0, Region::WHOLE, Size::new(width, height), Chroma::Full);
        let faded: [u8; 256] =
            std::array::from_fn(|value| (value as f64 * parameters.opacity).round() as u8);
        if let [colours @ .., opacity] = mark.rasters.as_mut_slice() {
            for plane in colours {
                for (value, alpha) in plane.samples.iter_mut().zip(&opacity.samples) {
                    // The filter overshoots, so a colour may exceed its alpha.
                    *value = faded[usize::from((*value).min(*alpha))];
                }
            }
            opacity.samples.iter_mut().for_each(|alpha| *alpha = faded[usize::from(*alpha)]);
        }
        Ok(mark)
    }

    /// Its width is a share of the picture's, its height follows; smaller if it would be higher
    /// than the picture.
    fn scaled(&self, (width, height): (u32, u32), share: f64) -> (u32, u32) {
        let proportion = f64::from(self.0.size.height) / f64::from(self.0.size.width);
        let across = (f64::from(width) * share).min(f64::from(height) / proportion);
        let whole = |exact: f64, most: u32| (exact.round() as u32).clamp(1, most.max(1));
        (whole(across, width), whole(across * proportion, height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay(width: u32, height: u32) -> Overlay {
        let clear = vec![0; width as usize * height as usize * 4];
        Overlay(Pixels::rgba(width, height, clear).unwrap().to_frame())
    }

    #[test]
    fn a_mark_fits_into_the_picture() {
        let wide = overlay(200, 100);
        assert_eq!(wide.scaled((1000, 800), 0.2), (200, 100));
        assert_eq!(wide.scaled((1000, 100), 1.0), (200, 100));
        assert_eq!(wide.scaled((1, 1), 0.01), (1, 1));
        let high = overlay(1, 1000);
        assert_eq!(high.scaled((1000, 1000), 0.5), (1, 1000));
    }
}
