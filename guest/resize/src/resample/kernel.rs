//! The sums, with vector instructions in WebAssembly and plainly elsewhere. The
//! results are the same.

use super::filter::{Axis, LANES, PRECISION};

/// Bits of fraction between the rows' turn and the columns'.
const BETWEEN: u32 = 6;

/// Samples that are combined at once.
const WIDE: usize = 16;

/// `out` is the weighted sum of rows of one length.
pub(super) fn combine_rows(rows: &[&[u8]], weights: &[i16], out: &mut [i16]) {
    // In pairs, as that is how the instruction multiplies and adds.
    let pairs: Vec<Pair<'_>> = rows
        .chunks(2)
        .zip(weights.chunks(2))
        .map(|(rows, weights)| Pair {
            first: rows.first().copied().unwrap_or(&[]),
            second: rows.last().copied().unwrap_or(&[]),
            weights: (
                weights.first().copied().unwrap_or(0),
                if rows.len() == 2 { weights.get(1).copied().unwrap_or(0) } else { 0 },
            ),
        })
        .collect();
    let width = rows.first().map_or(0, |row| row.len());
    let (blocks, _) = out.as_chunks_mut::<WIDE>();
    let whole = width / WIDE;
    for (index, block) in blocks.iter_mut().take(whole).enumerate() {
        *block = lanes::combine(&pairs, index * WIDE);
    }
    for (x, out) in out.iter_mut().enumerate().take(width).skip(whole * WIDE) {
        let sum: i32 = pairs.iter().map(|pair| pair.sum_at(x)).sum();
        *out = ((sum + ROUND_ROWS) >> (PRECISION - BETWEEN)) as i16;
    }
}

const ROUND_ROWS: i32 = 1 << (PRECISION - BETWEEN - 1);
const ROUND_COLUMNS: i32 = 1 << (PRECISION + BETWEEN - 1);

/// Two rows and their weights.
struct Pair<'a> {
    first: &'a [u8],
    second: &'a [u8],
    weights: (i16, i16),
}

impl Pair<'_> {
    fn sum_at(&self, x: usize) -> i32 {
        let sample = |row: &[u8]| i32::from(row.get(x).copied().unwrap_or(0));
        sample(self.first) * i32::from(self.weights.0)
            + sample(self.second) * i32::from(self.weights.1)
    }

    /// The samples from `x` on.
    fn wide(&self, x: usize) -> (&[u8; WIDE], &[u8; WIDE]) {
        let of =
            |row| <[u8]>::get::<std::ops::RangeFrom<usize>>(row, x..).and_then(<[u8]>::first_chunk);
        (of(self.first).unwrap_or(&[0; WIDE]), of(self.second).unwrap_or(&[0; WIDE]))
    }
}

/// Each sample of `out` is the weighted sum of neighbours in `row`, which goes
/// on for a group of lanes after its last sample.
pub(super) fn combine_columns(row: &[i16], columns: &Axis, out: &mut [u8]) {
    let mut groups = columns.groups();
    for out in out.chunks_mut(4) {
        let mut sums = [lanes::zero(); 4];
        for sum in sums.iter_mut().take(out.len()) {
            let Some((start, weights)) = groups.next() else { return };
            let samples = row.get(start..).unwrap_or(&[]).as_chunks::<LANES>().0;
            for (samples, weights) in samples.iter().zip(weights) {
                *sum = lanes::multiply_add(*sum, samples, weights);
            }
        }
        for (out, sum) in out.iter_mut().zip(lanes::totals(sums)) {
            *out = ((sum + ROUND_COLUMNS) >> (PRECISION + BETWEEN)).clamp(0, 255) as u8;
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod lanes {
    use std::arch::wasm32::*;

    use bytemuck::must_cast as cast;

    use super::*;

    pub(super) fn zero() -> v128 {
        i32x4_splat(0)
    }

    pub(super) fn multiply_add(sum: v128, samples: &[i16; LANES], weights: &[i16; LANES]) -> v128 {
        i32x4_add(sum, i32x4_dot_i16x8(cast(*samples), cast(*weights)))
    }

    /// The sum of the lanes of each.
    pub(super) fn totals([a, b, c, d]: [v128; 4]) -> [i32; 4] {
        let pairwise =
            |x, y| i32x4_add(i32x4_shuffle::<0, 4, 1, 5>(x, y), i32x4_shuffle::<2, 6, 3, 7>(x, y));
        let (x, y) = (pairwise(a, b), pairwise(c, d));
        let sums = i32x4_add(i32x4_shuffle::<0, 1, 4, 5>(x, y), i32x4_shuffle::<2, 3, 6, 7>(x, y));
        cast(sums)
    }

    /// The sums at `x` and after it.
    pub(super) fn combine(pairs: &[Pair<'_>], x: usize) -> [i16; WIDE] {
        let mut sums = [i32x4_splat(ROUND_ROWS); 4];
        for pair in pairs {
            let (first, second) = pair.wide(x);
            let (first, second): (v128, v128) = (cast(*first), cast(*second));
            let low = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(
                first, second,
            );
            let high = i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(
                first, second,
            );
            let (a, b) = pair.weights;
            let weights = i16x8(a, b, a, b, a, b, a, b);
            let wide = [
                u16x8_extend_low_u8x16(low),
                u16x8_extend_high_u8x16(low),
                u16x8_extend_low_u8x16(high),
                u16x8_extend_high_u8x16(high),
            ];
            for (sum, wide) in sums.iter_mut().zip(wide) {
                *sum = i32x4_add(*sum, i32x4_dot_i16x8(wide, weights));
            }
        }
        let [a, b, c, d] = sums.map(|sum| i32x4_shr(sum, PRECISION - BETWEEN));
        cast([i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d)])
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod lanes {
    use super::*;

    pub(super) fn zero() -> [i32; LANES] {
        [0; LANES]
    }

    pub(super) fn multiply_add(
        mut sums: [i32; LANES],
        samples: &[i16; LANES],
        weights: &[i16; LANES],
    ) -> [i32; LANES] {
        for ((sum, sample), weight) in sums.iter_mut().zip(samples).zip(weights) {
            *sum += i32::from(*sample) * i32::from(*weight);
        }
        sums
    }

    pub(super) fn totals(sums: [[i32; LANES]; 4]) -> [i32; 4] {
        sums.map(|sum| sum.iter().sum())
    }

    pub(super) fn combine(pairs: &[Pair<'_>], x: usize) -> [i16; WIDE] {
        let mut sums = [ROUND_ROWS; WIDE];
        for pair in pairs {
            let (first, second) = pair.wide(x);
            let (a, b) = (i32::from(pair.weights.0), i32::from(pair.weights.1));
            for ((sum, &first), &second) in sums.iter_mut().zip(first).zip(second) {
                *sum += i32::from(first) * a + i32::from(second) * b;
            }
        }
        sums.map(|sum| (sum >> (PRECISION - BETWEEN)) as i16)
    }
}
