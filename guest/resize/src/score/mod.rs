//! The similarity of an encoded picture to its original: SSIMULACRA2, by Jon Sneyers
//! (<https://github.com/cloudinary/ssimulacra2>). 100 is identical, 90 indistinguishable, 70 good,
//! 50 fair, 30 poor.
//!
//! Pictures are compared at six scales in the colour space XYB, by structure, by new edges
//! (ringing, blocks) and by lost edges (blur).

mod blur;
mod weights;
mod xyb;

use blur::blur;
use weights::WEIGHTS;
use xyb::{Linear, xyb};

/// The number of scales.
const SCALES: usize = 6;

/// The minimum side of a compared picture.
const SMALLEST: usize = 8;

/// A reference picture, with data that is computed once.
pub(crate) struct Reference {
    scales: Vec<Prepared>,
}

/// A picture at one scale.
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
    fn of(picture: &Linear) -> Self {
        let planes = xyb(picture);
        let blurred = |plane: &Vec<f32>| blur(plane, picture.width);
        let means = planes.each_ref().map(blurred);
        let squares = planes.each_ref().map(|plane| blurred(&product(plane, plane)));
        Self { width: picture.width, planes, means, squares }
    }
}

impl Reference {
    /// From RGB pixels in sRGB. None if it is too small.
    pub(crate) fn new(rgb: &[u8], width: usize) -> Option<Self> {
        let scales = scales(rgb, width)?.iter().map(Prepared::of).collect();
        Some(Self { scales })
    }

    /// The score of a picture of the same size; 0 if the size differs.
    pub(crate) fn score(&self, rgb: &[u8], width: usize) -> f64 {
        let Some(others) = scales(rgb, width) else { return 0.0 };
        if others.len() != self.scales.len() {
            return 0.0;
        }
        let mut sum = 0.0;
        for (scale, (own, other)) in self.scales.iter().zip(&others).enumerate() {
            let other = Prepared::of(other);
            if own.width != other.width || own.planes[0].len() != other.planes[0].len() {
                return 0.0;
            }
            for channel in 0..3 {
                let parts = compare(own, &other, channel);
                // With fewer scales, the weights shift, as in the original.
                let weights = WEIGHTS.as_flattened().get(channel * others.len() + scale);
                let products = weights.into_iter().flatten().zip(parts).map(|(w, part)| w * part);
                sum += products.sum::<f64>();
            }
        }
        to_scale(sum)
    }
}

/// The picture at every scale, in linear light.
fn scales(rgb: &[u8], width: usize) -> Option<Vec<Linear>> {
    let first = Linear::of(rgb, width);
    let (mut width, mut height) = (first.width, first.height);
    if width < SMALLEST || height < SMALLEST {
        return None;
    }
    let mut scales = vec![first];
    while scales.len() < SCALES {
        // As in the original, the size is checked before halving.
        if width < SMALLEST || height < SMALLEST {
            break;
        }
        let half = scales.last()?.halved();
        (width, height) = (half.width, half.height);
        scales.push(half);
    }
    Some(scales)
}

fn product(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

/// Mean and 4-norm of differences in structure, of new edges and of lost edges, in the order of the
/// weights.
fn compare(own: &Prepared, other: &Prepared, channel: usize) -> [f64; 6] {
    const STABLE: f32 = 0.0009;
    let both = blur(&product(&own.planes[channel], &other.planes[channel]), own.width);
    let mut sums = [0.0; 6];
    let count = both.len();
    let own = (
        &own.planes[channel][..count],
        &own.means[channel][..count],
        &own.squares[channel][..count],
    );
    let other = (
        &other.planes[channel][..count],
        &other.means[channel][..count],
        &other.squares[channel][..count],
    );
    for (at, both) in both.iter().enumerate() {
        let (mean, mean_other) = (own.1[at], other.1[at]);
        let difference = mean - mean_other;
        let structure = 2.0 * (both - mean * mean_other) + STABLE;
        let spread = (own.2[at] - mean * mean) + (other.2[at] - mean_other * mean_other) + STABLE;
        let like = (1.0 - difference * difference) * structure / spread;
        let unlike = (1.0 - f64::from(like)).max(0.0);

        let edge = 1.0 + f64::from((own.0[at] - mean).abs());
        let edge_other = 1.0 + f64::from((other.0[at] - mean_other).abs());
        let change = edge_other / edge - 1.0;
        for (part, value) in [unlike, change.max(0.0), (-change).max(0.0)].into_iter().enumerate() {
            sums[part] += value;
            sums[part + 3] += value * value * value * value;
        }
    }
    let count = count as f64;
    let [a, b, c, d, e, f] = sums.map(|sum| sum / count);
    [a, b, c, d.sqrt().sqrt(), e.sqrt().sqrt(), f.sqrt().sqrt()]
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
        let reference = Reference::new(&original, 96).unwrap();
        assert!(reference.score(&original, 96) > 99.99);
        let noise = |strength: i32| {
            picture(96, 80, move |x, y| {
                let hash = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761) >> 7;
                (hash % 17) as i32 * strength / 8 - strength
            })
        };
        let scores = [1, 4, 12, 40].map(|strength| reference.score(&noise(strength), 96));
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
        for (width, height, dark) in [(96, 80, 0), (161, 107, 0), (97, 33, 100), (40, 40, 60)] {
            let original = picture(width, height, |_, _| -dark);
            let reference = Reference::new(&original, width).unwrap();
            for strength in [3, 8, 20] {
                let blocks = picture(width, height, |x, y| {
                    ((x / 8 * 5 + y / 8 * 3) % 7) as i32 * strength / 4 - dark
                });
                let (own, expected) =
                    (reference.score(&blocks, width), judged(&original, &blocks, width));
                assert!((own - expected).abs() < 0.25, "{width}x{height}: {own}, {expected}");
            }
        }
    }

    #[test]
    fn other_sizes_are_not_compared() {
        assert!(Reference::new(&[0; 7 * 9 * 3], 7).is_none());
        let reference = Reference::new(&picture(16, 16, |_, _| 0), 16).unwrap();
        assert_eq!(reference.score(&picture(17, 16, |_, _| 0), 17), 0.0);
    }
}
