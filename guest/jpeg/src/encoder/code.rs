//! Huffman codes of the encoder: standard and optimal ones.

use crate::standard::STANDARD;

/// A Huffman code: how many symbols have each length, and the symbols in order of their codes.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) counts: [u8; 16],
    pub(crate) symbols: Vec<u8>,
}

impl Code {
    /// The optimal code for the given frequencies, with at most 16 bits and without the code of all
    /// ones (T.81, K.2).
    pub(crate) fn optimal(frequencies: &[u32]) -> Self {
        let mut leaves: Vec<(u32, usize)> =
            frequencies.iter().copied().zip(0..).filter(|&(f, _)| f > 0).collect();
        // Symbol 256 never occurs; it reserves the code of all ones.
        leaves.push((1, 256));
        leaves.sort_unstable_by_key(|&(f, s)| (f, usize::MAX - s));
        let mut counts = code_lengths(&leaves);
        limit_lengths(&mut counts);
        // The longest code belongs to symbol 256.
        if let Some(c) = counts.iter_mut().rev().find(|c| **c > 0) {
            *c -= 1;
        }
        let mut code = Self { counts: [0; 16], symbols: Vec::new() };
        for (to, from) in code.counts.iter_mut().zip(counts.iter().skip(1)) {
            *to = *from as u8;
        }
        let by_frequency = leaves.iter().rev().map(|&(_, s)| s).filter(|&s| s < 256);
        code.symbols = by_frequency.map(|s| s as u8).collect();
        code
    }

    /// `code << 8 | length` for each symbol; 0 for symbols that have none.
    pub(crate) fn lookup(&self, out: &mut [u32; 256]) {
        let (mut code, mut symbols) = (0u32, self.symbols.iter());
        for (len, &count) in (1..).zip(&self.counts) {
            for &symbol in symbols.by_ref().take(count.into()) {
                out[usize::from(symbol)] = code << 8 | len;
                code += 1;
            }
            code <<= 1;
        }
    }
}

/// How many of `leaves` (by rising frequency) get a code of each length, unlimited.
fn code_lengths(leaves: &[(u32, usize)]) -> Vec<u32> {
    // Huffman's algorithm with two queues: leaves, and inner nodes, which are created in ascending
    // order. A node has its two children.
    let weight = |nodes: &[(u64, usize, usize)], i: usize| match leaves.get(i) {
        Some(&(f, _)) => u64::from(f),
        None => nodes.get(i - leaves.len()).map_or(u64::MAX, |n| n.0),
    };
    let mut nodes: Vec<(u64, usize, usize)> = Vec::new();
    let (mut leaf, mut node) = (0, leaves.len());
    while nodes.len() + 1 < leaves.len() {
        let mut least = || {
            let take_leaf = leaf < leaves.len() && weight(&nodes, leaf) <= weight(&nodes, node);
            let next = if take_leaf { &mut leaf } else { &mut node };
            *next += 1;
            *next - 1
        };
        let (a, b) = (least(), least());
        nodes.push((weight(&nodes, a) + weight(&nodes, b), a, b));
    }
    let mut depth = vec![0usize; leaves.len() + nodes.len()];
    let mut counts = vec![0u32; 300];
    for (i, &(_, a, b)) in nodes.iter().enumerate().rev() {
        let below = depth.get(leaves.len() + i).map_or(0, |d| d + 1);
        for child in [a, b] {
            if let Some(d) = depth.get_mut(child) {
                *d = below;
            }
        }
    }
    for d in depth.iter().take(leaves.len()) {
        if let Some(c) = counts.get_mut(*d) {
            *c += 1;
        }
    }
    if leaves.len() == 1 {
        counts = vec![0; 300];
        counts[1] = 1;
    }
    counts
}

/// Shortens codes of more than 16 bits, and lengthens others (T.81, figure K.3).
fn limit_lengths(counts: &mut Vec<u32>) {
    for i in (17..counts.len()).rev() {
        while counts[i] > 0 {
            let mut j = i - 2;
            while j > 0 && counts[j] == 0 {
                j -= 1;
            }
            counts[i] = counts[i].saturating_sub(2);
            counts[i - 1] += 1;
            counts[j + 1] += 2;
            counts[j] = counts[j].saturating_sub(1);
        }
    }
    counts.truncate(17);
}

/// The standard codes: DC of luminance and chrominance, then AC of both.
pub(crate) fn standard() -> [Code; 4] {
    STANDARD.map(|(counts, symbols)| Code { counts, symbols: symbols.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optimal_codes_are_prefix_codes_that_the_decoder_accepts() {
        let fibonacci = {
            let mut f = vec![1u32, 1];
            while f.len() < 40 {
                f.push(f[f.len() - 1] + f[f.len() - 2]);
            }
            f
        };
        let flat = vec![7u32; 256];
        let mut one = vec![0u32; 256];
        one[17] = 5;
        for frequencies in [fibonacci, flat, one] {
            let code = Code::optimal(&frequencies);
            let used = frequencies.iter().filter(|f| **f > 0).count();
            assert_eq!(code.symbols.len(), used);
            assert_eq!(code.counts.iter().map(|&c| usize::from(c)).sum::<usize>(), used);
            let room: f64 =
                (1..).zip(code.counts).map(|(l, c)| f64::from(c) / f64::from(1u32 << l)).sum();
            assert!(room < 1.0, "the code of all ones is free");
            let mut table = [0; 256];
            code.lookup(&mut table);
            for (s, f) in frequencies.iter().enumerate() {
                assert_eq!(table[s] != 0, *f > 0);
            }
        }
    }
}
