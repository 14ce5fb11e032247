//! 128-bit vectors for the codecs, and all of their `unsafe`: three small types of safe operations.
//!
//! [`U8x16`], [`I16x8`] and [`I32x4`] have exactly the operations that the codecs need. Production
//! uses WebAssembly's `simd128`; SSE2 is for native tests and benchmarks; the scalar version is for
//! all other targets, and is the specification that the other two are tested against.

#![allow(clippy::should_implement_trait, reason = "`a.add(b)` wraps; `a + b` would not")]

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[path = "wasm.rs"]
#[allow(unsafe_code, reason = "vector loads and stores take raw pointers")]
#[allow(missing_docs, reason = "scalar.rs says what the operations do")]
mod imp;

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[path = "x86.rs"]
#[allow(unsafe_code, reason = "vector loads and stores take raw pointers")]
#[allow(missing_docs, reason = "scalar.rs says what the operations do")]
mod imp;

#[cfg(not(any(
    all(target_arch = "wasm32", target_feature = "simd128"),
    all(target_arch = "x86_64", target_feature = "sse2")
)))]
#[path = "scalar.rs"]
#[allow(missing_docs, reason = "the other operations do what they are called")]
mod imp;

#[cfg(test)]
#[path = "scalar.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the tests compare a part of it")]
mod scalar;

pub use imp::{I16x8, I32x4, U8x16, big_endian_u64};

/// Transposes eight rows of eight.
#[inline(always)]
pub fn transpose8(r: [I16x8; 8]) -> [I16x8; 8] {
    // Three rounds of interleaving row i with row i + 4; each round rotates the six index bits by
    // one.
    let round = |r: [I16x8; 8]| {
        let (a0, a1) = (r[0].interleave_low(r[4]), r[0].interleave_high(r[4]));
        let (b0, b1) = (r[1].interleave_low(r[5]), r[1].interleave_high(r[5]));
        let (c0, c1) = (r[2].interleave_low(r[6]), r[2].interleave_high(r[6]));
        let (d0, d1) = (r[3].interleave_low(r[7]), r[3].interleave_high(r[7]));
        [a0, a1, b0, b1, c0, c1, d0, d1]
    };
    round(round(round(r)))
}

/// Transposes four rows of four.
#[inline(always)]
pub fn transpose4(r: [I32x4; 4]) -> [I32x4; 4] {
    let round = |r: [I32x4; 4]| {
        let (a0, a1) = (r[0].interleave_low(r[2]), r[0].interleave_high(r[2]));
        let (b0, b1) = (r[1].interleave_low(r[3]), r[1].interleave_high(r[3]));
        [a0, a1, b0, b1]
    };
    round(round(r))
}

/// Interleaves vector i with vector i + 4: the seven bits of a byte's place, which are three of the
/// vector's number and four of the lane's, rotate by one to the left. Four rounds make columns of
/// sixteen rows of eight (two to a vector), three rounds turn them back.
#[inline(always)]
pub fn rotate_bytes(v: [U8x16; 8]) -> [U8x16; 8] {
    let low = |i: usize| v[i].interleave_low(v[i + 4]);
    let high = |i: usize| v[i].interleave_high(v[i + 4]);
    [low(0), high(0), low(1), high(1), low(2), high(2), low(3), high(3)]
}

/// Sets coefficients (whole rows of eight) to `zero`, in vectors. A plain fill would compile to
/// WebAssembly's `memory.fill`, a call into the runtime that costs more than decoding the block; so
/// would these stores if the compiler knew the value, so get it from [`opaque_zero`].
#[inline(always)]
pub fn clear(coefficients: &mut [i16], zero: I16x8) {
    let rows: &mut [[i16; 8]] = coefficients.as_chunks_mut().0;
    rows.iter_mut().for_each(|r| *r = zero.store());
}

/// Zero, hidden from the compiler.
#[inline(always)]
pub fn opaque_zero() -> I16x8 {
    I16x8::splat(std::hint::black_box(0))
}

