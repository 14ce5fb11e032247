//! AV1 key frames (the pictures in AVIF files), coded by libaom.
//!
//! - [`encode`]: planes to a frame, and the planes that a decoder will show.
//!
//! All `unsafe` is in `library`, the one module that calls C; `frame` has the planes.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod frame;
mod library;

pub use frame::{Coded, Fault, Plane};

use frame::sampling;
use library::Encoder;

/// How to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The quantizer, 0 (lossless) to 63 (coarse).
    pub quantizer: u8,
    /// How hard to search, 0 (fast) to 5 (small).
    pub effort: u8,
}

/// An option of libaom's program `aomenc`, and its value.
type Choice = (&'static str, &'static str);

/// Set whatever the effort. Distortion is measured as structural similarity, weighted by the
/// quantization matrices. Copies of blocks within the picture are not searched for: that takes
/// another 70 bytes of memory for each pixel.
const OPTIONS: &[Choice] = &[
    ("color-primaries", "bt709"),
    ("transfer-characteristics", "srgb"),
    ("matrix-coefficients", "bt601"),
    ("tune", "ssim"),
    ("dist-metric", "qm-psnr"),
    ("enable-qm", "1"),
    ("enable-intrabc", "0"),
];

/// Set for each effort. `cpu-used` is libaom's own scale, with wide steps: without blocks of 4 × 4
/// samples it takes a quarter less time for no more bytes, and with square blocks alone half of it,
/// for 2 % more.
const EFFORTS: [&[Choice]; 6] = [
    &[("cpu-used", "7")],
    &[("cpu-used", "6")],
    &[("cpu-used", "5"), ("min-partition-size", "8"), ("enable-rect-partitions", "0")],
    &[("cpu-used", "5"), ("min-partition-size", "8")],
    &[("cpu-used", "4"), ("min-partition-size", "8")],
    &[("cpu-used", "3"), ("min-partition-size", "8")],
];

/// Encode planes: luma alone (grey), or luma and two planes of chroma of the same size or half of it.
///
/// Samples are full-range BT.601 in sRGB's primaries and transfer function, as JPEG's are.
pub fn encode(planes: &[Plane<'_>], settings: Settings) -> Result<Coded, Fault> {
    let sampling = sampling(planes).ok_or(Fault::Planes)?;
    let mut encoder = Encoder::new(planes[0].width, planes[0].height, sampling)?;
    let quantizer = settings.quantizer.min(63);
    encoder.set("cq-level", &quantizer.to_string())?;
    // Of 16 sets of matrices, from steep to flat, those with the best scores at such a quantizer.
    let matrices = (9 - quantizer / 16).to_string();
    encoder.set("qm-min", &matrices)?;
    encoder.set("qm-max", &matrices)?;
    let effort = EFFORTS[usize::from(settings.effort).min(EFFORTS.len() - 1)];
    for (name, value) in OPTIONS.iter().chain(effort) {
        encoder.set(name, value)?;
    }
    encoder.encode(planes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings { quantizer: 10, effort: 2 };

    fn waves(width: u32, height: u32) -> Vec<u8> {
        let sample = |x: u32, y: u32| (x * 7 % 97 + y * 5 % 89) as u8;
        (0..height).flat_map(|y| (0..width).map(move |x| sample(x, y))).collect()
    }

    #[test]
    fn what_is_shown_has_the_sizes_of_the_planes_and_is_near_them() {
        for (width, height) in [(1, 1), (2, 2), (17, 33), (130, 70)] {
            let [luma, full] = [waves(width, height), waves(width, height)];
            let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
            let half = waves(half_width, half_height);
            let luma = Plane { width, height, samples: &luma };
            let full = Plane { width, height, samples: &full };
            let half = Plane { width: half_width, height: half_height, samples: &half };
            for planes in [vec![luma], vec![luma, full, full], vec![luma, half, half]] {
                let coded = encode(&planes, SETTINGS).unwrap();
                assert!(!coded.units.is_empty());
                assert_eq!(coded.shown.len(), planes.len());
                for (plane, shown) in planes.iter().zip(&coded.shown) {
                    assert_eq!(plane.samples.len(), shown.len());
                    let far = plane.samples.iter().zip(shown).filter(|(a, b)| a.abs_diff(**b) > 24);
                    assert!(far.count() * 20 <= shown.len(), "{width} × {height}");
                }
            }
        }
    }

    #[test]
    fn the_same_planes_give_the_same_frame() {
        let samples = waves(64, 48);
        let planes = [Plane { width: 64, height: 48, samples: &samples }];
        assert_eq!(encode(&planes, SETTINGS).unwrap(), encode(&planes, SETTINGS).unwrap());
    }

    #[test]
    fn more_effort_and_coarser_quantizers_make_smaller_frames() {
        let samples = waves(200, 150);
        let planes = [Plane { width: 200, height: 150, samples: &samples }];
        let size = |settings| encode(&planes, settings).unwrap().units.len();
        assert!(size(Settings { quantizer: 40, ..SETTINGS }) < size(SETTINGS));
        assert!(
            size(Settings { effort: 5, ..SETTINGS }) < size(Settings { effort: 0, ..SETTINGS })
        );
    }

    #[test]
    fn planes_that_form_no_picture_are_refused() {
        let samples = [0; 16];
        let plane = |width, height| Plane { width, height, samples: &samples[..] };
        let square = plane(4, 4);
        for planes in [
            vec![],
            vec![square, square],
            vec![square, square, plane(2, 8)],
            vec![square, plane(8, 2), plane(8, 2)],
            vec![plane(4, 5)],
            vec![Plane { samples: &[], ..plane(0, 0) }],
            vec![Plane { samples: &[], ..plane(70_000, 0) }],
        ] {
            assert_eq!(encode(&planes, SETTINGS).unwrap_err(), Fault::Planes);
        }
    }
}
