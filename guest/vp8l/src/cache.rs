//! The colour cache.

use crate::entropy::Products;
use crate::histogram::Histogram;
use crate::symbol::Symbol;

/// Index bits of the largest cache.
pub(crate) const MOST_BITS: u32 = 10;

/// Recent colours by hash. The state depends only on the pixels, not on how they are coded.
pub(crate) struct Cache {
    colours: Vec<u32>,
    shift: u32,
}

impl Cache {
    /// A cache with indices of this many bits; none if 0.
    pub(crate) fn new(bits: u32) -> Self {
        Self { colours: if bits == 0 { Vec::new() } else { vec![0; 1 << bits] }, shift: 32 - bits }
    }

    #[inline]
    fn index(&self, pixel: u32) -> usize {
        (pixel.wrapping_mul(0x1e35_a7bd) >> self.shift) as usize
    }

    /// Insert a pixel. Returns its index if it was present.
    #[inline]
    pub(crate) fn put(&mut self, pixel: u32) -> Option<usize> {
        if self.colours.is_empty() {
            return None;
        }
        let index = self.index(pixel);
        let hit = self.colours[index] == pixel;
        self.colours[index] = pixel;
        hit.then_some(index)
    }

    pub(crate) fn put_all(&mut self, pixels: &[u32]) {
        if !self.colours.is_empty() {
            for run in pixels.chunk_by(|a, b| a == b) {
                let index = self.index(run[0]);
                self.colours[index] = run[0];
            }
        }
    }
}

/// Caches of several sizes, tried in one pass.
pub(crate) struct Sizes {
    trials: Vec<Trial>,
}

struct Trial {
    bits: u32,
    cache: Cache,
    counts: Histogram,
}

impl Sizes {
    pub(crate) fn new() -> Self {
        let trial =
            |bits: u32| Trial { bits, cache: Cache::new(bits), counts: Histogram::new(bits) };
        Self { trials: [0, 2, 4, 6, 8, MOST_BITS].map(trial).into() }
    }

    pub(crate) fn pixel(&mut self, pixel: u32) {
        for Trial { cache, counts, .. } in &mut self.trials {
            counts.add(cache.put(pixel).map_or(Symbol::Literal(pixel), Symbol::Cached));
        }
    }

    pub(crate) fn copied(&mut self, pixels: &[u32]) {
        for trial in &mut self.trials {
            trial.cache.put_all(pixels);
        }
    }

    /// The index bits with the lowest total cost, including `copies`, and all symbols.
    pub(crate) fn best(self, copies: &Histogram) -> (u32, Histogram) {
        let products = Products::new();
        let all = self.trials.into_iter().map(|Trial { bits, mut counts, .. }| {
            counts.merge(copies);
            (counts.bits(&products), bits, counts)
        });
        let best = all.min_by(|a, b| a.0.total_cmp(&b.0));
        best.map_or((0, Histogram::new(0)), |(_, bits, counts)| (bits, counts))
    }
}
