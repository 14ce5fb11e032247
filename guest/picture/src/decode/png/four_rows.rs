//! Unfilters four rows together.
//!
//! Each pixel depends on the previous one, so a single row leaves the processor idle. Here, each
//! row is one pixel behind the row above it, and a vector has four bytes of each row.

use obscura_simd::{U8x16, transpose4};

use super::unfilter::{AVERAGE, LEFT, PAETH, SLACK, UP};

/// Rows that are processed together.
pub(super) const ROWS: usize = 4;

/// Pixels of each row per load and store.
const STEPS: usize = 4;

/// Unfilters rows of `BPP` bytes per pixel, 3 or 4. All slices have the same length, with [`SLACK`]
/// bytes after the pixels. `filters` must be valid.
pub(super) fn unfilter<const BPP: usize>(
    filters: [u8; ROWS],
    rows: [&[u8]; ROWS],
    above: &[u8],
    out: [&mut [u8]; ROWS],
) {
    if filters == [PAETH; ROWS] {
        return work::<BPP>(rows, above, out, paeth);
    }
    let are = |filter: u8| {
        let ones = |own: u8| if own == filter { 255 } else { 0 };
        let lanes: [u8; 16] =
            std::array::from_fn(|lane| filters.get(lane / 4).map_or(0, |&f| ones(f)));
        U8x16::load(&lanes)
    };
    let [left, up, average, diagonal] = [LEFT, UP, AVERAGE, PAETH].map(are);
    let odd = U8x16::splat(1);
    work::<BPP>(rows, above, out, |a, b, c| {
        // The vector's mean is rounded up, the filter's down.
        let mean = a.average(b).sub_saturating(a.xor(b).and(odd));
        let straight = a.and(left).or(b.and(up));
        straight.or(mean.and(average)).or(paeth(a, b, c).and(diagonal))
    });
}

#[inline(never)]
fn work<const BPP: usize>(
    rows: [&[u8]; ROWS],
    above: &[u8],
    mut out: [&mut [u8]; ROWS],
    predict: impl Fn(U8x16, U8x16, U8x16) -> U8x16,
) {
    // One round makes the pixels of the first row from `at` on, and those of row n that are n
    // pixels behind. Everything before a row's first pixel is zero.
    let (mut a, mut c) = (U8x16::splat(0), U8x16::splat(0));
    let end = (above.len() + (ROWS - 1) * BPP).saturating_sub(SLACK);
    for at in (0..end).step_by(STEPS * BPP) {
        let mut row = 0;
        let x = rows.map(|bytes| {
            let from = at.wrapping_sub(row * BPP);
            row += 1;
            load::<BPP>(bytes, from).as_i32()
        });
        let [x0, x1, x2, x3] = transpose4(x).map(|x| x.as_u8());
        let above = load::<BPP>(above, at);
        // The pixels above were made one round ago.
        let b0 = a.push_from::<0>(above);
        let y0 = x0.add(predict(a, b0, c));
        let b1 = y0.push_from::<1>(above);
        let y1 = x1.add(predict(y0, b1, b0));
        let b2 = y1.push_from::<2>(above);
        let y2 = x2.add(predict(y1, b2, b1));
        let b3 = y2.push_from::<3>(above);
        let y3 = x3.add(predict(y2, b3, b2));
        (a, c) = (y3, b3);
        let made = transpose4([y0, y1, y2, y3].map(U8x16::as_i32));
        for (row, (out, made)) in out.iter_mut().zip(made).enumerate() {
            store::<BPP>(out, at.wrapping_sub(row * BPP), made.as_u8());
        }
    }
}

/// Four pixels from byte `at` on, each in four lanes. `at` wraps if it is before the row.
#[inline(always)]
fn load<const BPP: usize>(row: &[u8], at: usize) -> U8x16 {
    let bytes = match row.get(at..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => U8x16::load(bytes),
        None => U8x16::load(&edge(row, at)),
    };
    if BPP == 3 { bytes.spread3() } else { bytes }
}

/// The reverse. With three bytes per pixel, the excess is overwritten by the next four pixels.
#[inline(always)]
fn store<const BPP: usize>(row: &mut [u8], at: usize, pixels: U8x16) {
    let bytes = if BPP == 3 { pixels.pack3() } else { pixels }.store();
    match row.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        Some(to) => *to = bytes,
        None => put_edge(row, at, bytes),
    }
}

/// Sixteen bytes; those outside of the row are zero.
#[cold]
#[inline(never)]
fn edge(row: &[u8], at: usize) -> [u8; 16] {
    std::array::from_fn(|i| row.get(at.wrapping_add(i)).copied().unwrap_or(0))
}

#[cold]
#[inline(never)]
fn put_edge(row: &mut [u8], at: usize, bytes: [u8; 16]) {
    for (i, byte) in bytes.into_iter().enumerate() {
        if let Some(to) = row.get_mut(at.wrapping_add(i)) {
            *to = byte;
        }
    }
}

/// The Paeth predictor: the neighbour nearest to `a + b - c`. It is at most the lower one of `a`
/// and `b` if `c - low` is at most half of `high - c`, and at least the higher one if it is the
/// other way round.
#[inline(always)]
fn paeth(a: U8x16, b: U8x16, c: U8x16) -> U8x16 {
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
    use super::super::unfilter::tests::{plain, random};
    use super::*;

    #[test]
    fn rows_together_are_as_one_by_one() {
        let mut random = random();
        let mixed =
            [[4; 4], [1; 4], [3; 4], [0, 1, 2, 3], [4, 0, 4, 2], [2, 4, 3, 1], [1, 3, 0, 4]];
        for (pixels, bpp) in [1, 2, 3, 4, 5, 6, 7, 300].into_iter().flat_map(|n| [(n, 3), (n, 4)]) {
            for filters in mixed {
                let n = pixels * bpp;
                let (rows, mut above) = ([(); ROWS].map(|()| random(n)), random(n));
                let mut out = [(); ROWS].map(|()| vec![0; n + SLACK]);
                let from = rows.each_ref().map(Vec::as_slice);
                let to = out.each_mut().map(Vec::as_mut_slice);
                match bpp {
                    3 => unfilter::<3>(filters, from, &above, to),
                    _ => unfilter::<4>(filters, from, &above, to),
                }
                for ((row, out), filter) in rows.iter().zip(&out).zip(filters) {
                    above = plain(filter, bpp, row, &above, n);
                    assert_eq!(out[..n], above, "{pixels} of {bpp}, {filters:?}");
                }
            }
        }
    }
}
