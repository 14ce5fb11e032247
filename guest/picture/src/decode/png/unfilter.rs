//! Unfilters rows (PNG, section 9).

use obscura_simd::{I16x8, U8x16};

/// The filter types: the difference to the left pixel, to the one above, to the mean of both, and
/// to the Paeth predictor. 0 is none.
pub(super) const LEFT: u8 = 1;
pub(super) const UP: u8 = 2;
pub(super) const AVERAGE: u8 = 3;
pub(super) const PAETH: u8 = 4;

/// Bytes beyond a row's end that the functions may read or write.
pub(super) const SLACK: usize = 48;

/// Removes `filter` from `row`, `n` bytes with `bpp` bytes per pixel; `above` is the unfiltered
/// previous row. All have [`SLACK`] extra bytes. False if the filter is unknown.
pub(super) fn unfilter(
    filter: u8,
    bpp: usize,
    row: &[u8],
    above: &[u8],
    out: &mut [u8],
    n: usize,
) -> bool {
    match (filter, bpp) {
        (0, _) => out.iter_mut().zip(row).take(n).for_each(|(out, &x)| *out = x),
        (2, _) => {
            let pairs = row.iter().zip(above).take(n);
            out.iter_mut().zip(pairs).for_each(|(out, (&x, &b))| *out = x.wrapping_add(b));
        }
        (1, 1) => scalar::<1>(row, above, out, n, |a, _, _| a),
        (1, 2) => scalar::<2>(row, above, out, n, |a, _, _| a),
        (1, 3) => vector::<3>(row, above, out, n, |a, _, _| a),
        (1, _) => vector::<4>(row, above, out, n, |a, _, _| a),
        (3, 1) => scalar::<1>(row, above, out, n, mean),
        (3, 2) => scalar::<2>(row, above, out, n, mean),
        (3, 3) => vector::<3>(row, above, out, n, |a, b, _| a.add(b).sra::<1>()),
        (3, _) => vector::<4>(row, above, out, n, |a, b, _| a.add(b).sra::<1>()),
        (4, 1) => scalar::<1>(row, above, out, n, paeth),
        (4, 2) => scalar::<2>(row, above, out, n, paeth),
        (4, 3) => vector::<3>(row, above, out, n, paeth_lanes),
        (4, _) => vector::<4>(row, above, out, n, paeth_lanes),
        _ => return false,
    }
    true
}

fn mean(a: i32, b: i32, _: i32) -> i32 {
    (a + b) >> 1
}

/// The Paeth predictor: the neighbour nearest to `a + b - c`. Written with a short dependency chain
/// on `a`; equal to the standard's definition for all values.
fn paeth(a: i32, b: i32, c: i32) -> i32 {
    let (low, high, edge) = (a.min(b), a.max(b), 3 * c - (a + b));
    let inner = if high > edge { c } else { low };
    if edge > low { inner } else { high }
}

#[inline(always)]
fn paeth_lanes(a: I16x8, b: I16x8, c: I16x8) -> I16x8 {
    let edge = c.add(c).add(c).sub(b).sub(a);
    let (low, high) = (a.min(b), a.max(b));
    let inner = high.greater(edge).select(c, low);
    edge.greater(low).select(inner, high)
}

/// Few bytes per pixel, one after the other.
#[inline(always)]
fn scalar<const BPP: usize>(
    row: &[u8],
    above: &[u8],
    out: &mut [u8],
    n: usize,
    predict: impl Fn(i32, i32, i32) -> i32,
) {
    let (mut left, mut corner) = ([0; BPP], [0; BPP]);
    let pixels = row.as_chunks::<BPP>().0.iter().zip(above.as_chunks::<BPP>().0);
    for (out, (x, above)) in out.as_chunks_mut::<BPP>().0.iter_mut().zip(pixels).take(n / BPP) {
        for i in 0..BPP {
            let [a, b, c] = [left[i], above[i], corner[i]].map(i32::from);
            out[i] = x[i].wrapping_add(predict(a, b, c) as u8);
        }
        (left, corner) = (*out, *above);
    }
}

/// One pixel at a time, with its bytes in the lanes of a vector.
#[inline(always)]
fn vector<const BPP: usize>(
    row: &[u8],
    above: &[u8],
    out: &mut [u8],
    n: usize,
    predict: impl Fn(I16x8, I16x8, I16x8) -> I16x8,
) {
    let byte = I16x8::splat(255);
    let (mut a, mut c) = (I16x8::splat(0), I16x8::splat(0));
    let four = |from: &[u8], at: usize| {
        let bytes = from.get(at..).and_then(<[u8]>::first_chunk::<4>)?;
        Some(U8x16::splat_u32(u32::from_le_bytes(*bytes)).widen_low())
    };
    for at in (0..n).step_by(BPP) {
        let (Some(x), Some(b)) = (four(row, at), four(above, at)) else { return };
        a = x.add(predict(a, b, c)).and(byte);
        c = b;
        let Some(out) = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<4>) else { return };
        // With three bytes per pixel, the next pixel overwrites the fourth byte.
        *out = a.narrow(a).first_u32().to_le_bytes();
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The standard's definition.
    pub(in super::super) fn plain(
        filter: u8,
        bpp: usize,
        row: &[u8],
        above: &[u8],
        n: usize,
    ) -> Vec<u8> {
        let mut out = vec![0u8; n];
        for i in 0..n {
            let a = if i >= bpp { i32::from(out[i - bpp]) } else { 0 };
            let b = i32::from(above[i]);
            let c = if i >= bpp { i32::from(above[i - bpp]) } else { 0 };
            let p = a + b - c;
            let (pa, pb, pc) = ((p - a).abs(), (p - b).abs(), (p - c).abs());
            let nearest = if pa <= pb && pa <= pc {
                a
            } else if pb <= pc {
                b
            } else {
                c
            };
            let add = [0, a, b, (a + b) / 2, nearest][usize::from(filter)];
            out[i] = row[i].wrapping_add(add as u8);
        }
        out
    }

    /// Rows of this many bytes, plus [`SLACK`].
    pub(in super::super) fn random() -> impl FnMut(usize) -> Vec<u8> {
        let mut state = 7u32;
        move |n| {
            (0..n + SLACK)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    // Extremes are where the comparisons matter.
                    if state & 0x300 == 0 { (state >> 31) as u8 * 255 } else { (state >> 24) as u8 }
                })
                .collect()
        }
    }

    #[test]
    fn filters_are_the_standard_s() {
        let mut random = random();
        for bpp in 1..=4 {
            for pixels in [1, 2, 7, 100] {
                for filter in 0..5 {
                    let n = pixels * bpp;
                    let (row, above, mut out) = (random(n), random(n), random(n));
                    assert!(unfilter(filter, bpp, &row, &above, &mut out, n));
                    assert_eq!(out[..n], plain(filter, bpp, &row, &above, n), "{filter} {bpp}");
                }
            }
        }
        assert!(!unfilter(5, 3, &[0; 60], &[0; 60], &mut [0; 60], 3));
    }
}
