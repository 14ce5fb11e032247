//! Inverse transforms: N × N samples from the low N × N coefficients of a block, N = 1 to 8.
//!
//! A block is transposed (`8 * u + v`), so the first pass runs along `u` with `v` in the lanes;
//! after one transposition, the second pass produces rows of samples. Both passes work in 13-bit
//! fixed point with two extra bits between them, as libjpeg's accurate integer method does, so that
//! at N = 8 a sample differs from libjpeg's by one level at most (it takes the passes in the other
//! order). A smaller N is the N-point transform of the same coefficients, as libjpeg's `jidctint`
//! defines it: `y(i) = F(0) + Σ √2 cos((2i + 1) u π / 2N) F(u)` in either direction, divided by 8.

use obscura_simd::{I16x8, I32x4, row, transpose8};

/// Shift after the first pass: 13 bits of constants less 2 of extra precision.
const FIRST: u32 = 11;
/// Shift after the second pass: 13 bits, the 2 extra ones, and the division by 8.
const SECOND: u32 = 18;

/// Writes one block's `n` × `n` samples to `out`, whose rows are `stride` apart. `count` is the
/// position after the last coefficient that may be nonzero. Up to 8 bytes per row may be written,
/// whatever `n` is: the caller's rows are padded, and blocks are written from left to right.
#[inline(always)]
pub(crate) fn inverse(
    n: usize,
    block: &[i16; 64],
    quant: &[i16; 64],
    count: usize,
    out: &mut [u8],
    stride: usize,
) {
    // Canvases have room for every block, so this is never `None`.
    let _: Option<()> = match n {
        1 => out.first_mut().map(|o| *o = dc_sample(block[0], quant[0])),
        _ if count <= 1 => flat(n, dc_sample(block[0], quant[0]), out, stride),
        2 => two(block, quant, out, stride),
        3 => small::<3>(block, quant, out, stride),
        4 => small::<4>(block, quant, out, stride),
        5 => large::<5>(block, quant, out, stride),
        6 => large::<6>(block, quant, out, stride),
        7 => large::<7>(block, quant, out, stride),
        _ => eight(block, quant, out, stride),
    };
}

/// The single sample of a block at 1/8.
#[inline(always)]
pub(crate) fn dc_sample(dc: i16, quant: i16) -> u8 {
    let dc = i32::from(dc) * i32::from(quant);
    (((dc + 4) >> 3) + 128).clamp(0, 255) as u8
}

/// A block with only a DC coefficient.
#[inline(never)]
fn flat(n: usize, v: u8, out: &mut [u8], stride: usize) -> Option<()> {
    // As one number: an array of a repeated byte could compile to a fill call.
    let eight = u64::from(v) * 0x0101_0101_0101_0101;
    for y in 0..n {
        if n > 4 {
            put(out, y * stride, eight.to_ne_bytes())?;
        } else {
            put(out, y * stride, (eight as u32).to_ne_bytes())?;
        }
    }
    Some(())
}

/// Writes a row's samples, or `None` if there is no room, in which case callers return. It is
/// important to return instead of continuing with the next row: Cranelift sinks pure operations to
/// their first use, and would recompute those in a continuing branch for the next row (210 ns per
/// block instead of 40).
#[inline(always)]
fn put<const N: usize>(out: &mut [u8], at: usize, v: [u8; N]) -> Option<()> {
    *out.get_mut(at..)?.first_chunk_mut()? = v;
    Some(())
}

/// Two-point transforms are sums and differences.
#[inline(never)]
fn two(block: &[i16; 64], quant: &[i16; 64], out: &mut [u8], stride: usize) -> Option<()> {
    let f = |i: usize| i32::from(block[i]) * i32::from(quant[i]);
    let (f00, f01, f10, f11) = (f(0), f(8), f(1), f(9));
    let (left, right) = (f00 + f01, f00 - f01);
    let (left1, right1) = (f10 + f11, f10 - f11);
    let sample = |v: i32| (((v + 4) >> 3) + 128).clamp(0, 255) as u8;
    put(out, 0, [sample(left + left1), sample(right + right1)])?;
    put(out, stride, [sample(left - left1), sample(right - right1)])
}

