//! Segments: parts of the picture with separate quantisers, by their amount of detail.

use super::source::Source;

/// How many segments the format has.
pub(super) const SEGMENTS: usize = 4;

/// The segment of each block, and its quantiser.
pub(super) struct Segments {
    /// The segment of each block, row by row.
    pub(super) map: Vec<u8>,
    /// The quantiser index of each segment.
    pub(super) indices: [usize; SEGMENTS],
}

/// Steps of the quantiser index per doubling of the variance. Found by experiment, at equal
/// SSIMULACRA2.
const STRENGTH: f32 = 2.2;
/// Added to the variance: differences below it are invisible.
const FLOOR: f32 = 4.0;

impl Segments {
    /// Segments around a quantiser index.
    pub(super) fn new(luma: &Source<'_>, index: usize) -> Self {
        let (across, down) = (luma.width.div_ceil(16), luma.height.div_ceil(16));
        let mut busy = Vec::with_capacity(across * down);
        let mut block = [0; 256];
        for y in 0..down {
            for x in 0..across {
                luma.block::<16>(x * 16, y * 16, &mut block);
                busy.push(busyness(&block));
            }
        }
        let centres = centres(&busy);
        let nearest = |value: f32| {
            let off = |n: &usize| (value - centres[*n]).abs();
            (0..SEGMENTS).min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(0)
        };
        let map: Vec<u8> = busy.iter().map(|&value| nearest(value) as u8).collect();
        let mean = busy.iter().sum::<f32>() / busy.len().max(1) as f32;
        let indices = centres.map(|centre| {
            let index = index as f32 + (centre - mean) * STRENGTH;
            index.round().clamp(0.0, 127.0) as usize
        });
        Self { map, indices }
    }
}

/// The mean logarithm of the variance of its four quarters.
fn busyness(block: &[u8; 256]) -> f32 {
    let mut sums = [[0_u32; 2]; 4];
    for (at, &sample) in block.iter().enumerate() {
        let [sum, squares] = &mut sums[at >> 7 << 1 | at >> 3 & 1];
        *sum += u32::from(sample);
        *squares += u32::from(sample) * u32::from(sample);
    }
    let logarithm =
        |[sum, squares]: [u32; 2]| ((squares * 64 - sum * sum) as f32 / 4096.0 + FLOOR).log2();
    sums.map(logarithm).iter().sum::<f32>() / 4.0
}

/// The centres of clusters of values, from low to high.
fn centres(values: &[f32]) -> [f32; SEGMENTS] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let at = |part: usize| sorted.get(sorted.len() * part / 8).copied().unwrap_or(0.0);
    let mut centres = [at(1), at(3), at(5), at(7)];
    for _ in 0..8 {
        let mut sums = [(0.0, 0.0); SEGMENTS];
        let mut group = 0;
        for &value in &sorted {
            while group + 1 < SEGMENTS && value > (centres[group] + centres[group + 1]) / 2.0 {
                group += 1;
            }
            sums[group].0 += value;
            sums[group].1 += 1.0;
        }
        for (centre, (sum, count)) in centres.iter_mut().zip(sums) {
            if count > 0.0 {
                *centre = sum / count;
            }
        }
    }
    centres
}
