//! Colour conversion in SIMD, with the same results as scalar code.

use obscura_simd::{I16x8, I32x4, U8x16};

use super::fixed::{LANES, fix};

/// A weight in 65536ths that fits into 16 bits.
const fn weight(x: f64) -> i16 {
    fix(x) as i16
}

/// Sixteen pixels to sixteen samples of Y, Cb and Cr.
#[inline(always)]
pub(super) fn rgb_to_ycc(pixels: &[u8; 3 * LANES]) -> [[u8; LANES]; 3] {
    let [r, g, b] = apart(pixels);
    let center = (128 << 16) + (1 << 15) - 1;
    let (rg, gb) = (pairs(r, g), pairs(g, b));
    [
        luma(rg, gb),
        sums(rg, on_blue(), pairs(b, b), quarter(), center),
        sums(gb, on_red(), pairs(r, r), quarter(), center),
    ]
}

/// Luma, of red and green and of green and blue: half of green's weight goes with each.
#[inline(always)]
fn luma(rg: [I16x8; 4], gb: [I16x8; 4]) -> [u8; LANES] {
    let green = weight(0.587 / 2.0);
    sums(rg, I16x8::pair(weight(0.299), green), gb, I16x8::pair(green, weight(0.114)), 1 << 15)
}

/// The weights of red and green in Cb.
#[inline(always)]
fn on_blue() -> I16x8 {
    I16x8::pair(-weight(0.16874), -weight(0.33126))
}

/// The weights of green and blue in Cr.
#[inline(always)]
fn on_red() -> I16x8 {
    I16x8::pair(-weight(0.41869), -weight(0.08131))
}

/// A weight of 1/2, which does not fit: 1/4 twice.
#[inline(always)]
fn quarter() -> I16x8 {
    I16x8::pair(weight(0.25), weight(0.25))
}

/// Sixteen pixels of two rows to luma, and to eight samples of Cb and of Cr, each of the mean of four.
#[inline(always)]
pub(super) fn rgb_to_ycc_halved(rows: [&[u8; 3 * LANES]; 2]) -> ([[u8; LANES]; 2], [[u8; 8]; 2]) {
    let [upper, lower] = rows.map(apart);
    let luma = [upper, lower].map(|[r, g, b]| luma(pairs(r, g), pairs(g, b)));
    // Sums of four.
    let sum = |i: usize| I16x8::pairwise_sums(upper[i]).add(I16x8::pairwise_sums(lower[i]));
    let (r, g, b) = (sum(0), sum(1), sum(2));
    let two = |a: I16x8, b: I16x8| [a.interleave_low(b), a.interleave_high(b)];
    let center = I32x4::splat((128 << 18) + (1 << 17) - 1);
    let chroma = |a: [I16x8; 2], on_a: I16x8, b: I16x8| {
        let b = two(b, b);
        let sum = |i: usize| a[i].dot(on_a).add(b[i].dot(quarter())).add(center).sra::<18>();
        sum(0).narrow(sum(1))
    };
    let both = chroma(two(r, g), on_blue(), b).narrow_u8(chroma(two(g, b), on_red(), r));
    (luma, *both.as_chunks().0.first_chunk().unwrap_or(&[[0; 8]; 2]))
}

/// Sixteen pixels to their red, green and blue.
#[inline(always)]
fn apart(pixels: &[u8; 3 * LANES]) -> [U8x16; 3] {
    let [a, b, c] = *pixels.as_chunks::<LANES>().0 else { return [U8x16::splat(0); 3] };
    // Permuting the halves of three vectors four times deinterleaves bytes with a stride of three.
    let turn = |[a, b, c]: [U8x16; 3]| {
        [a.interleave_low(b.high()), a.high().interleave_low(c), b.interleave_low(c.high())]
    };
    turn(turn(turn(turn([a, b, c].map(|v| U8x16::load(&v))))))
}

/// Neighbours of two vectors, of 16 bits.
#[inline(always)]
fn pairs(a: U8x16, b: U8x16) -> [I16x8; 4] {
    let (low, high) = (a.interleave_low(b), a.interleave_high(b));
    [low.widen_low(), low.widen_high(), high.widen_low(), high.widen_high()]
}