/// The dequantised row `u` of a block.
#[inline(always)]
fn dequantised(block: &[i16; 64], quant: &[i16; 64], u: usize) -> I16x8 {
    row(block, u).mul(row(quant, u))
}

/// `round(8192 √2 cos((2i + 1) u π / 2N))`, and 8192 for u = 0: the upper half of the outputs;
/// the lower half mirrors it with the odd `u` negated.
const fn kernel(n: usize) -> &'static [[i16; 8]] {
    match n {
        3 => &[[8192, 10033, 5793, 0, 0, 0, 0, 0], [8192, 0, -11585, 0, 0, 0, 0, 0]],
        4 => &[[8192, 10703, 8192, 4433, 0, 0, 0, 0], [8192, 4433, -8192, -10703, 0, 0, 0, 0]],
        5 => &[
            [8192, 11018, 9373, 6810, 3580, 0, 0, 0],
            [8192, 6810, -3580, -11018, -9373, 0, 0, 0],
            [8192, 0, -11585, 0, 11585, 0, 0, 0],
        ],
        6 => &[
            [8192, 11190, 10033, 8192, 5793, 2998, 0, 0],
            [8192, 8192, 0, -8192, -11585, -8192, 0, 0],
            [8192, 2998, -10033, -8192, 5793, 11190, 0, 0],
        ],
        _ => &[
            [8192, 11295, 10438, 9058, 7223, 5027, 2578, 0],
            [8192, 9058, 2578, -5027, -10438, -11295, -7223, 0],
            [8192, 5027, -7223, -11295, -2578, 9058, 10438, 0],
            [8192, 0, -11585, 0, 11585, 0, -11585, 0],
        ],
    }
}

/// An N-point pass over four lanes, by definition; `pairs` are the inputs (0,2) (1,3) (4,6) (5,7),
/// interleaved.
#[inline(always)]
fn pass_lanes<const N: usize, const SHIFT: u32>(pairs: [I16x8; 4]) -> [I32x4; 8] {
    let round = I32x4::splat(1 << (SHIFT - 1));
    let mut out = [round; 8];
    for (i, c) in kernel(N).iter().enumerate() {
        let mut even = pairs[0].dot(I16x8::pair(c[0], c[2])).add(round);
        if N > 4 {
            even = even.add(pairs[2].dot(I16x8::pair(c[4], c[6])));
        }
        if 2 * i + 1 == N {
            // The middle output has no odd part.
            out[i & 7] = even.sra::<SHIFT>();
            break;
        }
        let mut odd = pairs[1].dot(I16x8::pair(c[1], c[3]));
        if N > 5 {
            odd = odd.add(pairs[3].dot(I16x8::pair(c[5], c[7])));
        }
        out[(N - 1 - i) & 7] = even.sub(odd).sra::<SHIFT>();
        out[i & 7] = even.add(odd).sra::<SHIFT>();
    }
    out
}

