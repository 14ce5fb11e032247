//! Converts a profile's colours to sRGB.

use std::fmt;
use std::sync::Arc;

use moxcms::{ColorProfile, Layout, Transform8BitExecutor, TransformOptions};

use super::grey;
use crate::colour::{from_pixels, into_rgb, pixels};
use crate::frame::{Frame, Kind, Raster};
use crate::precise::Deep;

/// If samples differ at most by this between a profile and sRGB, they are not converted.
const TOLERANCE: u8 = 2;

/// A conversion to sRGB.
pub enum Conversion {
    /// For grey: a lookup table.
    Grey(Box<[u8; 256]>),
    /// For RGB.
    Rgb(Arc<Transform8BitExecutor>),
}

/// Why a conversion cannot be made.
const IMPOSSIBLE: &str = "there is no way from it to sRGB";

impl Conversion {
    /// From a profile. None if it is equivalent to sRGB.
    pub(super) fn of(profile: &ColorProfile, grey: bool) -> Result<Option<Self>, &'static str> {
        if grey {
            let levels = grey::levels(profile, 256).ok_or(IMPOSSIBLE)?;
            let eight = |&level: &u16| ((u32::from(level) * 255 + 32_767) / 65_535) as u8;
            let table: Vec<u8> = levels.iter().map(eight).collect();
            let table: Box<[u8; 256]> = table.try_into().map_err(|_| IMPOSSIBLE)?;
            let values: Vec<u8> = (0..=255).collect();
            return Ok(differs(&values, table.as_slice()).then_some(Self::Grey(table)));
        }
        let srgb = ColorProfile::new_srgb();
        let options = TransformOptions::default();
        let transform = profile
            .create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, options)
            .map_err(|_| IMPOSSIBLE)?;
        // A grid of colours shows whether anything changes.
        let steps = [0, 32, 64, 96, 128, 160, 192, 224, 255];
        let pairs = steps.iter().flat_map(|&r| steps.map(|g| (r, g)));
        let grid: Vec<u8> = pairs.flat_map(|(r, g)| steps.map(|b| [r, g, b])).flatten().collect();
        let mut converted = vec![0; grid.len()];
        transform.transform(&grid, &mut converted).map_err(|_| IMPOSSIBLE)?;
        Ok(differs(&grid, &converted).then_some(Self::Rgb(transform)))
    }

    /// The frame in sRGB. A [`Kind::Ycc`] frame must have full chroma.
    pub fn convert(&self, frame: Frame) -> Frame {
        match self {
            Self::Grey(table) if !frame.kind.has_alpha() => {
                let mut frame = frame;
                for raster in &mut frame.rasters {
                    for sample in &mut raster.samples {
                        *sample = table[usize::from(*sample)];
                    }
                }
                frame
            }
            _ => self.convert_pixels(frame),
        }
    }

    fn convert_pixels(&self, frame: Frame) -> Frame {
        let frame = into_rgb(frame);
        let opacity = frame.kind.has_alpha().then(|| frame.plane(3).to_vec());
        let mut colours = pixels(&frame);
        if opacity.is_some() {
            let pixels = colours.as_chunks::<4>().0.iter();
            colours = pixels.flat_map(|&[r, g, b, _]| [r, g, b]).collect();
        }
        let converted = match self {
            Self::Grey(table) => colours.iter().map(|&value| table[usize::from(value)]).collect(),
            Self::Rgb(transform) => {
                let mut converted = vec![0; colours.len()];
                if transform.transform(&colours, &mut converted).is_err() {
                    return frame; // Only if the lengths did not fit.
                }
                converted
            }
        };
        let opacity = opacity.map(|samples| Raster::new(frame.size, samples));
        from_pixels(frame.size, &converted, opacity)
    }

    /// A 16-bit picture in sRGB, by the profile of this conversion.
    pub(super) fn convert_deep(&self, profile: &ColorProfile, deep: &Deep) -> Option<Deep> {
        if let Self::Grey(_) = self {
            let levels = grey::levels(profile, 65536)?;
            let channels = deep.kind.planes();
            let mut samples = deep.samples.clone();
            for pixel in samples.chunks_exact_mut(channels) {
                for value in pixel.iter_mut().take(3) {
                    *value = levels.get(usize::from(*value)).copied().unwrap_or(*value);
                }
            }
            return Some(Deep { samples, ..*deep });
        }
        let layout = match deep.kind {
            Kind::Luma => return None,
            Kind::Rgba => Layout::Rgba,
            Kind::Rgb | Kind::Ycc => Layout::Rgb,
        };
        let srgb = ColorProfile::new_srgb();
        let options = TransformOptions::default();
        let transform = profile.create_transform_16bit(layout, &srgb, layout, options).ok()?;
        let mut samples = vec![0; deep.samples.len()];
        transform.transform(&deep.samples, &mut samples).ok()?;
        Some(Deep { samples, ..*deep })
    }
}

impl fmt::Debug for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grey(_) => "Grey",
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
    fn display_p3_becomes_srgb() {
        let conversion = Conversion::of(&ColorProfile::new_display_p3(), false).unwrap().unwrap();
        let convert = |rgb: [u8; 3]| {
            let frame = from_pixels(Size::new(1, 1), &rgb, None);
            pixels(&conversion.convert(frame))
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

    #[test]
    fn greys_are_converted_whatever_they_are_kept_as() {
        let conversion = Conversion::of(&ColorProfile::new_gray_with_gamma(1.0), true);
        let conversion = conversion.unwrap().unwrap();
        let size = Size::new(1, 1);
        let luma = Frame::new(Kind::Luma, vec![Raster::new(size, vec![128])]);
        assert_eq!(pixels(&conversion.convert(luma)), [188]);
        let clear = from_pixels(size, &[128; 3], Some(Raster::new(size, vec![200])));
        let colours = pixels(&conversion.convert(clear));
        assert!(colours[..3].iter().all(|v| v.abs_diff(188) <= 1), "{colours:?}");
        let deep = Deep { size, kind: Kind::Rgba, samples: vec![32768, 32768, 32768, 999] };
        let deep = conversion.convert_deep(&ColorProfile::new_gray_with_gamma(1.0), &deep).unwrap();
        assert!(deep.samples[0].abs_diff(188 * 257) < 200 && deep.samples[3] == 999, "{deep:?}");
    }
}
