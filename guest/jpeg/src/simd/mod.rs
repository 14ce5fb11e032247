//! The crate's only `unsafe`: two small 128-bit vector types over safe operations.
//!
//! [`I16x8`] and [`I32x4`] carry exactly the operations that the transforms need. WebAssembly's
//! `simd128` is what production runs; SSE2 is its twin for tests and benchmarks on a developer's
//! machine; the scalar version lets every other target build, and is the specification that the
//! other two are tested against.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[path = "wasm.rs"]
#[allow(unsafe_code, reason = "vector loads and stores take raw pointers")]
mod imp;

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[path = "x86.rs"]
#[allow(unsafe_code, reason = "vector loads and stores take raw pointers")]
mod imp;

#[cfg(not(any(
    all(target_arch = "wasm32", target_feature = "simd128"),
    all(target_arch = "x86_64", target_feature = "sse2")
)))]
#[path = "scalar.rs"]
mod imp;

#[cfg(test)]
#[path = "scalar.rs"]
#[allow(dead_code, reason = "the tests compare a part of it")]
mod scalar;

pub(crate) use imp::{I16x8, I32x4, big_endian_u64};

/// Transposes eight rows of eight.
#[inline(always)]
pub(crate) fn transpose8(r: [I16x8; 8]) -> [I16x8; 8] {
    // Three rounds of interleaving row i with row i + 4: each round rotates the six index bits by one.
    let round = |r: [I16x8; 8]| {
        let (a0, a1) = (r[0].interleave_low(r[4]), r[0].interleave_high(r[4]));
        let (b0, b1) = (r[1].interleave_low(r[5]), r[1].interleave_high(r[5]));
        let (c0, c1) = (r[2].interleave_low(r[6]), r[2].interleave_high(r[6]));
        let (d0, d1) = (r[3].interleave_low(r[7]), r[3].interleave_high(r[7]));
        [a0, a1, b0, b1, c0, c1, d0, d1]
    };
    round(round(round(r)))
}

/// Sets a block to `zero`, in vectors. A plain fill would become WebAssembly's `memory.fill`, which
/// is a call into the runtime that costs more than decoding the block; so would these stores, if
/// the compiler knew the value: get it from [`opaque_zero`].
#[inline(always)]
pub(crate) fn clear(block: &mut [i16; 64], zero: I16x8) {
    let rows: &mut [[i16; 8]] = block.as_chunks_mut().0;
    rows.iter_mut().for_each(|r| *r = zero.store());
}

/// Zero, but the compiler does not know it.
#[inline(always)]
pub(crate) fn opaque_zero() -> I16x8 {
    I16x8::splat(std::hint::black_box(0))
}

/// Loads row `i` of an 8 × 8 block.
#[inline(always)]
pub(crate) fn row(block: &[i16; 64], i: usize) -> I16x8 {
    let rows: &[[i16; 8]] = block.as_chunks().0;
    I16x8::load(&rows[i & 7])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that reach every corner of 16 bits, without a random crate.
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
