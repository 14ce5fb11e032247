//! The forward transform and quantisation of one block.
//!
//! The same factorisation and fixed-point precision as libjpeg's accurate integer method: rows
//! first, 13-bit constants, two extra bits between the passes. The result is 8 times the
//! coefficient, which the quantiser's factors take into account.

use super::prune::WEAK;
use super::token::in_order;
use obscura_simd::{I16x8, I32x4, row, transpose8};

/// Division by a quantisation table to sixteenths of a step: `(x * reciprocal + 2^12) >> 13`.
///
/// For |x| up to 8,192, the rounding of the reciprocal changes a quotient by at most 1/32 of a
/// step, and not at all if the divisor is a power of two, so high qualities stay exact.
pub(crate) struct Quantiser {
    reciprocal: [i16; 64],
    /// The largest number of sixteenths that is rounded to zero.
    least: i16,
}

/// The nonzero coefficients of a block: a bit each in the file's order.
#[derive(Clone, Copy)]
pub(crate) struct Coded {
    pub(crate) some: u64,
    /// Those of them that may not be worth their bits.
    pub(crate) weak: u64,
}

/// Half a step and a sixteenth: values in between are worth less than their bits.
const LEAST: i16 = 9;

impl Quantiser {
    /// For divisors in row order (`8 * v + u`), each 1 to 255.
    pub(crate) fn new(table: &[u8; 64]) -> Self {
        let reciprocal = table.map(|divisor| {
            let divisor = 8 * u32::from(divisor.max(1));
            (((1 << 17) + divisor / 2) / divisor) as i16
        });
        // A table of ones requests full precision.
        let exact = table.iter().all(|&divisor| divisor <= 1);
        Self { reciprocal, least: if exact { 8 } else { LEAST } }
    }

    /// Whether coefficients may be dropped to save bits.
    pub(crate) fn may_prune(&self) -> bool {
        self.least == LEAST
    }

    /// Divides row `i`.
    #[inline(always)]
    fn divide(&self, i: usize, x: I16x8) -> I16x8 {
        // 2^12 is a product of two lanes.
        let (half, r) = (I16x8::splat(64), row(&self.reciprocal, i));
        let low = x.interleave_low(half).dot(r.interleave_low(half));
        let high = x.interleave_high(half).dot(r.interleave_high(half));
        low.sra::<13>().narrow(high.sra::<13>())
    }
}

/// Transforms and quantises the 8 × 8 samples at the start of `samples`, rows `stride` apart, into
/// `block`, in row order and in sixteenths of a step. A separate function, like the inverse
/// transforms, without loops, around which Cranelift would spill all vectors, and without an array
/// that a call would fill.
#[inline(never)]
pub(crate) fn forward(
    samples: &[u8],
    stride: usize,
    q: &Quantiser,
    block: &mut [i16; 64],
) -> Coded {
    let bias = I16x8::splat(128);
    let load = |y: usize| {
        let r = samples.get(y * stride..).and_then(|s| s.first_chunk::<8>());
        I16x8::from_u8(r.unwrap_or(&[128; 8])).sub(bias)
    };
    let r = transpose8(std::array::from_fn(load));
    let r = transpose8(pass::<false>(r));
    let r = pass::<true>(r);
    let rows: &mut [[i16; 8]] = block.as_chunks_mut().0;
    let (least, most) = (I16x8::splat(q.least), I16x8::splat(WEAK));
    let mut two = |i: usize| {
        let (a, b) = (q.divide(i, r[i]), q.divide(i + 1, r[i + 1]));
        rows[i] = a.store();
        rows[i + 1] = b.store();
        let (a, b) = (a.abs(), b.abs());
        let some = in_order(i, a.greater(least).non_zero(b.greater(least)));
        let strong = in_order(i, a.greater(most).non_zero(b.greater(most)));
        (some, strong)
    };
    let (a, b, c, d) = (two(0), two(2), two(4), two(6));
    let (some, strong) = (a.0 | b.0 | c.0 | d.0, a.1 | b.1 | c.1 | d.1);
    Coded { some, weak: some & !strong }
}

