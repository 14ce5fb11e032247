//! The weighted sums, in SIMD.
//!
//! In the sandbox, a loop has overhead: every iteration checks the deadline, for which all live
//! vectors are spilled to memory. So the sums for common numbers of weights are unrolled, and
//! others are processed in fours.

use obscura_simd::{I16x8, I32x4, U8x16, transpose4};

use super::filter::Axis;
use super::filter::PRECISION;

/// Bits of fraction between the row and the column pass.
const BETWEEN: u32 = 6;

/// Samples of a row per step.
const WIDE: usize = 16;

/// Rows per step of the column pass.
pub(super) const ROWS: usize = 8;

const AFTER_ROWS: u32 = PRECISION - BETWEEN;
const AFTER_COLUMNS: u32 = PRECISION + BETWEEN;

/// Weights of two neighbours each.
type Pairs = [[i16; 2]];

/// `out` is the weighted sum of the first rows of `lines`, each with `width` samples.
pub(super) fn combine_rows(lines: &[u8], width: usize, weights: &Pairs, out: &mut [i16]) {
    let have = lines.len() / width.max(1);
    if width < WIDE || have < 2 * weights.len() {
        return combine_few(lines, width, weights, out);
    }
    match weights.len() {
        4 => combine::<4>(lines, width, weights, out),
        5 => combine::<5>(lines, width, weights, out),
        6 => combine::<6>(lines, width, weights, out),
        7 => combine::<7>(lines, width, weights, out),
        8 => combine::<8>(lines, width, weights, out),
        9 => combine::<9>(lines, width, weights, out),
        _ => combine::<0>(lines, width, weights, out),
    }
}

/// The same for `N` pairs of weights, or any number if `N` is 0. There are as many rows, each of
/// [`WIDE`] samples or more.
#[inline(never)]
fn combine<const N: usize>(lines: &[u8], width: usize, weights: &Pairs, out: &mut [i16]) {
    for x in (0..width).step_by(WIDE) {
        // The last step may overlap with previous samples.
        let x = x.min(width - WIDE);
        let start = [I32x4::splat(1 << (AFTER_ROWS - 1)); 4];
        let Some(sums) = lines.get(x..).and_then(|lines| column::<N>(lines, width, weights, start))
        else {
            return;
        };
        let [a, b, c, d] = sums.map(I32x4::sra::<AFTER_ROWS>);
        let Some(out) =
            out.get_mut(x..).and_then(|out| out.as_chunks_mut::<8>().0.first_chunk_mut())
        else {
            return;
        };
        *out = [a.narrow(b).store(), c.narrow(d).store()];
    }
}

/// The sums of [`WIDE`] samples of each row.
#[inline(always)]
fn column<const N: usize>(
    lines: &[u8],
    width: usize,
    weights: &Pairs,
    sums: [I32x4; 4],
) -> Option<[I32x4; 4]> {
    let mut rows = Pairwise { lines, width, weights: weights.iter(), sums };
    if N == 0 {
        for _ in 0..weights.len() / 4 {
            rows.add_four()?;
        }
        for _ in 0..weights.len() % 4 {
            rows.add_one()?;
        }
        return Some(rows.sums);
    }
    if N & 8 != 0 {
        rows.add_four()?;
        rows.add_four()?;
    }
    if N & 4 != 0 {
        rows.add_four()?;
    }
    if N & 2 != 0 {
        rows.add_one()?;
        rows.add_one()?;
    }
    if N & 1 != 0 {
        rows.add_one()?;
    }
    Some(rows.sums)
}

/// Remaining rows, and the sums so far.
struct Pairwise<'a> {
    lines: &'a [u8],
    width: usize,
    weights: std::slice::Iter<'a, [i16; 2]>,
    sums: [I32x4; 4],
}

impl Pairwise<'_> {
    /// Adds two rows.
    #[inline(always)]
    fn add_one(&mut self) -> Option<()> {
        let first = self.lines.first_chunk::<WIDE>()?;
        let rest = self.lines.get(self.width..)?;
        let second = rest.first_chunk::<WIDE>()?;
        // There is nothing after the last row.
        self.lines = rest.get(self.width..).unwrap_or(&[]);
        let weights = I16x8::load_pair(self.weights.next()?);
        self.sums = add_two(first, second, weights, self.sums);
        Some(())
    }

    /// Adds four times two rows.
    #[inline(always)]
    fn add_four(&mut self) -> Option<()> {
        self.add_one()?;
        self.add_one()?;
        self.add_one()?;
        self.add_one()
    }
}

#[inline(always)]
fn add_two(
    first: &[u8; WIDE],
    second: &[u8; WIDE],
    weights: I16x8,
    [a, b, c, d]: [I32x4; 4],
) -> [I32x4; 4] {
    let (first, second) = (U8x16::load(first), U8x16::load(second));
    let (low, high) = (first.interleave_low(second), first.interleave_high(second));
    [
        a.add(low.widen_low().dot(weights)),
        b.add(low.widen_high().dot(weights)),
        c.add(high.widen_low().dot(weights)),
        d.add(high.widen_high().dot(weights)),
    ]
}

