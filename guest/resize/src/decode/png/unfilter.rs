//! Takes the filters off rows (PNG, section 9).

use obscura_simd::{I16x8, U8x16};

/// Bytes beyond a row's end that the functions read or write.
pub(super) const SLACK: usize = 4;

/// Takes `filter` off `row`, `n` bytes of `bpp` bytes a pixel; `above` is the row before, as it
/// is without its filter. All have [`SLACK`] bytes more. False if there is no such filter.
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

/// The neighbour that is nearest to `a + b - c`: of the left, the one above, the one between.
/// Written so that little waits for `a`; the same as the standard's for all values.
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

/// Few bytes a pixel, one after the other.
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

/// A pixel at a time, its bytes in the lanes of a vector.
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
        // With three bytes a pixel, the next one overwrites the fourth.
        *out = a.narrow(a).first_u32().to_le_bytes();
    }
}

/// Rows of which Paeth's filter is taken off at once.
pub(super) const ROWS: usize = 4;

/// Takes Paeth's filter off four rows of `BPP` bytes a pixel, 3 or 4. One pixel waits for the one
/// before it, so a row alone leaves the processor idle: each row is one pixel behind the row above
/// it, and four bytes of each lie in one vector. All slices hold as many bytes, [`SLACK`] of them
/// beyond the pixels, which mean nothing afterwards.
#[inline(never)]
pub(super) fn paeth_rows<const BPP: usize>(
    rows: [&[u8]; ROWS],
    above: &[u8],
    out: [&mut [u8]; ROWS],
) {
    let [r0, r1, r2, r3] = rows;
    let [o0, o1, o2, o3] = out;
    let four = |row: &[u8], at: usize| {
        let bytes = row.get(at..).and_then(<[u8]>::first_chunk::<4>);
        bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
    };
    let put = |row: &mut [u8], at: usize, pixel: u32| {
        if let Some(to) = row.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<4>) {
            *to = pixel.to_le_bytes();
        }
    };
    // Before a row's first pixel and after its last one there is nothing to read: `at - BPP` wraps
    // to where no slice reaches. What is made of it is zero before, and is not written after.
    let (mut a, mut c) = (U8x16::splat(0), U8x16::splat(0));
    let end = above.len() + (ROWS - 1) * BPP;
    for at in (0..end).step_by(BPP) {
        let [second, third, fourth] = [1, 2, 3].map(|row| at.wrapping_sub(row * BPP));
        let x = [four(r0, at), four(r1, second), four(r2, third), four(r3, fourth)];
        // What is above a row was made of the row before it one turn ago.
        let b = a.push_u32(four(above, at));
        a = U8x16::from_u32s(x).add(paeth_bytes(a, b, c));
        c = b;
        let [p0, p1, p2, p3] = a.to_u32s();
        put(o0, at, p0);
        put(o1, second, p1);
        put(o2, third, p2);
        put(o3, fourth, p3);
    }
}

/// As [`paeth`], in bytes: `edge` is at most `low` if `c - low` is at most half of `high - c`, and
/// at least `high` if it is the other way round.
#[inline(always)]
fn paeth_bytes(a: U8x16, b: U8x16, c: U8x16) -> U8x16 {
    let (low, high) = (a.min(b), a.max(b));
    let (up, down) = (c.sub_saturating(low), high.sub_saturating(c));
    let none = U8x16::splat(0);
    let takes_high = up.sub_saturating(down.sub_saturating(up)).eq(none);
    let takes_low = down.sub_saturating(up.sub_saturating(down)).eq(none);
    let inner = low.and(takes_low).or(c.and_not(takes_low));
    high.and(takes_high).or(inner.and_not(takes_high))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard's own words.
    fn plain(filter: u8, bpp: usize, row: &[u8], above: &[u8], n: usize) -> Vec<u8> {
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

    #[test]
    fn filters_are_the_standard_s() {
        let mut state = 7u32;
        let mut random = |n: usize| -> Vec<u8> {
            (0..n + SLACK)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    // Extremes are where the comparisons matter.
                    if state & 0x300 == 0 { (state >> 31) as u8 * 255 } else { (state >> 24) as u8 }
                })
                .collect()
        };
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
        for pixels in [1, 2, 3, 4, 5, 300] {
            for bpp in [3, 4] {
                let n = pixels * bpp;
                let (rows, above) = ([(); ROWS].map(|()| random(n)), random(n));
                let mut out = [(); ROWS].map(|()| vec![0; n + SLACK]);
                let (from, to) = (rows.each_ref().map(Vec::as_slice), out.each_mut());
                let to = to.map(Vec::as_mut_slice);
                match bpp {
                    3 => paeth_rows::<3>(from, &above, to),
                    _ => paeth_rows::<4>(from, &above, to),
                }
                let mut above = above;
                for (row, out) in rows.iter().zip(&out) {
                    above = plain(4, bpp, row, &above, n);
                    assert_eq!(out[..n], above, "{pixels} of {bpp}");
                }
            }
        }
        assert!(!unfilter(5, 3, &[0; 7], &[0; 7], &mut [0; 7], 3));
    }
}