/// Loads row `i` of an 8 × 8 block.
#[inline(always)]
pub fn row(block: &[i16; 64], i: usize) -> I16x8 {
    let rows: &[[i16; 8]] = block.as_chunks().0;
    I16x8::load(&rows[i & 7])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pseudo-random values that cover the range of 16 bits.
    fn samples() -> Vec<[i16; 8]> {
        let mut x = 0x2545_f491u32;
        let mut out = vec![
            [0; 8],
            [i16::MIN; 8],
            [i16::MAX; 8],
            [1, -1, 255, -256, 128, -128, 16384, -16384],
        ];
        for _ in 0..200 {
            out.push(std::array::from_fn(|_| {
                x ^= x << 13;
                x ^= x >> 17;
                x ^= x << 5;
                (x >> 8) as i16
            }));
        }
        out
    }

    #[test]
    fn vector_operations_agree_with_the_scalar_specification() {
        use scalar as s;
        let v = samples();
        for (a, b) in v.iter().zip(v.iter().skip(1)) {
            let (va, vb) = (I16x8::load(a), I16x8::load(b));
            let (sa, sb) = (s::I16x8::load(a), s::I16x8::load(b));
            assert_eq!(va.add(vb).store(), sa.add(sb).store());
            assert_eq!(va.sub(vb).store(), sa.sub(sb).store());
            assert_eq!(va.mul(vb).store(), sa.mul(sb).store());
            assert_eq!(va.shl::<2>().store(), sa.shl::<2>().store());
            assert_eq!(va.sra::<2>().store(), sa.sra::<2>().store());
            assert_eq!(va.interleave_low(vb).store(), sa.interleave_low(sb).store());
            assert_eq!(va.interleave_high(vb).store(), sa.interleave_high(sb).store());
            assert_eq!(va.narrow_u8(vb), sa.narrow_u8(sb));
            assert_eq!(va.non_zero(vb), sa.non_zero(sb));
            if !(a.contains(&i16::MIN) && b.contains(&i16::MIN)) {
                let (vd, sd) = (va.dot(vb), sa.dot(sb));
                let (ve, se) = (I32x4::splat(77_777), s::I32x4::splat(77_777));
                assert_eq!(
                    vd.add(ve).sra::<11>().narrow(vd.sub(ve).sra::<18>()).store(),
                    sd.add(se).sra::<11>().narrow(sd.sub(se).sra::<18>()).store()
                );
            }
        }
        let bytes = [1, 2, 3, 250, 255, 0, 7, 128];
        assert_eq!(I16x8::from_u8(&bytes).store(), s::I16x8::from_u8(&bytes).store());
        assert_eq!(big_endian_u64(&bytes), u64::from_be_bytes(bytes));
        assert_eq!(I16x8::pair(3, -4).store(), [3, -4, 3, -4, 3, -4, 3, -4]);
    }

    #[test]
    fn byte_operations_agree_with_the_scalar_specification() {
        use scalar as s;
        let bytes = |v: &[i16; 8]| -> [u8; 16] {
            std::array::from_fn(|i| if i < 8 { v[i] as u8 } else { (v[i - 8] >> 8) as u8 })
        };
        let v = samples();
        for (a16, b16) in v.iter().zip(v.iter().skip(1)) {
            let (a, b) = (bytes(a16), bytes(b16));
            let (va, vb) = (U8x16::load(&a), U8x16::load(&b));
            let (sa, sb) = (s::U8x16::load(&a), s::U8x16::load(&b));
            assert_eq!(va.add(vb).store(), sa.add(sb).store());
            assert_eq!(va.add_saturating(vb).store(), sa.add_saturating(sb).store());
            assert_eq!(va.sub_saturating(vb).store(), sa.sub_saturating(sb).store());
            assert_eq!(va.add_signed(vb).store(), sa.add_signed(sb).store());
            assert_eq!(va.sub_signed(vb).store(), sa.sub_signed(sb).store());
            assert_eq!(va.first_u32(), sa.first_u32());
            assert_eq!(
                U8x16::splat_u32(sa.first_u32()).store(),
                s::U8x16::splat_u32(sa.first_u32()).store()
            );
            assert_eq!(va.push_from::<0>(vb).store(), sa.push_from::<0>(sb).store());
            assert_eq!(va.push_from::<2>(vb).store(), sa.push_from::<2>(sb).store());
            assert_eq!(va.push_from::<3>(vb).store(), sa.push_from::<3>(sb).store());
            assert_eq!(va.spread3().store(), sa.spread3().store());
            assert_eq!(va.spread3().pack3().store()[..12], a[..12]);
            assert_eq!(va.pack3().store(), sa.pack3().store());
            assert_eq!(va.average(vb).store(), sa.average(sb).store());
            assert_eq!(va.as_i32().store(), sa.as_i32().store());
            assert_eq!(I32x4::load(&sa.as_i32().store()).as_u8().store(), a);
            assert_eq!(va.high().store(), sa.high().store());
            assert_eq!(va.look_up(vb).store(), sa.look_up(sb).store());
            let places = a.map(|place| place & 31);
            let (vp, sp) = (U8x16::load(&places), s::U8x16::load(&places));
            assert_eq!(vb.look_up(vp).store(), sb.look_up(sp).store());
            assert_eq!(va.min(vb).store(), sa.min(sb).store());
            assert_eq!(va.max(vb).store(), sa.max(sb).store());
            assert_eq!(va.eq(vb).store(), sa.eq(sb).store());
            assert_eq!(va.eq(va).any(), sa.eq(sa).any());
            assert_eq!(va.xor(va).any(), sa.xor(sa).any());
            assert_eq!(va.and(vb).or(va.and_not(vb)).store(), a);
            assert_eq!(va.interleave_low(vb).store(), sa.interleave_low(sb).store());
            assert_eq!(va.interleave_high(vb).store(), sa.interleave_high(sb).store());
            assert_eq!(va.widen_low().store(), sa.widen_low().store());
            assert_eq!(va.widen_high().store(), sa.widen_high().store());
            assert_eq!(va.widen_low_signed().store(), sa.widen_low_signed().store());
            assert_eq!(va.widen_high_signed().store(), sa.widen_high_signed().store());
            let sums = |v| I16x8::pairwise_sums(v).store();
            assert_eq!(sums(va), s::I16x8::pairwise_sums(sa).store());
            let (va, vb) = (I16x8::load(a16), I16x8::load(b16));
            let (sa, sb) = (s::I16x8::load(a16), s::I16x8::load(b16));
            assert_eq!(va.narrow(vb).store(), sa.narrow(sb).store());
            let pair = &[a16[3], b16[5]];
            assert_eq!(I16x8::load_pair(pair).store(), s::I16x8::load_pair(pair).store());
            assert_eq!(va.narrow_signed(vb).store(), sa.narrow_signed(sb).store());
            assert_eq!(va.max(vb).store(), sa.max(sb).store());
            assert_eq!(va.greater(vb).store(), sa.greater(sb).store());
            assert_eq!(va.as_i32().store(), sa.as_i32().store());
            assert_eq!(va.as_i32().as_i16().store(), *a16);
            assert_eq!(va.abs().min(vb.abs()).store(), sa.abs().min(sb.abs()).store());
            assert_eq!(va.eq(vb).select(va, vb).store(), sa.eq(sb).select(sa, sb).store());
            let (vw, sw) =
                (va.widen_low().mul(vb.widen_high()), sa.widen_low().mul(sb.widen_high()));
            assert_eq!(vw.store(), sw.store());
            assert_eq!(vw.eq(va.as_i32()).store(), sw.eq(sa.as_i32()).store());
            assert_eq!(vw.eq(vw).store(), sw.eq(sw).store());
        }
    }

    #[test]
    fn rotating_bytes_seven_times_changes_nothing() {
        let v: [[u8; 16]; 8] = std::array::from_fn(|i| std::array::from_fn(|j| (i * 16 + j) as u8));
        let mut rotated = v.map(|v| U8x16::load(&v));
        for round in 0..7 {
            if round == 4 {
                // Columns of sixteen rows of eight.
                let first = rotated[1].store();
                assert_eq!(first, std::array::from_fn(|row| (row * 8 + 1) as u8));
            }
            rotated = rotate_bytes(rotated);
        }
        assert_eq!(rotated.map(U8x16::store), v);
    }

    #[test]
    fn transposing_swaps_rows_and_columns() {
        let m: [[i16; 8]; 8] = std::array::from_fn(|y| std::array::from_fn(|x| (y * 8 + x) as i16));
        let t = transpose8(m.map(|r| I16x8::load(&r))).map(I16x8::store);
        for y in 0..8 {
            for x in 0..8 {
                assert_eq!(t[x][y], m[y][x]);
            }
        }
    }
}
