//! Colour profiles: to sRGB, which is what a browser takes an untagged picture
//! for.

use std::fmt;
use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use crate::colour::{from_pixels, into_rgb, pixels};
use crate::frame::{Frame, Kind, Raster};

/// The largest profile that is looked at.
const MAX_BYTES: usize = 4 << 20;

/// Samples that differ by no more than this between a profile and sRGB are not
/// worth converting.
const TOLERANCE: u8 = 2;

/// A conversion to sRGB.
pub(crate) enum Profile {
    /// Of luminance: what each value becomes.
    Gray(Box<[u8; 256]>),
    /// Of red, green and blue.
    Rgb(Arc<Transform8BitExecutor>),
}

impl Profile {
    /// Of an ICC profile for frames of this kind. None if it does not fit them,
    /// cannot be read, or says that the picture is in sRGB already.
    pub(crate) fn read(icc: &[u8], kind: Kind) -> Option<Self> {
        if icc.len() > MAX_BYTES {
            return None;
        }
        let profile = ColorProfile::new_from_slice(icc).ok()?;
        let gray = kind == Kind::Luma;
        let (space, layout) = if gray {
            (DataColorSpace::Gray, Layout::Gray)
        } else {
            (DataColorSpace::Rgb, Layout::Rgb)
        };
        if profile.color_space != space {
            return None;
        }
        let srgb = ColorProfile::new_srgb();
        let options = TransformOptions::default();
        let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgb, options).ok()?;
        if gray {
            let values: Vec<u8> = (0..=255).collect();
            let mut rgb = vec![0; 256 * 3];
            transform.transform(&values, &mut rgb).ok()?;
            let greens = rgb.iter().skip(1).step_by(3).copied();
            let table: Vec<u8> = greens.collect();
            let table: Box<[u8; 256]> = table.try_into().ok()?;
            return differs(&values, table.as_slice()).then_some(Self::Gray(table));
        }
        // A grid of colours tells whether anything changes.
        let steps = [0, 32, 64, 96, 128, 160, 192, 224, 255];
        let mut grid = Vec::with_capacity(steps.len().pow(3) * 3);
        for r in steps {
            for g in steps {
                for b in steps {
                    grid.extend([r, g, b]);
                }
            }
        }
        let mut converted = vec![0; grid.len()];
        transform.transform(&grid, &mut converted).ok()?;
        differs(&grid, &converted).then_some(Self::Rgb(transform))
    }

    /// The frame in sRGB. A [`Kind::Ycc`] frame must have as many samples of
    /// chroma as of luma.
    pub(crate) fn convert(&self, frame: Frame) -> Frame {
        match self {
            Self::Gray(table) => {
                let mut frame = frame;
                for raster in &mut frame.rasters {
                    for sample in &mut raster.samples {
                        *sample = table.get(usize::from(*sample)).copied().unwrap_or(*sample);
                    }
                }
                frame
            }
            Self::Rgb(transform) => {
                let frame = into_rgb(frame);
                let opacity = frame.kind.has_alpha().then(|| frame.plane(3).to_vec());
                let mut colours = pixels(&frame);
                if opacity.is_some() {
                    colours = colours
                        .as_chunks::<4>()
                        .0
                        .iter()
                        .flat_map(|&[r, g, b, _]| [r, g, b])
                        .collect();
                }
                let mut converted = vec![0; colours.len()];
                if transform.transform(&colours, &mut converted).is_err() {
                    return frame; // Only if the lengths did not fit.
                }
                let opacity = opacity.map(|samples| Raster::new(frame.size, samples));
                from_pixels(frame.size, &converted, opacity)
            }
        }
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gray(_) => "Gray",
            Self::Rgb(_) => "Rgb",
        })
    }
}

fn differs(before: &[u8], after: &[u8]) -> bool {
    before.iter().zip(after).any(|(a, b)| a.abs_diff(*b) > TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;

    #[test]
    fn srgb_is_left_alone_and_nonsense_ignored() {
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        assert!(Profile::read(&srgb, Kind::Ycc).is_none());
        assert!(Profile::read(&srgb, Kind::Luma).is_none());
        assert!(Profile::read(b"no profile", Kind::Rgb).is_none());
        assert!(Profile::read(&srgb[..100], Kind::Rgb).is_none());
    }

    #[test]
    fn display_p3_becomes_srgb() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let profile = Profile::read(&p3, Kind::Rgb).unwrap();
        let convert = |rgb: [u8; 3]| {
            let frame = from_pixels(Size::new(1, 1), &rgb, None);
            pixels(&profile.convert(frame))
        };
        // By the definitions of the two.
        for (p3, srgb) in
            [([200, 100, 50], [215, 93, 31]), ([128; 3], [128; 3]), ([255, 0, 0], [255, 0, 0])]
        {
            for (got, expected) in convert(p3).into_iter().zip(srgb) {
                assert!(got.abs_diff(expected) <= 2, "{p3:?}: {got} {expected}");
            }
        }
    }
}
