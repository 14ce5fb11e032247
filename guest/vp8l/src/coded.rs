//! A picture as tokens.

use crate::cache::{Cache, Sizes};
use crate::costs::Costs;
use crate::distance::Distances;
use crate::histogram::Histogram;
use crate::matches;
use crate::parse::Parse;
use crate::symbol::{Prefixed, Symbol};
use crate::token::Token;

/// The number of positions with the same hash to try.
const DEPTH: usize = 12;

/// Tokens, with the settings that they were chosen for.
pub(crate) struct Coded {
    pub(crate) tokens: Vec<Token>,
    pub(crate) distances: Distances,
    /// The bits of the cache's indices.
    pub(crate) cache: u32,
}

impl Coded {
    pub(crate) fn new(pixels: &[u32], width: usize) -> Self {
        let mut tokens = matches::find(pixels, width, DEPTH);
        let distances = Distances::new(width);
        // First with estimated costs, then with the costs from that result.
        let (costs, cache) = first_costs(pixels, width, &mut tokens, &distances);
        let parse = Parse { pixels, width, distances: &distances, costs: &costs, cache };
        let mut count = 0;
        parse.run(&mut tokens, |tokens, chosen| {
            // There are not more than the matches that they were chosen from.
            tokens[count..count + chosen.len()].copy_from_slice(chosen);
            count += chosen.len();
        });
        tokens.truncate(count);
        Self { tokens, distances, cache }
    }

    /// Visit all symbols, with the position of each.
    pub(crate) fn each(&self, pixels: &[u32], mut take: impl FnMut(usize, Symbol)) {
        let mut cache = Cache::new(self.cache);
        let mut at = 0;
        for token in &self.tokens {
            let length = token.length();
            if token.distance() == 0 {
                let pixel = pixels[at];
                let hit = cache.put(pixel);
                take(at, hit.map_or(Symbol::Literal(pixel), Symbol::Cached));
            } else {
                let distance = Prefixed::of(self.distances.code(token.distance()));
                take(at, Symbol::Copy { length: Prefixed::of(length), distance });
                cache.put_all(&pixels[at..at + length]);
            }
            at += length;
        }
    }
}

/// Costs from a first choice of tokens, and the best cache size.
fn first_costs(
    pixels: &[u32],
    width: usize,
    matches: &mut [Token],
    distances: &Distances,
) -> (Costs, u32) {
    let guess = Costs::guess(pixels);
    let parse = Parse { pixels, width, distances, costs: &guess, cache: 0 };
    let mut sizes = Sizes::new();
    let mut copies = Histogram::new(0);
    let mut at = 0;
    parse.run(matches, |_, chosen| {
        for token in chosen {
            let length = token.length();
            if token.distance() == 0 {
                sizes.pixel(pixels[at]);
            } else {
                sizes.copied(&pixels[at..at + length]);
                let distance = Prefixed::of(distances.code(token.distance()));
                copies.add(Symbol::Copy { length: Prefixed::of(length), distance });
            }
            at += length;
        }
    });
    let (cache, all) = sizes.best(&copies);
    (Costs::of(&all), cache)
}
