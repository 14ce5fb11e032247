//! CMYK to sRGB.

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use super::parse::parse;
use crate::light::{TO_LINEAR, stored};

/// A conversion of CMYK to sRGB.
pub struct Cmyk {
    transform: Arc<Transform8BitExecutor>,
    /// A lookup table applied afterwards.
    stretched: [u8; 256],
}

impl Cmyk {
    /// From a profile. None if it is unusable.
    pub fn of(icc: &[u8]) -> Option<Self> {
        let profile = parse(icc).ok()?;
        if profile.color_space != DataColorSpace::Cmyk {
            return None;
        }
        let srgb = ColorProfile::new_srgb();
        let options = TransformOptions::default();
        let transform =
            profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, options).ok()?;
        let mut darkest = [0; 3];
        transform.transform(&[255; 4], &mut darkest).ok()?;
        Some(Self { transform, stretched: black_stays_black(darkest) })
    }

    /// Convert CMYK pixels, 255 for full ink, to RGB.
    pub fn convert(&self, inks: &[u8]) -> Option<Vec<u8>> {
        let mut rgb = vec![0; inks.len() / 4 * 3];
        self.transform.transform(inks, &mut rgb).ok()?;
        for value in &mut rgb {
            *value = self.stretched[usize::from(*value)];
        }
        Some(rgb)
    }
}

/// Black point compensation: light is stretched such that the darkest ink is black.
fn black_stays_black(darkest: [u8; 3]) -> [u8; 256] {
    let [r, g, b] = darkest.map(|value| TO_LINEAR[usize::from(value)]);
    let floor = (0.2126 * r + 0.7152 * g + 0.0722 * b).min(0.5);
    std::array::from_fn(|value| {
        let light = (TO_LINEAR[value] - floor) / (1.0 - floor);
        (stored(light) * 255.0 + 0.5) as u8
    })
}