/// N = 3 and 4: everything fits into the low four lanes.
#[inline(never)]
fn small<const N: usize>(
    block: &[i16; 64],
    quant: &[i16; 64],
    out: &mut [u8],
    stride: usize,
) -> Option<()> {
    let zero = I16x8::splat(0);
    let pass = |r: [I16x8; 4]| [r[0].interleave_low(r[2]), r[1].interleave_low(r[3]), zero, zero];
    let f = |u: usize| if u < N { dequantised(block, quant, u) } else { zero };
    let x = pass_lanes::<N, FIRST>(pass([f(0), f(1), f(2), f(3)]));
    // Rows of x with v in the lanes, two to a vector; then rows of v with x in the lanes. (LLVM
    // expands a narrowing if one half is constant, so x[2] is used for x[3] of N = 3.)
    let (a, b) = (x[0].narrow(x[1]), x[2].narrow(x[(N - 1) & 7]));
    let (even, odd) = (a.interleave_low(b), a.interleave_high(b));
    let (v01, v23) = (even.interleave_low(odd), even.interleave_high(odd));
    let pairs = [v01.interleave_low(v23), v01.interleave_high(v23), zero, zero];
    let y = pass_lanes::<N, SECOND>(pairs);
    let bias = I16x8::splat(128);
    let samples = y[0].narrow(y[1]).add(bias).narrow_u8(y[2].narrow(y[(N - 1) & 7]).add(bias));
    let rows: &[[u8; 4]] = samples.as_chunks().0;
    for (y, v) in rows.iter().enumerate().take(N) {
        put(out, y * stride, *v)?;
    }
    Some(())
}

/// N = 5 to 7, in two halves of four lanes.
#[inline(never)]
fn large<const N: usize>(
    block: &[i16; 64],
    quant: &[i16; 64],
    out: &mut [u8],
    stride: usize,
) -> Option<()> {
    let zero = I16x8::splat(0);
    let f = |u: usize| if u < N { dequantised(block, quant, u) } else { zero };
    let mut r: [I16x8; 8] = std::array::from_fn(f);
    r = pass_large::<N, FIRST>(r);
    r = pass_large::<N, SECOND>(transpose8(r));
    put_rows(r, N, out, stride)
}

#[inline(always)]
fn pass_large<const N: usize, const SHIFT: u32>(r: [I16x8; 8]) -> [I16x8; 8] {
    let low = |a: usize, b: usize| r[a].interleave_low(r[b]);
    let high = |a: usize, b: usize| r[a].interleave_high(r[b]);
    let a = pass_lanes::<N, SHIFT>([low(0, 2), low(1, 3), low(4, 6), low(5, 7)]);
    let b = pass_lanes::<N, SHIFT>([high(0, 2), high(1, 3), high(4, 6), high(5, 7)]);
    std::array::from_fn(|i| a[i].narrow(b[i]))
}

/// Centres, clamps and writes the first `n` rows.
#[inline(always)]
fn put_rows(r: [I16x8; 8], n: usize, out: &mut [u8], stride: usize) -> Option<()> {
    let bias = I16x8::splat(128);
    for i in 0..n.div_ceil(2) {
        let two = r[(2 * i) & 7].add(bias).narrow_u8(r[(2 * i + 1) & 7].add(bias));
        let rows: &[[u8; 8]] = two.as_chunks().0;
        put(out, 2 * i * stride, rows[0])?;
        if 2 * i + 1 < n {
            put(out, (2 * i + 1) * stride, rows[1])?;
        }
    }
    Some(())
}

/// The full transform: Loeffler, Ligtenberg and Moschytz's factorisation (ICASSP 1989), with
/// each rotation as products of pairs.
#[inline(never)]
fn eight(block: &[i16; 64], quant: &[i16; 64], out: &mut [u8], stride: usize) -> Option<()> {
    let r: [I16x8; 8] = std::array::from_fn(|u| dequantised(block, quant, u));
    let r = pass_eight::<FIRST>(r);
    let r = pass_eight::<SECOND>(transpose8(r));
    put_rows(r, 8, out, stride)
}

#[inline(always)]
fn pass_eight<const SHIFT: u32>(r: [I16x8; 8]) -> [I16x8; 8] {
    let (z3, z4) = (r[7].add(r[3]), r[5].add(r[1]));
    let low = |a: I16x8, b: I16x8| a.interleave_low(b);
    let high = |a: I16x8, b: I16x8| a.interleave_high(b);
    let half = |f: &dyn Fn(I16x8, I16x8) -> I16x8| {
        eight_lanes::<SHIFT>([
            f(r[0], r[4]),
            f(r[2], r[6]),
            f(r[7], r[1]),
            f(r[5], r[3]),
            f(z3, z4),
        ])
    };
    let (a, b) = (half(&low), half(&high));
    std::array::from_fn(|i| a[i].narrow(b[i]))
}

