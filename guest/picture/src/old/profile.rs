//! Colour profiles: to sRGB, which is what a browser takes a picture without
//! one for.

use image::DynamicImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};
use std::sync::Arc;

/// The largest profile that is looked at.
const MAX_BYTES: usize = 4 << 20;

/// A conversion to sRGB.
pub(crate) struct Profile(Arc<Transform8BitExecutor>);

impl Profile {
    /// Of an ICC profile. None if it cannot be read, is not one of red, green
    /// and blue, or says that the picture is in sRGB already.
    pub(crate) fn read(icc: &[u8]) -> Option<Self> {
        if icc.len() > MAX_BYTES {
            return None;
        }
        let profile = ColorProfile::new_from_slice(icc).ok()?;
        if profile.color_space != DataColorSpace::Rgb {
            return None;
        }
        let srgb = ColorProfile::new_srgb();
        let options = TransformOptions::default();
        let transform = profile.create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, options);
        let profile = Self(transform.ok()?);
        profile.changes_anything().then_some(profile)
    }

    /// Convert a picture where it stands. Opacity stays as it is.
    pub(crate) fn convert(&self, pixels: &mut DynamicImage) {
        let (samples, channels) = match pixels {
            DynamicImage::ImageRgb8(pixels) => (pixels.as_mut(), 3),
            DynamicImage::ImageRgba8(pixels) => (pixels.as_mut(), 4),
            _ => return,
        };
        // In pieces, so that no second picture is needed.
        const PIECE: usize = 4096;
        let (mut before, mut after) = (vec![0; PIECE * 3], vec![0; PIECE * 3]);
        for piece in samples.chunks_mut(PIECE * channels) {
            let count = piece.len() / channels * 3;
            let (Some(before), Some(after)) = (before.get_mut(..count), after.get_mut(..count))
            else {
                return;
            };
            for (colour, pixel) in before.chunks_exact_mut(3).zip(piece.chunks_exact(channels)) {
                colour.iter_mut().zip(pixel).for_each(|(to, from)| *to = *from);
            }
            if self.0.transform(before, after).is_err() {
                return; // Only if the lengths did not fit.
            }
            for (pixel, colour) in piece.chunks_exact_mut(channels).zip(after.chunks_exact(3)) {
                pixel.iter_mut().zip(colour).for_each(|(to, from)| *to = *from);
            }
        }
    }

    /// Whether any colour of a grid becomes another one that can be told from it.
    fn changes_anything(&self) -> bool {
        const TOLERANCE: u8 = 2;
        const STEPS: [u8; 9] = [0, 32, 64, 96, 128, 160, 192, 224, 255];
        let pairs = STEPS.iter().flat_map(|&r| STEPS.iter().map(move |&g| (r, g)));
        let grid: Vec<u8> =
            pairs.flat_map(|(r, g)| STEPS.iter().flat_map(move |&b| [r, g, b])).collect();
        let mut converted = vec![0; grid.len()];
        self.0.transform(&grid, &mut converted).is_ok()
            && grid.iter().zip(&converted).any(|(a, b)| a.abs_diff(*b) > TOLERANCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    #[test]
    fn srgb_is_left_alone_and_nonsense_ignored() {
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        assert!(Profile::read(&srgb).is_none());
        assert!(Profile::read(&srgb[..100]).is_none());
        assert!(Profile::read(b"no profile").is_none());
    }

    #[test]
    fn display_p3_becomes_srgb_and_opacity_stays() {
        let p3 = Profile::read(&ColorProfile::new_display_p3().encode().unwrap()).unwrap();
        // More pixels than are converted at once.
        let mut rgb = RgbImage::from_pixel(100, 99, Rgb([200, 100, 50])).into();
        let mut rgba = RgbaImage::from_pixel(2, 2, Rgba([200, 100, 50, 7])).into();
        p3.convert(&mut rgb);
        p3.convert(&mut rgba);
        for pixel in rgb.to_rgb8().pixels().chain(rgba.to_rgb8().pixels()) {
            // By the definitions of the two.
            for (got, expected) in pixel.0.into_iter().zip([215, 93, 31]) {
                assert!(got.abs_diff(expected) <= 2, "{pixel:?}");
            }
        }
        assert!(rgba.to_rgba8().pixels().all(|pixel| pixel.0[3] == 7));
    }
}
