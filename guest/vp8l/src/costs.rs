//! The costs of tokens.

use crate::distance::Distances;
use crate::entropy::{BIT, prices};
use crate::histogram::{DISTANCES, Histogram, LENGTHS};
use crate::symbol::{Prefixed, Symbol};
use crate::token::LONGEST;

/// Costs of symbols, in fractions of a bit.
pub(crate) struct Costs {
    green: Vec<u32>,
    red: [u32; 256],
    blue: [u32; 256],
    opacity: [u32; 256],
    length: Vec<u32>,
    distance: [u32; DISTANCES],
}

impl Costs {
    pub(crate) fn of(histogram: &Histogram) -> Self {
        let mut green = vec![0; histogram.green().len()];
        prices(histogram.green(), &mut green);
        let [mut red, mut blue, mut opacity] = [[0; 256]; 3];
        prices(histogram.red(), &mut red);
        prices(histogram.blue(), &mut blue);
        prices(histogram.opacity(), &mut opacity);
        let mut distance = [0; DISTANCES];
        prices(histogram.distances(), &mut distance);
        let length = (0..=LONGEST).map(|length| {
            let Prefixed { symbol, bits, .. } = Prefixed::of(length.max(1));
            green[256 + symbol as usize] + bits * BIT
        });
        Self { length: length.collect(), green, red, blue, opacity, distance }
    }

    /// Initial costs, from the frequencies of values only.
    pub(crate) fn guess(pixels: &[u32]) -> Self {
        let mut histogram = Histogram::new(0);
        for &pixel in pixels {
            histogram.add(Symbol::Literal(pixel));
        }
        let mut costs = Self::of(&histogram);
        for (length, cost) in costs.length.iter_mut().enumerate() {
            *cost = (4 + 2 * Prefixed::of(length.max(1)).bits) * BIT;
        }
        costs.distance = [5 * BIT; DISTANCES];
        costs
    }

    #[inline]
    pub(crate) fn literal(&self, pixel: u32) -> u32 {
        let [blue, green, red, opacity] = pixel.to_le_bytes().map(usize::from);
        self.green[green] + self.red[red] + self.blue[blue] + self.opacity[opacity]
    }

    #[inline]
    pub(crate) fn cached(&self, index: usize) -> u32 {
        self.green[256 + LENGTHS + index]
    }

    /// Costs of copies, by their length.
    pub(crate) fn lengths(&self) -> &[u32] {
        &self.length
    }

    #[inline]
    pub(crate) fn distance(&self, distance: usize, distances: &Distances) -> u32 {
        let Prefixed { symbol, bits, .. } = Prefixed::of(distances.code(distance));
        self.distance[symbol as usize] + bits * BIT
    }
}