/// Four lanes of the 8-point pass, from the pairs (0,4) (2,6) (7,1) (5,3) and (7+3, 5+1).
#[inline(always)]
fn eight_lanes<const SHIFT: u32>([x04, x26, x71, x53, z34]: [I16x8; 5]) -> [I32x4; 8] {
    let p = I16x8::pair;
    let round = I32x4::splat(1 << (SHIFT - 1));
    // Even part: the sums of 0 and 4, and a rotation of 2 and 6 by 3π/8.
    let (t0, t1) = (x04.dot(p(8192, 8192)).add(round), x04.dot(p(8192, -8192)).add(round));
    let (t2, t3) = (x26.dot(p(4433, 4433 - 15137)), x26.dot(p(4433 + 6270, 4433)));
    let (e0, e1, e2, e3) = (t0.add(t3), t1.add(t2), t1.sub(t2), t0.sub(t3));
    // Odd part: constants are sums of the factorisation's, so that each output is one product
    // of pairs and one of the two shared terms.
    let z3 = z34.dot(p(9633 - 16069, 9633));
    let z4 = z34.dot(p(9633, 9633 - 3196));
    let o0 = x71.dot(p(2446 - 7373, -7373)).add(z3);
    let o3 = x71.dot(p(-7373, 12299 - 7373)).add(z4);
    let o1 = x53.dot(p(16819 - 20995, -20995)).add(z4);
    let o2 = x53.dot(p(-20995, 25172 - 20995)).add(z3);
    [e0.add(o3), e1.add(o2), e2.add(o1), e3.add(o0), e3.sub(o0), e2.sub(o1), e1.sub(o2), e0.sub(o3)]
        .map(I32x4::sra::<SHIFT>)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{PI, SQRT_2};

    /// The definition, in floating point.
    fn reference(n: usize, block: &[i16; 64], quant: &[i16; 64]) -> Vec<f64> {
        let c = |i: usize, u: usize| {
            if u == 0 {
                1.0
            } else {
                SQRT_2 * ((2 * i + 1) as f64 * u as f64 * PI / (2 * n) as f64).cos()
            }
        };
        let mut out = vec![0.0; n * n];
        for (at, o) in out.iter_mut().enumerate() {
            for u in 0..n {
                for v in 0..n {
                    let f = f64::from(block[8 * u + v]) * f64::from(quant[8 * u + v]);
                    *o += c(at % n, u) * c(at / n, v) * f / 8.0;
                }
            }
            *o = (*o + 128.0).clamp(0.0, 255.0);
        }
        out
    }

    #[test]
    fn every_size_agrees_with_the_definition() {
        let mut x = 88_172_645_463_325_252u64;
        let mut random = move |m: i64| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            ((x >> 16) as i64 % (2 * m + 1) - m) as i16
        };
        for round in 0..500 {
            let quant: [i16; 64] = std::array::from_fn(|_| random(9).abs() + 1);
            let mut block: [i16; 64] = std::array::from_fn(|i| {
                let spread = 200 / (1 + i64::try_from(i / 8 + i % 8).unwrap_or(0));
                random(spread) / quant[i]
            });
            if round % 5 == 0 {
                block[1..].fill(0);
            }
            for n in 1..=8 {
                let mut out = vec![0u8; 8 * 24];
                inverse(n, &block, &quant, if round % 5 == 0 { 1 } else { 64 }, &mut out, 24);
                for (at, r) in reference(n, &block, &quant).iter().enumerate() {
                    let got = f64::from(out[at / n * 24 + at % n]);
                    assert!((got - r).abs() <= 1.0, "n {n}, sample {at}: {got} for {r}");
                }
            }
        }
    }
}