/// The same for a narrow plane, or one with fewer rows than weights.
#[cold]
fn combine_few(lines: &[u8], width: usize, weights: &Pairs, out: &mut [i16]) {
    for (x, out) in out.iter_mut().enumerate().take(width) {
        let column = lines.get(x..).unwrap_or(&[]).iter().step_by(width);
        let products = column.zip(weights.as_flattened());
        let sum: i32 = products.map(|(&v, &weight)| i32::from(v) * i32::from(weight)).sum();
        let sum = (sum + (1 << (AFTER_ROWS - 1))) >> AFTER_ROWS;
        *out = sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
    }
}

/// [`ROWS`] combined rows, and their transposition.
pub(super) struct Combined {
    rows: Vec<i16>,
    stride: usize,
    /// For each pair of columns, the samples of the upper four rows and of the lower four.
    sides: Vec<Sides>,
}

type Sides = [[i16; 8]; 2];

impl Combined {
    /// For rows of `width` samples, with `taps` weights.
    pub(super) fn new(width: usize, taps: usize) -> Self {
        let stride = width.next_multiple_of(WIDE);
        // The last weights may exceed the end.
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
        match columns.taps.div_ceil(2) {
            4 => self.combine::<4>(columns, out, width),
            5 => self.combine::<5>(columns, out, width),
            6 => self.combine::<6>(columns, out, width),
            7 => self.combine::<7>(columns, out, width),
            8 => self.combine::<8>(columns, out, width),
            9 => self.combine::<9>(columns, out, width),
            _ => self.combine::<0>(columns, out, width),
        }
    }

    /// The same for `N` pairs of weights, or any number if `N` is 0.
    #[inline(never)]
    fn combine<const N: usize>(&self, columns: &Axis, out: &mut [u8], width: usize) {
        let rows = out.len() / width.max(1);
        let mut spans = columns.spans();
        let mut next = || {
            let sums = [I32x4::splat(1 << (AFTER_COLUMNS - 1)); 2];
            let Some((start, weights)) = spans.next() else { return sums };
            let sides = self.sides.get(start / 2..).unwrap_or(&[]);
            weighted::<N>(sides, weights, sums).unwrap_or(sums)
        };
        for x in (0..width).step_by(4) {
            let (a, b, c, d) = (next(), next(), next(), next());
            let upper = finish([a[0], b[0], c[0], d[0]]);
            let lower = finish([a[1], b[1], c[1], d[1]]);
            let count = (width - x).min(4);
            for (row, four) in upper.iter().chain(&lower).enumerate().take(rows) {
                let at = row * width + x;
                match out.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<4>) {
                    Some(out) if count == 4 => *out = *four,
                    _ => put(out, at, four.get(..count).unwrap_or(four)),
                }
            }
        }
    }

    /// Transposes the rows.
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

/// Adds the weighted sums of four rows, and of the four below.
#[inline(always)]
fn weighted<const N: usize>(
    sides: &[Sides],
    weights: &Pairs,
    mut sums: [I32x4; 2],
) -> Option<[I32x4; 2]> {
    if N > 0 {
        return Some(add_sides(sides.first_chunk::<N>()?, weights.first_chunk::<N>()?, sums));
    }
    let (fours, rest) = weights.as_chunks::<4>();
    let (side_fours, side_rest) = sides.as_chunks::<4>();
    for (sides, weights) in side_fours.iter().zip(fours) {
        sums = add_sides(sides, weights, sums);
    }
    let side_rest = side_fours.get(fours.len()).map_or(side_rest, <[_; 4]>::as_slice);
    for (side, &weights) in side_rest.iter().zip(rest) {
        sums = add_sides(&[*side], &[weights], sums);
    }
    Some(sums)
}

#[inline(always)]
fn add_sides<const N: usize>(
    sides: &[Sides; N],
    weights: &[[i16; 2]; N],
    [mut upper, mut lower]: [I32x4; 2],
) -> [I32x4; 2] {
    for (side, weights) in sides.iter().zip(weights) {
        let weights = I16x8::load_pair(weights);
        upper = upper.add(I16x8::load(&side[0]).dot(weights));
        lower = lower.add(I16x8::load(&side[1]).dot(weights));
    }
    [upper, lower]
}

/// The samples of four rows, from the sums of four columns.
#[inline(always)]
fn finish(sums: [I32x4; 4]) -> [[u8; 4]; 4] {
    let [a, b, c, d] = transpose4(sums.map(I32x4::sra::<AFTER_COLUMNS>));
    let samples = a.narrow(b).narrow_u8(c.narrow(d));
    *samples.as_chunks::<4>().0.first_chunk().unwrap_or(&[[0; 4]; 4])
}

/// Copies a few samples.
fn put(out: &mut [u8], at: usize, samples: &[u8]) {
    for (out, &sample) in out.iter_mut().skip(at).zip(samples) {
        *out = sample;
    }
}
