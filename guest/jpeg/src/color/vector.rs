//! Colour in vectors, to the same samples as without them.

use obscura_simd::{I16x8, I32x4, U8x16};

use super::{LANES, fix};

/// A weight in 65536ths that fits 16 bits.
const fn weight(x: f64) -> i16 {
    fix(x) as i16
}

/// Sixteen pixels to sixteen samples of Y, Cb and Cr.
#[inline(always)]
pub(super) fn rgb_to_ycc(pixels: &[u8; 3 * LANES]) -> [[u8; LANES]; 3] {
    let [r, g, b] = apart(pixels);
    let (half, center) = (1 << 15, (128 << 16) + (1 << 15) - 1);
    // Half of green's weight goes with red and half with blue; a weight of 1/2 is 1/4 twice.
    let green = weight(0.587 / 2.0);
    let quarter = I16x8::pair(weight(0.25), weight(0.25));
    let (rg, gb) = (pairs(r, g), pairs(g, b));
    let y =
        sums(rg, I16x8::pair(weight(0.299), green), gb, I16x8::pair(green, weight(0.114)), half);
    let blue = I16x8::pair(-weight(0.16874), -weight(0.33126));
    let red = I16x8::pair(-weight(0.41869), -weight(0.08131));
    [y, sums(rg, blue, pairs(b, b), quarter, center), sums(gb, red, pairs(r, r), quarter, center)]
}

/// Sixteen pixels to their red, green and blue.
#[inline(always)]
fn apart(pixels: &[u8; 3 * LANES]) -> [U8x16; 3] {
    let [a, b, c] = *pixels.as_chunks::<LANES>().0 else { return [U8x16::splat(0); 3] };
    // The halves of three vectors in another order, four times over, bring together what was three
    // bytes apart.
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
    use super::super::{halve_rows, rgb_to_ycc, rgb_to_ycc_row};

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
