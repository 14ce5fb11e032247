//! The similarity of an encoded picture to its original: SSIMULACRA2, by Jon Sneyers
//! (<https://github.com/cloudinary/ssimulacra2>). 100 is identical, 90 indistinguishable, 70 good,
//! 50 fair, 30 poor.
//!
//! Pictures are compared at six scales in the colour space XYB, by structure, by new edges
//! (ringing, blocks) and by lost edges (blur).

mod blur;
mod pyramid;
mod weights;
mod xyb;

use std::ops::Range;

use blur::{RADIUS, blur};
use pyramid::Pyramid;
use weights::WEIGHTS;
use xyb::xyb;

/// Rows that are compared together: a large picture's planes are never in memory as a whole.
const BAND: usize = 128;

/// Of references with up to so many pixels, what is computed once is kept: 48 bytes a pixel.
const KEPT: usize = 2 << 20;

/// The bytes of memory that comparing pictures of so many pixels takes, files and decoders included.
pub(crate) fn memory(pixels: u64) -> u64 {
    let kept = if pixels <= KEPT as u64 { 48 } else { 0 };
    pixels.saturating_mul(24 + kept)
}

/// A reference picture.
pub(crate) struct Reference {
    pyramid: Pyramid,
    /// Its bands at every scale, if they are kept.
    bands: Vec<Vec<Prepared>>,
}

/// A band of a picture at one scale.
struct Prepared {
    width: usize,
    /// X, Y and B.
    planes: [Vec<f32>; 3],
    /// Their local means.
    means: [Vec<f32>; 3],
    /// The local means of their squares.
    squares: [Vec<f32>; 3],
}

impl Prepared {
    fn of(pyramid: &Pyramid, scale: usize, band: &Band) -> Self {
        let (width, _) = pyramid.size(scale);
        let planes = xyb(&pyramid.rows(scale, band.read.clone()));
        let blurred = |plane: &Vec<f32>| blur(plane, width);
        let means = planes.each_ref().map(blurred);
        let squares = planes.each_ref().map(|plane| blurred(&product(plane, plane)));
        Self { width, planes, means, squares }
    }

    /// Values, means and mean squares of some samples.
    fn samples(&self, channel: usize, samples: &Range<usize>) -> [&[f32]; 3] {
        [&self.planes, &self.means, &self.squares].map(|all| &all[channel][samples.clone()])
    }
}

/// Rows to compare, and those that their local means need.
struct Band {
    read: Range<usize>,
    /// Within `read`.
    compared: Range<usize>,
}

impl Band {
    fn all(height: usize) -> impl Iterator<Item = Self> {
        (0..height).step_by(BAND).map(move |start| {
            let end = height.min(start + BAND);
            let read = start.saturating_sub(RADIUS)..height.min(end + RADIUS);
            let compared = start - read.start..end - read.start;
            Self { read, compared }
        })
    }
}

impl Reference {
    /// From RGB pixels in sRGB. None if it is too small.
    pub(crate) fn new(rgb: Vec<u8>, width: usize) -> Option<Self> {
        let pixels = rgb.len() / 3;
        let pyramid = Pyramid::new(rgb, width)?;
        let prepared = |scale| {
            let (_, height) = pyramid.size(scale);
            Band::all(height).map(|band| Prepared::of(&pyramid, scale, &band)).collect()
        };
        let kept = if pixels <= KEPT { pyramid.len() } else { 0 };
        let bands = (0..kept).map(prepared).collect();
        Some(Self { pyramid, bands })
    }

    /// The score of a picture of the same size; 0 if the size differs.
    pub(crate) fn score(&self, rgb: Vec<u8>, width: usize) -> f64 {
        let scales = self.pyramid.len();
        let Some(other) = Pyramid::new(rgb, width) else { return 0.0 };
        if other.size(0) != self.pyramid.size(0) {
            return 0.0;
        }
        let mut sum = 0.0;
        for scale in 0..scales {
            let parts = self.compare(&other, scale);
            for (channel, parts) in parts.into_iter().enumerate() {
                // With fewer scales, the weights shift, as in the original.
                let weights = WEIGHTS.as_flattened().get(channel * scales + scale);
                let products = weights.into_iter().flatten().zip(parts).map(|(w, part)| w * part);
                sum += products.sum::<f64>();
            }
        }
        to_scale(sum)
    }

