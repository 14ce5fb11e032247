//! How often symbols occur.

use crate::entropy::{Products, prices};
use crate::symbol::Symbol;

/// Symbols of lengths, which follow the values of green.
pub(crate) const LENGTHS: usize = 24;
/// Symbols of distances.
pub(crate) const DISTANCES: usize = 40;

/// Counts of all symbols, one alphabet after the other.
#[derive(Clone)]
pub(crate) struct Histogram {
    pub(crate) counts: Vec<u32>,
}

/// Offsets of the alphabets: red, blue, opacity, distances; green with lengths and the cache.
const STARTS: [usize; 5] = [0, 256, 512, 768, 768 + DISTANCES];

impl Histogram {
    pub(crate) fn new(cache: u32) -> Self {
        let entries = if cache == 0 { 0 } else { 1 << cache };
        Self { counts: vec![0; STARTS[4] + 256 + LENGTHS + entries] }
    }

    pub(crate) fn red(&self) -> &[u32] {
        &self.counts[STARTS[0]..STARTS[1]]
    }

    pub(crate) fn blue(&self) -> &[u32] {
        &self.counts[STARTS[1]..STARTS[2]]
    }

    pub(crate) fn opacity(&self) -> &[u32] {
        &self.counts[STARTS[2]..STARTS[3]]
    }

    pub(crate) fn distances(&self) -> &[u32] {
        &self.counts[STARTS[3]..STARTS[4]]
    }

    pub(crate) fn green(&self) -> &[u32] {
        &self.counts[STARTS[4]..]
    }

    #[inline]
    pub(crate) fn add(&mut self, symbol: Symbol) {
        match symbol {
            Symbol::Literal(pixel) => {
                let [blue, green, red, opacity] = pixel.to_le_bytes().map(usize::from);
                self.counts[STARTS[0] + red] += 1;
                self.counts[STARTS[1] + blue] += 1;
                self.counts[STARTS[2] + opacity] += 1;
                self.counts[STARTS[4] + green] += 1;
            }
            Symbol::Cached(index) => self.counts[STARTS[4] + 256 + LENGTHS + index] += 1,
            Symbol::Copy { length, distance } => {
                self.counts[STARTS[4] + 256 + length.symbol as usize] += 1;
                self.counts[STARTS[3] + distance.symbol as usize] += 1;
            }
        }
    }

    /// Add another histogram.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    pub(crate) fn alphabets(&self) -> [&[u32]; 5] {
        [self.green(), self.red(), self.blue(), self.opacity(), self.distances()]
    }

    /// The cost of each symbol.
    pub(crate) fn prices(&self) -> Vec<u32> {
        let mut all = vec![0; self.counts.len()];
        let ends = STARTS.iter().copied().skip(1).chain([all.len()]);
        for (start, end) in STARTS.into_iter().zip(ends) {
            prices(&self.counts[start..end], &mut all[start..end]);
        }
        all
    }

    /// The approximate number of bits of all symbols and their codes.
    pub(crate) fn bits(&self, products: &Products) -> f32 {
        self.alphabets().into_iter().map(|counts| alphabet_bits(counts, products)).sum()
    }

    /// The same for the sum of two.
    pub(crate) fn bits_with(&self, other: &Self, products: &Products, sum: &mut Self) -> f32 {
        for ((sum, a), b) in sum.counts.iter_mut().zip(&self.counts).zip(&other.counts) {
            *sum = a + b;
        }
        sum.bits(products)
    }
}

/// The bits for the length of a symbol's code, and for the end of a run of unused ones.
const SAY: f32 = 3.0;
const RUN: f32 = 4.0;

fn alphabet_bits(counts: &[u32], products: &Products) -> f32 {
    let (mut total, mut sum, mut used, mut runs) = (0, 0.0, 0_u32, 0_u32);
    let mut before = false;
    for &count in counts {
        if count > 0 {
            total += count;
            sum += products.of(count);
            used += 1;
        }
        runs += u32::from((count > 0) != before);
        before = count > 0;
    }
    match used {
        0 | 1 => 4.0 + 8.0 * used as f32,
        2 => 20.0 + (products.of(total) - sum).max(total as f32),
        _ => 30.0 + (products.of(total) - sum) + SAY * used as f32 + RUN * runs as f32,
    }
}