/// The sums of two times two weighted samples and of `bias`, in 65536ths.
#[inline(always)]
fn sums(a: [I16x8; 4], on_a: I16x8, b: [I16x8; 4], on_b: I16x8, bias: i32) -> [u8; LANES] {
    let bias = I32x4::splat(bias);
    let sum = |i: usize| a[i].dot(on_a).add(b[i].dot(on_b)).add(bias).sra::<16>();
    sum(0).narrow(sum(1)).narrow_u8(sum(2).narrow(sum(3)))
}

/// Thirty-two columns of two rows to sixteen means.
#[inline(always)]
pub(super) fn halve(upper: &[u8; 32], lower: &[u8; 32]) -> [u8; LANES] {
    let round = I16x8::pair(1, 2);
    let of = |at: usize| {
        let sums = |row: &[u8; 32]| {
            let half = row.as_chunks::<LANES>().0;
            I16x8::pairwise_sums(U8x16::load(&half[at]))
        };
        sums(upper).add(sums(lower)).add(round).sra::<2>()
    };
    of(0).narrow_u8(of(1))
}

#[cfg(test)]
mod tests {
    use super::super::{halve_rows, rgb_to_ycc, rgb_to_ycc_halved, rgb_to_ycc_row};

    fn noise(n: usize) -> Vec<u8> {
        let mut x = 5u32;
        (0..n)
            .map(|_| {
                x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if x & 0x700 == 0 { (x >> 31) as u8 * 255 } else { (x >> 24) as u8 }
            })
            .collect()
    }

    #[test]
    fn vectors_make_the_same_colours() {
        for width in [1, 15, 16, 17, 47, 1000] {
            let pixels = noise(width * 3);
            let mut got = [(); 3].map(|()| vec![0; width]);
            let mut expected = got.clone();
            let [y, cb, cr] = &mut got;
            rgb_to_ycc(&pixels, 3, y, cb, cr);
            let [y, cb, cr] = &mut expected;
            rgb_to_ycc_row::<3>(&pixels, y, cb, cr);
            assert_eq!(got, expected, "{width}");
        }
    }

    #[test]
    fn vectors_make_the_same_halved_colours() {
        for width in [1, 2, 15, 16, 17, 33, 95, 200] {
            let pixels = noise(width * 6);
            let (upper, lower) = pixels.split_at(width * 3);
            let mut luma = [(); 2].map(|()| vec![0; width]);
            let mut chroma = [(); 2].map(|()| vec![0; width.div_ceil(2)]);
            let [y0, y1] = &mut luma;
            let [cb, cr] = &mut chroma;
            rgb_to_ycc_halved([upper, lower], [y0, y1], cb, cr);
            for (row, luma) in [upper, lower].into_iter().zip(&luma) {
                let (mut y, mut cb, mut cr) = (vec![0; width], vec![0; width], vec![0; width]);
                rgb_to_ycc_row::<3>(row, &mut y, &mut cb, &mut cr);
                assert_eq!(*luma, y, "{width}");
            }
            let [cb, cr] = &chroma;
            for (at, (&cb, &cr)) in cb.iter().zip(cr).enumerate() {
                let mean = |c: usize| {
                    let sample = |row: &[u8], x: usize| f64::from(row[x.min(width - 1) * 3 + c]);
                    let of = |row| sample(row, 2 * at) + sample(row, 2 * at + 1);
                    (of(upper) + of(lower)) / 4.0
                };
                let (r, g, b) = (mean(0), mean(1), mean(2));
                let blue = 128.0 - 0.168736 * r - 0.331264 * g + 0.5 * b;
                let red = 128.0 + 0.5 * r - 0.418688 * g - 0.081312 * b;
                for (got, exact) in [(cb, blue), (cr, red)] {
                    let off = (f64::from(got) - exact).abs();
                    assert!(off < 0.51, "{at} of {width}: {got} {exact}");
                }
            }
        }
    }

    #[test]
    fn vectors_halve_to_the_same_means() {
        for width in [1, 2, 31, 32, 33, 95, 200] {
            let rows = noise(width * 2);
            let (upper, lower) = rows.split_at(width);
            let mut got = vec![0; width.div_ceil(2)];
            halve_rows(upper, lower, &mut got);
            for (i, &got) in got.iter().enumerate() {
                let at = |row: &[u8], x: usize| u16::from(row[x.min(width - 1)]);
                let (a, b) = (2 * i, 2 * i + 1);
                let sum = at(upper, a) + at(upper, b) + at(lower, a) + at(lower, b);
                assert_eq!(u16::from(got), (sum + 1 + (i as u16 & 1)) >> 2, "{i} of {width}");
            }
        }
    }
}
