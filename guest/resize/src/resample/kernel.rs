//! The sums, in vectors.

use obscura_simd::{I16x8, I32x4, U8x16, transpose4};

use super::filter::{Axis, PRECISION};

/// Bits of fraction between the rows' turn and the columns'.
const BETWEEN: u32 = 6;

/// Samples of a row that are combined at once.
const WIDE: usize = 16;

/// Rows of which the columns are combined at once.
pub(super) const ROWS: usize = 8;

const AFTER_ROWS: u32 = PRECISION - BETWEEN;
const AFTER_COLUMNS: u32 = PRECISION + BETWEEN;

/// A weight for each of two neighbours, in every two lanes.
#[inline(always)]
fn in_pairs([first, second]: [i16; 2]) -> I16x8 {
    I16x8::pair(first, second)
}

/// `out` is the weighted sum of rows of one length.
#[inline(never)]
pub(super) fn combine_rows(rows: &[&[u8]], weights: &[i16], out: &mut [i16]) {
    // In pairs, as that is how the instruction multiplies and adds. A last row
    // without a second goes with itself, at a weight of zero.
    let mut pairs = Vec::with_capacity(rows.len().div_ceil(2));
    for (rows, weights) in rows.chunks(2).zip(weights.chunks(2)) {
        let (Some(&first), Some(&second)) = (rows.first(), rows.last()) else { continue };
        let weight = |i: usize| weights.get(i).copied().filter(|_| i < rows.len()).unwrap_or(0);
        pairs.push((first, second, in_pairs([weight(0), weight(1)])));
    }
    let width = rows.first().map_or(0, |row| row.len());
    let whole = width / WIDE * WIDE;
    for (x, out) in (0..whole).step_by(WIDE).zip(out.as_chunks_mut::<8>().0.as_chunks_mut::<2>().0)
    {
        *out = combine(&pairs, |row| row.get(x..).and_then(<[u8]>::first_chunk).copied());
    }
    if whole < width {
        let mut last = [0; WIDE];
        let ends = |row: &[u8]| {
            let rest = row.get(whole..)?;
            last.get_mut(..rest.len())?.copy_from_slice(rest);
            Some(last)
        };
        let sums = combine(&pairs, ends);
        for (out, sum) in out.iter_mut().skip(whole).take(width - whole).zip(sums.as_flattened()) {
            *out = *sum;
        }
    }
}

/// The sums of the samples that `take` gives of each row.
#[inline(always)]
fn combine<'a>(
    pairs: &[(&'a [u8], &'a [u8], I16x8)],
    mut take: impl FnMut(&'a [u8]) -> Option<[u8; WIDE]>,
) -> [[i16; 8]; 2] {
    let mut sums = [I32x4::splat(1 << (AFTER_ROWS - 1)); 4];
    for &(first, second, weights) in pairs {
        let (Some(first), Some(second)) = (take(first), take(second)) else { continue };
        let (first, second) = (U8x16::load(&first), U8x16::load(&second));
        let (low, high) = (first.interleave_low(second), first.interleave_high(second));
        let wide = [low.widen_low(), low.widen_high(), high.widen_low(), high.widen_high()];
        for (sum, wide) in sums.iter_mut().zip(wide) {
            *sum = sum.add(wide.dot(weights));
        }
    }
    let [a, b, c, d] = sums.map(I32x4::sra::<AFTER_ROWS>);
    [a.narrow(b).store(), c.narrow(d).store()]
}

/// Combined rows, [`ROWS`] of them, and the same on their side.
pub(super) struct Combined {
    rows: Vec<i16>,
    stride: usize,
    /// For each two neighbouring columns, their samples of the rows: the upper
    /// four rows, and the lower four.
    sides: Vec<[[i16; 8]; 2]>,
}

impl Combined {
    /// For rows of `width` samples, of which `taps` make one.
    pub(super) fn new(width: usize, taps: usize) -> Self {
        let stride = width.next_multiple_of(WIDE);
        // The last weights may hang over.
        let sides = vec![[[0; 8]; 2]; stride / 2 + taps];
        Self { rows: vec![0; stride * ROWS], stride, sides }
    }

    /// The rows, to be filled.
    pub(super) fn rows(&mut self) -> impl Iterator<Item = &mut [i16]> {
        self.rows.chunks_exact_mut(self.stride)
    }

    /// Up to [`ROWS`] rows of `width` samples, each the weighted sum of neighbours.
    pub(super) fn columns(&mut self, columns: &Axis, out: &mut [u8], width: usize) {
        self.turn();
        let rows = out.len() / width.max(1);
        let mut spans = columns.pairs();
        for x in (0..width).step_by(4) {
            let mut sums = [[I32x4::splat(1 << (AFTER_COLUMNS - 1)); 4]; 2];
            let [upper, lower] = &mut sums;
            for (upper, lower) in upper.iter_mut().zip(lower) {
                let Some((start, weights)) = spans.next() else { break };
                let sides = self.sides.get(start / 2..).unwrap_or(&[]);
                (*upper, *lower) = weighted(sides, weights, *upper, *lower);
            }
            let count = (width - x).min(4);
            for (half, sums) in sums.into_iter().enumerate() {
                let [a, b, c, d] = transpose4(sums.map(I32x4::sra::<AFTER_COLUMNS>));
                let samples = a.narrow(b).narrow_u8(c.narrow(d));
                for (row, four) in samples.as_chunks::<4>().0.iter().enumerate() {
                    let row = half * 4 + row;
                    if row >= rows {
                        break;
                    }
                    let at = row * width + x;
                    match out.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<4>) {
                        Some(out) if count == 4 => *out = *four,
                        _ => put(out, at, four.get(..count).unwrap_or(four)),
                    }
                }
            }
        }
    }

    /// Turns the rows on their side.
    #[inline(never)]
    fn turn(&mut self) {
        let (upper, lower) = self.rows.split_at(self.stride * (ROWS / 2));
        for (half, rows) in [upper, lower].into_iter().enumerate() {
            let row = |i: usize| {
                let row = rows.get(i * self.stride..).and_then(|rest| rest.get(..self.stride));
                row.unwrap_or(&[]).as_chunks::<8>().0
            };
            let rows = row(0).iter().zip(row(1)).zip(row(2).iter().zip(row(3)));
            for (((a, b), (c, d)), sides) in rows.zip(self.sides.as_chunks_mut::<4>().0) {
                let sided = transpose4([a, b, c, d].map(|row| I16x8::load(row).as_i32()));
                for (side, vector) in sides.iter_mut().zip(sided) {
                    side[half] = vector.as_i16().store();
                }
            }
        }
    }
}

#[inline(always)]
fn weighted(
    sides: &[[[i16; 8]; 2]],
    weights: &[[i16; 2]],
    mut upper: I32x4,
    mut lower: I32x4,
) -> (I32x4, I32x4) {
    for (side, &weights) in sides.iter().zip(weights) {
        let weights = in_pairs(weights);
        upper = upper.add(I16x8::load(&side[0]).dot(weights));
        lower = lower.add(I16x8::load(&side[1]).dot(weights));
    }
    (upper, lower)
}

/// Copies a few samples.
fn put(out: &mut [u8], at: usize, samples: &[u8]) {
    for (out, &sample) in out.iter_mut().skip(at).zip(samples) {
        *out = sample;
    }
}
