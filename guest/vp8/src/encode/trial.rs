//! A way to code a block, and its score.

use obscura_simd::{I16x8, I32x4, U8x16};

use super::quant::Levels;

/// A way to code luma or chroma, and its cost.
pub(super) struct Trial {
    pub(super) levels: [Levels; 16],
    pub(super) constants: Levels,
    pub(super) samples: [u8; 256],
    pub(super) rate: u32,
    pub(super) distortion: u32,
}

impl Trial {
    pub(super) fn score(&self, lambda: i64) -> i64 {
        i64::from(self.rate) * lambda + 256 * i64::from(self.distortion)
    }
}

/// Sub-block `index` of a block of `N` columns.
pub(super) fn part<const N: usize>(block: &[u8], index: usize) -> [u8; 16] {
    let first = index / (N / 4) * 4 * N + index % (N / 4) * 4;
    let mut out = [0; 16];
    for (row, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let at = first + row * N;
        out.copy_from_slice(&block[at..at + 4]);
    }
    out
}

pub(super) fn put_part<const N: usize>(block: &mut [u8], index: usize, samples: &[u8; 16]) {
    let first = index / (N / 4) * 4 * N + index % (N / 4) * 4;
    for (row, samples) in samples.as_chunks::<4>().0.iter().enumerate() {
        let at = first + row * N;
        block[at..at + 4].copy_from_slice(samples);
    }
}

/// The absolute differences of sixteen samples each.
#[inline(always)]
fn apart<'a>(a: &'a [u8], b: &'a [u8]) -> impl Iterator<Item = U8x16> + use<'a> {
    let pairs = a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0);
    pairs.map(|(a, b)| {
        let (a, b) = (U8x16::load(a), U8x16::load(b));
        a.sub_saturating(b).or(b.sub_saturating(a))
    })
}

/// The sum of absolute differences of up to 256 samples, a multiple of sixteen.
pub(super) fn difference(a: &[u8], b: &[u8]) -> u32 {
    let none = I16x8::splat(0);
    let sums = apart(a, b).fold(none, |sums, apart| sums.add(I16x8::pairwise_sums(apart)));
    sums.dot(I16x8::splat(1)).store().iter().sum::<i32>() as u32
}

/// The sum of squared differences of samples, a multiple of sixteen.
pub(super) fn error(a: &[u8], b: &[u8]) -> u32 {
    let sums = apart(a, b).fold(I32x4::splat(0), |sums, apart| {
        let (low, high) = (apart.widen_low(), apart.widen_high());
        sums.add(low.dot(low)).add(high.dot(high))
    });
    sums.store().iter().sum::<i32>() as u32
}