/// Eight transforms of eight points, one in each lane.
#[inline(always)]
fn pass<const SECOND: bool>(d: [I16x8; 8]) -> [I16x8; 8] {
    let (s07, d07) = (d[0].add(d[7]), d[0].sub(d[7]));
    let (s16, d16) = (d[1].add(d[6]), d[1].sub(d[6]));
    let (s25, d25) = (d[2].add(d[5]), d[2].sub(d[5]));
    let (s34, d34) = (d[3].add(d[4]), d[3].sub(d[4]));
    let (t10, t13) = (s07.add(s34), s07.sub(s34));
    let (t11, t12) = (s16.add(s25), s16.sub(s25));
    let (o0, o4) = if SECOND {
        let round = I16x8::splat(2);
        (t10.add(t11).add(round).sra::<2>(), t10.sub(t11).add(round).sra::<2>())
    } else {
        (t10.add(t11).shl::<2>(), t10.sub(t11).shl::<2>())
    };
    let (z3, z4) = (d34.add(d16), d25.add(d07));
    // The constants are those of the inverse transform, see there.
    let o2 = descale::<SECOND>(rotate(t13, t12, 10703, 4433));
    let o6 = descale::<SECOND>(rotate(t13, t12, 4433, -10704));
    let a3 = rotate(z3, z4, 9633 - 16069, 9633);
    let a4 = rotate(z3, z4, 9633, 9633 - 3196);
    let o7 = descale::<SECOND>(plus(rotate(d34, d07, 2446 - 7373, -7373), a3));
    let o1 = descale::<SECOND>(plus(rotate(d07, d34, 12299 - 7373, -7373), a4));
    let o5 = descale::<SECOND>(plus(rotate(d25, d16, 16819 - 20995, -20995), a4));
    let o3 = descale::<SECOND>(plus(rotate(d16, d25, 25172 - 20995, -20995), a3));
    [o0, o1, o2, o3, o4, o5, o6, o7]
}

/// `a * ca + b * cb` in all eight lanes, 32 bits wide.
#[inline(always)]
fn rotate(a: I16x8, b: I16x8, ca: i16, cb: i16) -> [I32x4; 2] {
    let c = I16x8::pair(ca, cb);
    [a.interleave_low(b).dot(c), a.interleave_high(b).dot(c)]
}

#[inline(always)]
fn plus(a: [I32x4; 2], b: [I32x4; 2]) -> [I32x4; 2] {
    [a[0].add(b[0]), a[1].add(b[1])]
}

#[inline(always)]
fn descale<const SECOND: bool>([low, high]: [I32x4; 2]) -> I16x8 {
    if SECOND {
        let round = I32x4::splat(1 << 14);
        low.add(round).sra::<15>().narrow(high.add(round).sra::<15>())
    } else {
        let round = I32x4::splat(1 << 10);
        low.add(round).sra::<11>().narrow(high.add(round).sra::<11>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zigzag::NATURAL;
    use std::f64::consts::{FRAC_1_SQRT_2, PI};

    #[test]
    fn coefficients_are_those_of_the_definition() {
        let mut x = 1u32;
        for divisor in [1u8, 2, 3, 7, 16, 99, 255] {
            let q = Quantiser::new(&[divisor; 64]);
            for _ in 0..100 {
                let samples: [u8; 64] = std::array::from_fn(|_| {
                    x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (x >> 24) as u8
                });
                let mut got = [0; 64];
                let coded = forward(&samples, 8, &q, &mut got);
                for k in 0..64 {
                    let value = got[usize::from(NATURAL[k])];
                    let (some, weak) = (value.abs() > q.least, value.abs() <= WEAK);
                    assert_eq!(coded.some >> k & 1 == 1, some, "{value}");
                    assert_eq!(coded.weak >> k & 1 == 1, some && weak, "{value}");
                }
                for v in 0..8 {
                    for u in 0..8 {
                        let c = |k: usize| if k == 0 { FRAC_1_SQRT_2 } else { 1.0 };
                        let t =
                            |i: usize, k: usize| ((2 * i + 1) as f64 * k as f64 * PI / 16.0).cos();
                        let sum: f64 = (0..64)
                            .map(|i| (f64::from(samples[i]) - 128.0) * t(i % 8, u) * t(i / 8, v))
                            .sum();
                        let exact = sum * c(u) * c(v) / 4.0 / f64::from(divisor);
                        let error = (f64::from(got[8 * v + u]) / 16.0 - exact).abs();
                        assert!(error < 1.0 / 32.0 + 0.3 / f64::from(divisor) + 0.03, "{error}");
                    }
                }
            }
        }
    }
}
