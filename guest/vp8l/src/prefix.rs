//! Prefix codes: their lengths, and how they are written.

use crate::bits::BitWriter;

/// The longest code of a symbol, in bits.
const MOST: u32 = 15;

/// The prefix code of an alphabet.
pub(crate) struct Code {
    lengths: Vec<u8>,
    /// The code words, with their bits in the order in which they are written.
    words: Vec<u16>,
}

impl Code {
    /// The best code for symbols with these counts.
    pub(crate) fn new(counts: &[u32]) -> Self {
        Self::limited(counts, MOST)
    }

    fn limited(counts: &[u32], most: u32) -> Self {
        let mut used: Vec<(u32, usize)> =
            counts.iter().copied().zip(0..).filter(|&(count, _)| count > 0).collect();
        used.sort_unstable();
        let mut lengths = vec![0; counts.len()];
        let mut least = 1;
        // The counts of rare symbols are raised until no code is too long.
        while !assign(&used, least, most, &mut lengths) {
            least *= 2;
        }
        let words = words(&lengths, most);
        Self { lengths, words }
    }

    /// Whether there is at most one symbol, so that it takes no bits.
    fn is_single(&self) -> bool {
        self.lengths.iter().filter(|length| **length > 0).nth(1).is_none()
    }

    /// The size of all symbols: code words and their lengths, none for a single symbol.
    pub(crate) fn writer(&self) -> Vec<(u16, u8)> {
        if self.is_single() {
            return vec![(0, 0); self.lengths.len()];
        }
        self.words.iter().copied().zip(self.lengths.iter().copied()).collect()
    }

    /// Write the code itself.
    pub(crate) fn write(&self, out: &mut BitWriter) {
        let used = self.lengths.iter().zip(0_u32..).filter(|(length, _)| **length > 0);
        let used: Vec<u32> = used.map(|(_, symbol)| symbol).take(3).collect();
        match *used.as_slice() {
            [] => out.put(1, 4),
            [only] if only < 256 => simple(only, None, out),
            [first, second] if second < 256 => simple(first, Some(second), out),
            _ => self.write_lengths(out),
        }
    }

    fn write_lengths(&self, out: &mut BitWriter) {
        let mut steps = steps(&self.lengths);
        let mut counts = [0; STEPS];
        steps.iter().for_each(|step| counts[usize::from(step.symbol)] += 1);
        let code = Self::limited(&counts, 7);
        let writer = code.writer();
        // Unused symbols at the end can be omitted if the number of steps is written.
        let last = steps.iter().rposition(|step| !matches!(step.symbol, 0 | 17 | 18));
        let kept = last.map_or(0, |last| last + 1).max(2);
        let cost = |step: &Step| u32::from(writer[usize::from(step.symbol)].1) + step.bits;
        let saved: u32 = steps.iter().skip(kept).map(cost).sum();
        let size = (kept as u32 - 2).checked_ilog2().map_or(1, |high| high + 1);
        let size = size.next_multiple_of(2);

        out.put(0, 1);
        let order = || ORDER.iter().map(|&symbol| code.lengths[symbol]);
        let written = order().rposition(|length| length > 0).map_or(4, |last| (last + 1).max(4));
        out.put(written as u32 - 4, 4);
        order().take(written).for_each(|length| out.put(u32::from(length), 3));
        if saved > 3 + size && kept < steps.len() {
            out.put(1, 1);
            out.put((size - 2) / 2, 3);
            out.put(kept as u32 - 2, size);
            steps.truncate(kept);
        } else {
            out.put(0, 1);
        }
        for step in steps {
            let (word, length) = writer[usize::from(step.symbol)];
            out.put(u32::from(word), u32::from(length));
            out.put(step.extra, step.bits);
        }
    }
}

fn simple(first: u32, second: Option<u32>, out: &mut BitWriter) {
    out.put(1, 1);
    out.put(u32::from(second.is_some()), 1);
    let bits = if first > 1 { 8 } else { 1 };
    out.put(u32::from(bits == 8), 1);
    out.put(first, bits);
    if let Some(second) = second {
        out.put(second, 8);
    }
}

/// Lengths for symbols in the order of their counts. Returns whether they are all short enough.
fn assign(used: &[(u32, usize)], least: u32, most: u32, lengths: &mut [u8]) -> bool {
    if let [(_, symbol)] = *used {
        lengths[symbol] = 1;
    }
    if used.len() < 2 {
        return true;
    }
    // Two queues in order: symbols, and nodes of two.
    let mut weights: Vec<u64> = used.iter().map(|&(count, _)| count.max(least).into()).collect();
    let mut parents = vec![0; used.len() * 2 - 1];
    let (mut symbol, mut node) = (0, used.len());
    while weights.len() < parents.len() {
        let mut lightest = || {
            let from_symbols =
                symbol < used.len() && (node >= weights.len() || weights[symbol] <= weights[node]);
            let next = if from_symbols { &mut symbol } else { &mut node };
            *next += 1;
            *next - 1
        };
        let (a, b) = (lightest(), lightest());
        parents[a] = weights.len();
        parents[b] = weights.len();
        weights.push(weights[a] + weights[b]);
    }
    let mut depths = vec![0_u32; parents.len()];
    for at in (0..parents.len() - 1).rev() {
        depths[at] = depths[parents[at]] + 1;
    }
    for (&(_, symbol), &depth) in used.iter().zip(&depths) {
        lengths[symbol] = depth.min(255) as u8;
    }
    depths.iter().take(used.len()).all(|&depth| depth <= most)
}

/// Canonical codes, with their bits reversed.
fn words(lengths: &[u8], most: u32) -> Vec<u16> {
    let mut next = vec![0_u32; most as usize + 2];
    for &length in lengths.iter().filter(|length| **length > 0) {
        next[usize::from(length) + 1] += 1;
    }
    for length in 1..next.len() {
        next[length] = (next[length] + next[length - 1]) << 1;
    }
    // `next[n]` is now twice the space that codes shorter than n take.
    let mut word = |&length: &u8| {
        if length == 0 {
            return 0;
        }
        let code = next[usize::from(length)];
        next[usize::from(length)] += 1;
        (code as u16).reverse_bits() >> (16 - u32::from(length))
    };
    lengths.iter().map(&mut word).collect()
}

/// Symbols of the code-length code.
const STEPS: usize = 19;
/// The order in which the lengths of its codes are written.
const ORDER: [usize; STEPS] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// A length, or a run of them.
struct Step {
    symbol: u8,
    extra: u32,
    bits: u32,
}

fn steps(lengths: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut before = 8;
    for run in lengths.chunk_by(|a, b| a == b) {
        let (length, mut left) = (run[0], run.len());
        let one = Step { symbol: length, extra: 0, bits: 0 };
        if length > 0 && length != before {
            steps.push(Step { ..one });
            left -= 1;
            before = length;
        }
        while left >= 3 {
            let (symbol, shortest, bits) = match length {
                0 if left > 10 => (18, 11, 7),
                0 => (17, 3, 3),
                _ => (16, 3, 2),
            };
            let count = left.min(shortest + (1 << bits) - 1);
            steps.push(Step { symbol, extra: (count - shortest) as u32, bits });
            left -= count;
        }
        steps.extend((0..left).map(|_| Step { ..one }));
    }
    steps
}
