//! Huffman codes of the encoder: the standard ones and optimal ones.

/// A Huffman code: how many symbols have each length, and the symbols in order of their codes.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) counts: [u8; 16],
    pub(crate) symbols: Vec<u8>,
}

impl Code {
    /// The best code for the given frequencies with no code longer than 16 bits and none of all
    /// ones (T.81, K.2).
    pub(crate) fn optimal(frequencies: &[u32]) -> Self {
        let mut leaves: Vec<(u32, usize)> =
            frequencies.iter().copied().zip(0..).filter(|&(f, _)| f > 0).collect();
        // Symbol 256 never occurs; it takes the code of all ones away.
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
    // Huffman's algorithm with two queues: leaves, and the nodes made of them, which come in
    // rising order by themselves. A node knows the two that it is made of.
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

/// Shortens codes of more than 16 bits, at the cost of others (T.81, figure K.3).
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

/// The standard codes (T.81, K.3): DC of luminance and chrominance, then AC of both.
pub(crate) fn standard() -> [Code; 4] {
    let code = |counts: [u8; 16], symbols: &[u8]| Code { counts, symbols: symbols.to_vec() };
    let dc: [u8; 12] = std::array::from_fn(|i| i as u8);
    [
        code([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], &dc),
        code([0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], &dc),
        code([0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d], &AC_LUMINANCE),
        code([0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77], &AC_CHROMINANCE),
    ]
}

#[rustfmt::skip]
const AC_LUMINANCE: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
    0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0,
    0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
    0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
    0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
    0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5,
    0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
    0xf9, 0xfa,
];

#[rustfmt::skip]
const AC_CHROMINANCE: [u8; 162] = [
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
    0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0,
    0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26,
    0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
    0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
    0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
    0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5,
    0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
    0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
    0xf9, 0xfa,
];

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
