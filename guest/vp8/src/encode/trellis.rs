//! Trellis quantisation: the best path through a block, position by position.

use super::quant::{Levels, Steps};
use super::tokens::Costs;
use crate::tables::ZIGZAG;
use crate::transform::Block;

/// A path to the position before the next.
#[derive(Clone, Copy)]
struct Way {
    /// Includes the cost of continuing, which is implied after a zero.
    score: i64,
    /// The context of the next level.
    context: usize,
}

impl Way {
    /// Worse than any other.
    const NONE: Self = Self { score: i64::MAX / 2, context: 0 };
}

/// A block, the costs for choosing its levels, and its context.
pub(super) struct Trellis<'a> {
    pub(super) steps: &'a Steps,
    pub(super) costs: &'a Costs,
    pub(super) kind: usize,
    pub(super) context: usize,
    /// The weight of a 256th of a bit, in 256ths of a squared coefficient.
    pub(super) lambda: i64,
}

impl Trellis<'_> {
    /// The levels with the lowest rate-distortion cost. `block` becomes the reconstructed
    /// coefficients. A separate function, which keeps its values in registers.
    #[inline(never)]
    pub(super) fn quantise(&self, block: &mut Block) -> Levels {
        let mut levels = Levels::default();
        let sizes = ZIGZAG.map(|at| block[at].abs());
        let step = |n: usize| self.steps.step[ZIGZAG[n]];
        // A coefficient that is nearer to the lower level is not rounded up.
        let Some(last) = (0..16).rposition(|n| 2 * sizes[n] >= step(n)) else {
            *block = [0; 16];
            return levels;
        };
        let zero = |n: usize| i64::from(sizes[n]) * i64::from(sizes[n]) * 256;
        let end = |n: usize, context: usize, on: bool| {
            self.lambda * i64::from(self.costs.end(self.kind, n, context, on))
        };
        // The distortion of the remaining coefficients if the block ends here.
        let mut rest: i64 = (0..=last).map(zero).sum();
        // The best end so far: its score, position and candidate.
        let mut best = (rest + end(0, self.context, false), None);
        let start = Way { score: end(0, self.context, true), context: self.context };
        let mut ways = [start, Way::NONE];
        // For each candidate: its level, and its predecessor.
        let mut path = [[(0, 0); 2]; 16];
        for n in 0..=last {
            rest -= zero(n);
            let low = self.steps.below(ZIGZAG[n], sizes[n]).min(2046);
            let up = 2 * sizes[n] >= (2 * low + 1) * step(n);
            let mut next = [Way::NONE; 2];
            for (k, next) in next.iter_mut().enumerate() {
                if k > 0 && !up {
                    break;
                }
                let level = low + k as i32;
                let off = i64::from(sizes[n] - level * step(n));
                let by = |way: Way| {
                    let bits = self.costs.level(self.kind, n, way.context, level);
                    way.score + self.lambda * i64::from(bits)
                };
                let (first, second) = (by(ways[0]), by(ways[1]));
                path[n][k] = (level, usize::from(second < first));
                let score = first.min(second) + 256 * off * off;
                let context = level.min(2) as usize;
                *next = Way { score, context };
                if level > 0 {
                    let mut ended = score + rest;
                    if n < 15 {
                        ended += end(n + 1, context, false);
                        next.score += end(n + 1, context, true);
                    }
                    if ended < best.0 {
                        best = (ended, Some((n, k)));
                    }
                }
            }
            ways = next;
        }
        let signs = *block;
        *block = [0; 16];
        let Some((n, mut k)) = best.1 else { return levels };
        levels.end = n + 1;
        for n in (0..=n).rev() {
            let (level, from) = path[n][k];
            let at = ZIGZAG[n];
            let level = if signs[at] < 0 { -level } else { level };
            levels.values[n] = level as i16;
            block[at] = level * step(n);
            k = from;
        }
        levels
    }
}
