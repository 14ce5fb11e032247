//! The forward transform and quantisation of one block.
//!
//! The same factorisation and fixed-point precision as libjpeg's accurate integer method: rows
//! first, 13-bit constants, two extra bits between the passes. The result is 8 times the
//! coefficient, which the quantiser's factors take into account.

use obscura_simd::{I16x8, I32x4, row, transpose8};

/// Division by a quantisation table, rounded: `(x * reciprocal + 2^16) >> 17`.
///
/// With |x| up to 8,192 the reciprocal's own rounding moves a quotient by 1/32 at most, and by
/// nothing where the divisor is a power of two, so high qualities stay exact.
pub(crate) struct Quantiser {
    reciprocal: [i16; 64],
}

impl Quantiser {
    /// For divisors in row order (`8 * v + u`), each 1 to 255.
    pub(crate) fn new(table: &[u8; 64]) -> Self {
        let reciprocal = table.map(|divisor| {
            let divisor = 8 * u32::from(divisor.max(1));
            (((1 << 17) + divisor / 2) / divisor) as i16
        });
        Self { reciprocal }
    }

    /// Divides row `i`.
    #[inline(always)]
    fn divide(&self, i: usize, x: I16x8) -> I16x8 {
        // 2^16 does not fit into a lane, but is a product of two that do.
        let (half, r) = (I16x8::splat(256), row(&self.reciprocal, i));
        let low = x.interleave_low(half).dot(r.interleave_low(half));
        let high = x.interleave_high(half).dot(r.interleave_high(half));
        low.sra::<17>().narrow(high.sra::<17>())
    }
}

/// Transforms and quantises the 8 × 8 samples at the start of `samples`, rows `stride` apart, into
/// `block`, in row order. A function of its own, as the inverse transforms are, without loops, round
/// which Cranelift would store all vectors, and without an array to be filled by a call.
#[inline(never)]
pub(crate) fn forward(samples: &[u8], stride: usize, q: &Quantiser, block: &mut [i16; 64]) {
    let bias = I16x8::splat(128);
    let load = |y: usize| {
        let r = samples.get(y * stride..).and_then(|s| s.first_chunk::<8>());
        I16x8::from_u8(r.unwrap_or(&[128; 8])).sub(bias)
    };
    let r = transpose8(std::array::from_fn(load));
    let r = transpose8(pass::<false>(r));
    let r = pass::<true>(r);
    let rows: &mut [[i16; 8]] = block.as_chunks_mut().0;
    let mut divide = |i: usize| rows[i] = q.divide(i, r[i]).store();
    divide(0);
    divide(1);
    divide(2);
    divide(3);
    divide(4);
    divide(5);
    divide(6);
    divide(7);
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
                forward(&samples, 8, &q, &mut got);
                for v in 0..8 {
                    for u in 0..8 {
                        let c = |k: usize| if k == 0 { FRAC_1_SQRT_2 } else { 1.0 };
                        let t =
                            |i: usize, k: usize| ((2 * i + 1) as f64 * k as f64 * PI / 16.0).cos();
                        let sum: f64 = (0..64)
                            .map(|i| (f64::from(samples[i]) - 128.0) * t(i % 8, u) * t(i / 8, v))
                            .sum();
                        let exact = sum * c(u) * c(v) / 4.0 / f64::from(divisor);
                        let error = (f64::from(got[8 * v + u]) - exact).abs();
                        assert!(error < 0.5 + 0.3 / f64::from(divisor) + 0.01, "{error}");
                    }
                }
            }
        }
    }
}