    /// Mean and 4-norm of differences in structure, of new edges and of lost edges, in the order of
    /// the weights, for each channel.
    fn compare(&self, other: &Pyramid, scale: usize) -> [[f64; 6]; 3] {
        let (width, height) = other.size(scale);
        let mut sums = [[0.0; 6]; 3];
        for (at, band) in Band::all(height).enumerate() {
            let kept = self.bands.get(scale).and_then(|bands| bands.get(at));
            let made;
            let own = match kept {
                Some(kept) => kept,
                None => {
                    made = Prepared::of(&self.pyramid, scale, &band);
                    &made
                }
            };
            let other = Prepared::of(other, scale, &band);
            for (channel, sums) in sums.iter_mut().enumerate() {
                add(sums, own, &other, channel, &band.compared);
            }
        }
        let count = (width * height) as f64;
        sums.map(|sums| {
            let [a, b, c, d, e, f] = sums.map(|sum| sum / count);
            [a, b, c, d.sqrt().sqrt(), e.sqrt().sqrt(), f.sqrt().sqrt()]
        })
    }
}

fn product(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

/// Samples that are compared together: their differences stay in the cache.
const BLOCK: usize = 256;

/// Add the differences of some rows, and their fourth powers.
fn add(sums: &mut [f64; 6], own: &Prepared, other: &Prepared, channel: usize, rows: &Range<usize>) {
    let samples = rows.start * own.width..rows.end * own.width;
    let both = blur(&product(&own.planes[channel], &other.planes[channel]), own.width);
    for start in samples.clone().step_by(BLOCK) {
        let block = start..samples.end.min(start + BLOCK);
        let (own, other) = (own.samples(channel, &block), other.samples(channel, &block));
        let differences = differences(&both[block], own, other);
        for (part, values) in differences.iter().enumerate() {
            sums[part] += total(values, |value| value);
            sums[part + 3] += total(values, |value| value * value * value * value);
        }
    }
}

/// Differences in structure, new edges, lost edges; zeros beyond the samples. Written such that it is
/// vectorised.
fn differences(both: &[f32], own: [&[f32]; 3], other: [&[f32]; 3]) -> [[f32; BLOCK]; 3] {
    const STABLE: f32 = 0.0009;
    let count = both.len().min(BLOCK);
    let [plane, mean, square] = own.map(|samples| &samples[..count]);
    let [plane_other, mean_other, square_other] = other.map(|samples| &samples[..count]);
    let both = &both[..count];
    let above_zero = |value: f32| if value > 0.0 { value } else { 0.0 };
    let [mut unlike, mut gained, mut lost] = [[0.0; BLOCK]; 3];
    for at in 0..count {
        let (m, n) = (mean[at], mean_other[at]);
        let structure = 2.0 * (both[at] - m * n) + STABLE;
        let spread = (square[at] - m * m) + (square_other[at] - n * n) + STABLE;
        unlike[at] = above_zero(1.0 - (1.0 - (m - n) * (m - n)) * structure / spread);
        let edge = 1.0 + (plane[at] - m).abs();
        let edge_other = 1.0 + (plane_other[at] - n).abs();
        let change = (edge_other - edge) / edge;
        (gained[at], lost[at]) = (above_zero(change), above_zero(-change));
    }
    [unlike, gained, lost]
}

fn total(values: &[f32; BLOCK], of: impl Fn(f32) -> f32) -> f64 {
    let mut lanes = [0.0; 8];
    for values in values.as_chunks::<8>().0 {
        for (lane, value) in lanes.iter_mut().zip(values) {
            *lane += of(*value);
        }
    }
    lanes.into_iter().map(f64::from).sum()
}

/// Maps the weighted sum to 0 to 100 (negative for very bad pictures).
fn to_scale(sum: f64) -> f64 {
    let sum = sum * 0.956_238_261_683_484_4;
    let bent = 2.326_765_642_916_932 * sum - 0.020_884_521_182_843_837 * sum * sum
        + 6.248_496_625_763_138e-5 * sum * sum * sum;
    if bent > 0.0 { 100.0 - 10.0 * bent.powf(0.627_633_646_783_138_7) } else { 100.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize, grain: impl Fn(usize, usize) -> i32) -> Vec<u8> {
        let at = |x: usize, y: usize| {
            let wave = (((x as f64) / 7.0).sin() * 60.0 + ((y as f64) / 5.0).cos() * 50.0) as i32;
            [128, 110, 90].map(|base| (base + wave + grain(x, y)).clamp(0, 255) as u8)
        };
        (0..height)
            .flat_map(|y| (0..width).flat_map(move |x| at(x, y)).collect::<Vec<_>>())
            .collect()
    }

    #[test]
    fn the_same_is_a_hundred_and_more_noise_is_less() {
        let original = picture(96, 80, |_, _| 0);
        let reference = Reference::new(original.clone(), 96).unwrap();
        assert!(reference.score(original, 96) > 99.99);
        let noise = |strength: i32| {
            picture(96, 80, move |x, y| {
                let hash = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761) >> 7;
                (hash % 17) as i32 * strength / 8 - strength
            })
        };
        let scores = [1, 4, 12, 40].map(|strength| reference.score(noise(strength), 96));
        assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
        assert!(scores[0] > 95.0 && scores[3] < 70.0, "{scores:?}");
    }

    /// By the crate `ssimulacra2`, a port of libjxl's program.
    fn judged(original: &[u8], other: &[u8], width: usize) -> f64 {
        use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};
        let frame = |rgb: &[u8]| {
            let pixels = rgb.as_chunks::<3>().0;
            let values = pixels.iter().map(|pixel| pixel.map(|value| f32::from(value) / 255.0));
            let (transfer, primaries) = (TransferCharacteristic::SRGB, ColorPrimaries::BT709);
            let height = pixels.len() / width;
            Rgb::new(values.collect(), width, height, transfer, primaries).unwrap()
        };
        compute_frame_ssimulacra2(frame(original), frame(other)).unwrap()
    }

    #[test]
    fn scores_are_those_of_the_reference() {
        for (width, height, dark) in
            [(96, 80, 0), (161, 107, 0), (97, 33, 100), (40, 40, 60), (200, 300, 0)]
        {
            let original = picture(width, height, |_, _| -dark);
            let reference = Reference::new(original.clone(), width).unwrap();
            for strength in [3, 8, 20] {
                let blocks = picture(width, height, |x, y| {
                    ((x / 8 * 5 + y / 8 * 3) % 7) as i32 * strength / 4 - dark
                });
                let expected = judged(&original, &blocks, width);
                let own = reference.score(blocks, width);
                assert!((own - expected).abs() < 0.25, "{width}x{height}: {own}, {expected}");
            }
        }
    }

    #[test]
    fn what_is_not_kept_is_computed_again() {
        let reference = || Reference::new(picture(33, 397, |_, _| 0), 33).unwrap();
        let other = || picture(33, 397, |x, y| ((x / 8 + y / 8) % 5) as i32);
        let large = Reference { bands: Vec::new(), ..reference() };
        assert_eq!(reference().score(other(), 33), large.score(other(), 33));
    }

    #[test]
    fn other_sizes_are_not_compared() {
        assert!(Reference::new(vec![0; 7 * 9 * 3], 7).is_none());
        let reference = Reference::new(picture(16, 16, |_, _| 0), 16).unwrap();
        assert_eq!(reference.score(picture(17, 16, |_, _| 0), 17), 0.0);
    }
}
