//! The meaning of samples (ITU-T H.273), and their conversion to grey or RGB.

use obscura_sdk::Error;

use super::fault::rare;
use crate::profile::{Points, Tone};

/// The code points of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) struct Code {
    pub(in crate::decode) primaries: u16,
    pub(in crate::decode) transfer: u16,
    pub(in crate::decode) matrix: u16,
    /// Whether samples use the full range.
    pub(in crate::decode) full: bool,
}

/// The colour model of three planes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Model {
    /// Luma and chroma as in JPEG.
    Ycc,
    /// Luma and chroma with these luma coefficients of red and blue.
    Shares(f32, f32),
    /// Green, blue and red.
    Identity,
}

impl Code {
    /// The colour model of the planes.
    pub(super) fn model(self) -> Result<Model, Error> {
        Ok(match self.matrix {
            0 => Model::Identity,
            // Unspecified: BT.601, the default of MIAF and JPEG.
            2 | 5 | 6 => Model::Ycc,
            1 => Model::Shares(0.2126, 0.0722),
            4 => Model::Shares(0.30, 0.11),
            7 => Model::Shares(0.212, 0.087),
            9 => Model::Shares(0.2627, 0.0593),
            other => return Err(rare(&format!("with matrix coefficients {other}"))),
        })
    }

    /// The profile for these code points. None if they are close enough to sRGB.
    pub(super) fn profile(self) -> Result<Option<Vec<u8>>, Error> {
        self.points().profile().map_err(|what| rare(&what))
    }

    /// The tone mapping to sRGB, if it is HDR. `brightest` is in cd/m².
    pub(super) fn tone(self, brightest: Option<u16>) -> Option<Tone> {
        Tone::of(self.points(), brightest)
    }

    fn points(self) -> Points {
        Points { primaries: self.primaries, transfer: self.transfer }
    }

    /// The value of each luma sample, 0 to 1, or chroma sample, -0.5 to 0.5.
    pub(super) fn levels(self, depth: u32, chroma: bool) -> Vec<f32> {
        let step = (1_u32 << (depth - 8)) as f32;
        let most = ((1_u32 << depth) - 1) as f32;
        let half = 128.0 * step;
        let (zero, width, low, high) = match (self.full, chroma) {
            (true, false) => (0.0, most, 0.0, 1.0),
            (true, true) => (half, most, -0.51, 0.51),
            (false, false) => (16.0 * step, 219.0 * step, 0.0, 1.0),
            (false, true) => (half, 224.0 * step, -0.51, 0.51),
        };
        let level = |sample: u32| ((sample as f32 - zero) / width).clamp(low, high);
        (0..1 << depth).map(level).collect()
    }

    /// The same in 8 bits, as in JPEG.
    pub(super) fn bytes(self, depth: u32, chroma: bool) -> Vec<u8> {
        let middle = if chroma { 128.0 } else { 0.0 };
        let byte = |level: f32| (level * 255.0 + middle + 0.5).clamp(0.0, 255.0) as u8;
        self.levels(depth, chroma).into_iter().map(byte).collect()
    }
}

impl Model {
    /// Converts rows of three planes of the same length to RGB.
    pub(super) fn to_rgb(self, [first, second, third]: [&mut [f32]; 3]) {
        let all = first.iter_mut().zip(second).zip(third);
        let (red, blue) = match self {
            Self::Identity => {
                for ((y, u), v) in all {
                    (*y, *u, *v) = (*v, *y, *u);
                }
                return;
            }
            Self::Ycc => (0.299, 0.114),
            Self::Shares(red, blue) => (red, blue),
        };
        let green = 1.0 - red - blue;
        let (from_cr, from_cb) = (2.0 * (1.0 - red), 2.0 * (1.0 - blue));
        let (less_cr, less_cb) = (from_cr * red / green, from_cb * blue / green);
        for ((y, u), v) in all {
            let (luma, cb, cr) = (*y, *u, *v);
            *y = luma + from_cr * cr;
            *u = luma - less_cb * cb - less_cr * cr;
            *v = luma + from_cb * cb;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITED: Code = Code { primaries: 1, transfer: 1, matrix: 1, full: false };

    #[test]
    fn ranges_end_where_they_should() {
        for depth in [8, 10, 12] {
            let at = |value: usize| value << (depth - 8);
            let full = Code { full: true, ..LIMITED };
            let luma = LIMITED.bytes(depth, false);
            assert_eq!([0, 16, 235, 255].map(|v| luma[at(v)]), [0, 0, 255, 255]);
            let chroma = LIMITED.bytes(depth, true);
            assert_eq!([16, 128, 240].map(|v| chroma[at(v)]), [1, 128, 255]);
            assert_eq!(
                (full.bytes(depth, false)[0], *full.bytes(depth, false).last().unwrap()),
                (0, 255)
            );
        }
        let full = Code { full: true, ..LIMITED };
        let same: Vec<u8> = (0..=255).collect();
        assert_eq!((full.bytes(8, false), full.bytes(8, true)), (same.clone(), same));
    }

    #[test]
    fn matrices_are_the_standards() {
        // BT.709's red in its own luma and chroma.
        let (mut y, mut u, mut v) = ([0.2126], [-0.2126 / 1.8556], [0.5]);
        Model::Shares(0.2126, 0.0722).to_rgb([&mut y, &mut u, &mut v]);
        for (got, expected) in [(y, 1.0), (u, 0.0), (v, 0.0)] {
            assert!((got[0] - expected).abs() < 1e-5, "{got:?} {expected}");
        }
        let (mut g, mut b, mut r) = ([0.2], [0.3], [0.1]);
        Model::Identity.to_rgb([&mut g, &mut b, &mut r]);
        assert_eq!([g, b, r], [[0.1], [0.2], [0.3]]);
    }

    #[test]
    fn hdr_has_a_tone_and_no_profile() {
        let hdr = Code { primaries: 9, transfer: 16, ..LIMITED };
        assert!(hdr.tone(None).is_some() && hdr.profile().is_err());
        assert!(LIMITED.tone(None).is_none());
    }
}
