//! The choice between pixels and copies, by total cost.

use crate::cache::Cache;
use crate::costs::Costs;
use crate::distance::Distances;
use crate::token::Token;

/// Pixels that are decided on together, which bounds the memory.
const TOGETHER: usize = 1 << 16;
/// Copies up to this length are tried in all lengths.
const EVERY: usize = 24;
/// A longer copy is not tried again from each of its pixels.
const LONG: usize = 32;

/// The input of a choice.
pub(crate) struct Parse<'a> {
    pub(crate) pixels: &'a [u32],
    pub(crate) width: usize,
    pub(crate) distances: &'a Distances,
    pub(crate) costs: &'a Costs,
    /// The bits of the cache's indices.
    pub(crate) cache: u32,
}

/// The best path to a pixel so far.
#[derive(Clone, Copy)]
struct Way {
    cost: u32,
    last: Token,
}

/// The longest copies from nearby pixels, by position.
struct Near {
    distance: usize,
    lengths: Vec<u16>,
}

impl Parse<'_> {
    /// Choose among matches, and pass on tokens in order: one part of the picture at a time, with
    /// the position of its first.
    pub(crate) fn run(&self, matches: &mut [Token], mut take: impl FnMut(&mut [Token], &[Token])) {
        let mut cache = Cache::new(self.cache);
        let mut chosen = Vec::new();
        for start in (0..self.pixels.len()).step_by(TOGETHER) {
            let end = self.pixels.len().min(start + TOGETHER);
            self.part(&matches[start..end], start, &mut cache, &mut chosen);
            take(matches, &chosen);
        }
    }

    fn part(&self, matches: &[Token], start: usize, cache: &mut Cache, chosen: &mut Vec<Token>) {
        let count = matches.len();
        let mut ways = vec![Way { cost: u32::MAX, last: Token::PIXEL }; count + 1];
        ways[0].cost = 0;
        let near = [1, self.width].map(|distance| self.near(distance, start, count));
        let mut before = [0; 3];
        for at in 0..count {
            let here = ways[at].cost;
            let pixel = self.pixels[start + at];
            let literal = match cache.put(pixel) {
                Some(index) => self.costs.cached(index).min(self.costs.literal(pixel)),
                None => self.costs.literal(pixel),
            };
            if here + literal < ways[at + 1].cost {
                ways[at + 1] = Way { cost: here + literal, last: Token::PIXEL };
            }
            let longest = matches[at];
            let all = [
                (longest.length().min(count - at), longest.distance()),
                (usize::from(near[0].lengths[at]), near[0].distance),
                (usize::from(near[1].lengths[at]), near[1].distance),
            ];
            for (i, (length, distance)) in all.into_iter().enumerate() {
                let same = std::mem::replace(&mut before[i], distance) == distance;
                if distance == 0 || length < 2 || (i > 0 && distance == longest.distance()) {
                    continue;
                }
                let base = here + self.costs.distance(distance, self.distances);
                let goes_on = same && length >= LONG;
                relax(&mut ways[at..], base, length, distance, goes_on, self.costs.lengths());
            }
        }
        chosen.clear();
        let mut at = count;
        while at > 0 {
            chosen.push(ways[at].last);
            at -= ways[at].last.length();
        }
        chosen.reverse();
    }

    /// The lengths of copies from one distance, at each pixel of a part.
    fn near(&self, distance: usize, start: usize, count: usize) -> Near {
        let mut lengths = vec![0_u16; count];
        let mut length = 0_u16;
        for at in (0..count).rev() {
            let place = start + at;
            let equal = place >= distance && self.pixels[place] == self.pixels[place - distance];
            length = if equal { (length + 1).min(4095) } else { 0 };
            lengths[at] = length;
        }
        Near { distance, lengths }
    }
}

/// Try copies of up to some length from the first of `ways`.
fn relax(
    ways: &mut [Way],
    base: u32,
    length: usize,
    distance: usize,
    goes_on: bool,
    lengths: &[u32],
) {
    let mut to = |length: usize| {
        let cost = base + lengths[length];
        if cost < ways[length].cost {
            ways[length] = Way { cost, last: Token::copy(length, distance) };
        }
    };
    to(length);
    if goes_on {
        return;
    }
    for shorter in 2..length.min(EVERY + 1) {
        to(shorter);
    }
    // The longest of each symbol: 32, 48, 64, 96 and so on.
    let mut step = 8;
    let mut longer = EVERY + step;
    while longer < length {
        to(longer);
        if longer.is_power_of_two() {
            step = longer / 2;
        }
        longer += step;
    }
}
