//! Colour profiles: to sRGB, which is what a browser takes an untagged picture
//! for.

use std::fmt;
use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use crate::light::{TO_LINEAR, stored};
use crate::precise::Deep;

use crate::colour::{from_pixels, into_rgb, pixels};
use crate::frame::{Frame, Kind, Raster};

/// The largest profile that is looked at.
const MAX_BYTES: usize = 4 << 20;

/// Samples that differ by no more than this between a profile and sRGB are not
/// worth converting.
const TOLERANCE: u8 = 2;

/// The profile of a picture, and what follows from it.
#[derive(Debug)]
pub(crate) struct Embedded {
    /// As it stands in the file.
    icc: Vec<u8>,
    /// Whether it is of grey pictures.
    gray: bool,
    /// What makes the colours sRGB, if they are not.
    pub(crate) conversion: Option<Profile>,
    /// What became of it, for the manifest.
    pub(crate) outcome: Outcome,
}

/// What became of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It says sRGB, or near enough: nothing had to be done.
    Srgb,
    /// Colours are converted to sRGB.
    Converted,
    /// It is broken or of other colours than the picture's: nothing could be done.
    Unreadable,
}

impl Embedded {
    /// Of a file with pictures of this kind.
    pub(crate) fn read(icc: Vec<u8>, kind: Kind) -> Self {
        let Some(profile) = parse(&icc, kind) else { return Self::unreadable() };
        let gray = profile.color_space == DataColorSpace::Gray;
        let conversion = Profile::of(&profile, kind);
        let outcome = if conversion.is_some() { Outcome::Converted } else { Outcome::Srgb };
        Self { icc, gray, conversion, outcome }
    }

    /// One that was applied already.
    pub(crate) fn converted() -> Self {
        Self { outcome: Outcome::Converted, ..Self::unreadable() }
    }

    /// One that is of no use.
    pub(crate) fn unreadable() -> Self {
        Self { icc: Vec::new(), gray: false, conversion: None, outcome: Outcome::Unreadable }
    }

    /// The profile to write into a rendition that keeps its colours, with or
    /// without hue. None if that is not possible: it is converted then.
    pub(crate) fn to_keep(&self, gray: bool) -> Option<&[u8]> {
        (self.gray == gray && !self.icc.is_empty()).then_some(&self.icc)
    }

    /// A picture of 16 bits in sRGB.
    pub(crate) fn convert_deep(&self, deep: &Deep) -> Option<Deep> {
        self.conversion.as_ref()?;
        let profile = parse(&self.icc, deep.kind)?;
        let layout = match deep.kind {
            Kind::Luma if !self.gray => return None,
            Kind::Luma => Layout::Gray,
            Kind::Rgba => Layout::Rgba,
            Kind::Rgb | Kind::Ycc => Layout::Rgb,
        };
        let to = if deep.kind == Kind::Luma { Layout::Rgb } else { layout };
        let srgb = ColorProfile::new_srgb();
        let transform =
            profile.create_transform_16bit(layout, &srgb, to, TransformOptions::default()).ok()?;
        let channels = if deep.kind == Kind::Luma { 3 } else { deep.kind.planes() };
        let mut samples = vec![0; deep.samples.len() / deep.kind.planes() * channels];
        transform.transform(&deep.samples, &mut samples).ok()?;
        let kind = if deep.kind == Kind::Luma { Kind::Rgb } else { deep.kind };
        Some(Deep { kind, samples, ..*deep })
    }
}

impl Outcome {
    /// Its word in the manifest.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Srgb => "srgb",
            Self::Converted => "converted",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Inks, 255 for full ink, to red, green and blue in sRGB. None if the profile
/// is of no use.
pub(crate) fn inks_to_srgb(icc: &[u8], inks: &[u8]) -> Option<Vec<u8>> {
    let profile = ColorProfile::new_from_slice(icc.get(..icc.len().min(MAX_BYTES))?).ok()?;
    if profile.color_space != DataColorSpace::Cmyk {
        return None;
    }
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let transform =
        profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, options).ok()?;
    let mut rgb = vec![0; inks.len() / 4 * 3];
    transform.transform(inks, &mut rgb).ok()?;
    let mut darkest = [0; 3];
    transform.transform(&[255; 4], &mut darkest).ok()?;
    let table = black_stays_black(darkest);
    for value in &mut rgb {
        *value = table.get(usize::from(*value)).copied().unwrap_or(*value);
    }
    Some(rgb)
}

/// Paper is never quite black, and a screen can be: light is stretched such that
/// the darkest ink is black, as colour management calls black point compensation.
fn black_stays_black(darkest: [u8; 3]) -> [u8; 256] {
    let [r, g, b] = darkest.map(|value| TO_LINEAR[usize::from(value)]);
    let floor = (0.2126 * r + 0.7152 * g + 0.0722 * b).min(0.5);
    std::array::from_fn(|value| {
        let light = (TO_LINEAR[value] - floor) / (1.0 - floor);
        (stored(light) * 255.0 + 0.5) as u8
    })
}

/// A profile that fits frames of this kind.
fn parse(icc: &[u8], kind: Kind) -> Option<ColorProfile> {
    if icc.len() > MAX_BYTES {
        return None;
    }
    let profile = ColorProfile::new_from_slice(icc).ok()?;
    let gray = profile.color_space == DataColorSpace::Gray;
    let rgb = profile.color_space == DataColorSpace::Rgb;
    (rgb || (gray && kind == Kind::Luma)).then_some(profile)
}

/// A conversion to sRGB.
pub(crate) enum Profile {
    /// Of luminance: what each value becomes.
    Gray(Box<[u8; 256]>),
    /// Of red, green and blue.
    Rgb(Arc<Transform8BitExecutor>),
}

impl Profile {
    /// Of a profile. None if it says that the picture is in sRGB already.
    fn of(profile: &ColorProfile, kind: Kind) -> Option<Self> {
        let gray = profile.color_space == DataColorSpace::Gray;
        let layout = if gray { Layout::Gray } else { Layout::Rgb };
        let srgb = ColorProfile::new_srgb();
        let options = TransformOptions::default();
        let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgb, options).ok()?;
        if kind == Kind::Luma {
            let values: Vec<u8> = (0..=255).collect();
            // Greys of a profile of colours are as much of each.
            let greys =
                if gray { values.clone() } else { values.iter().flat_map(|&v| [v; 3]).collect() };
            let mut rgb = vec![0; 256 * 3];
            transform.transform(&greys, &mut rgb).ok()?;
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
        let outcome = |icc: &[u8], kind| {
            let embedded = Embedded::read(icc.to_vec(), kind);
            assert!(embedded.conversion.is_none());
            embedded.outcome
        };
        assert_eq!(outcome(&srgb, Kind::Ycc), Outcome::Srgb);
        assert_eq!(outcome(&srgb, Kind::Luma), Outcome::Srgb);
        assert_eq!(outcome(b"no profile", Kind::Rgb), Outcome::Unreadable);
        assert_eq!(outcome(&srgb[..100], Kind::Rgb), Outcome::Unreadable);
    }

    #[test]
    fn display_p3_becomes_srgb() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let profile = Embedded::read(p3, Kind::Rgb).conversion.unwrap();
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
