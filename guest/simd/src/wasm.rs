//! The vector operations on WebAssembly's `simd128`.

use core::arch::wasm32::*;

#[derive(Clone, Copy)]
pub struct U8x16(v128);

/// Eight signed 16-bit lanes.
#[derive(Clone, Copy)]
pub struct I16x8(v128);

/// Four signed 32-bit lanes.
#[derive(Clone, Copy)]
pub struct I32x4(v128);

#[inline(always)]
fn to_bytes(v: v128) -> [u8; 16] {
    let mut out = [0; 16];
    // SAFETY: `out` is 16 bytes, and the store needs no alignment.
    unsafe { v128_store(out.as_mut_ptr().cast(), v) };
    out
}

/// The 16-bit lanes of both, clamped to 0..=255: `u8x16_narrow_i16x8`, by way of the signed range.
/// LLVM 22 expands the unsigned instruction to comparisons and shuffles, sixteen extra
/// instructions, if the lanes come from another narrowing. The saturating step prevents that.
#[inline(always)]
fn narrow_unsigned(a: v128, b: v128) -> v128 {
    let centre = i16x8_splat(128);
    let signed = i8x16_narrow_i16x8(i16x8_sub_sat(a, centre), i16x8_sub_sat(b, centre));
    v128_xor(signed, i8x16_splat(-128))
}

impl U8x16 {
    #[inline(always)]
    pub fn splat_u32(v: u32) -> Self {
        Self(u32x4_splat(v))
    }
    #[inline(always)]
    pub fn push_from<const K: usize>(self, from: Self) -> Self {
        Self(u32x4_shuffle::<K, 4, 5, 6>(from.0, self.0))
    }
    #[inline(always)]
    pub fn spread3(self) -> Self {
        Self(i8x16_shuffle::<0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12>(self.0, self.0))
    }
    #[inline(always)]
    pub fn pack3(self) -> Self {
        Self(i8x16_shuffle::<0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0, 1, 2, 4>(self.0, self.0))
    }
    #[inline(always)]
    pub fn average(self, o: Self) -> Self {
        Self(u8x16_avgr(self.0, o.0))
    }
    #[inline(always)]
    pub fn as_i32(self) -> I32x4 {
        I32x4(self.0)
    }
    #[inline(always)]
    pub fn high(self) -> Self {
        Self(u64x2_shuffle::<1, 1>(self.0, self.0))
    }
    #[inline(always)]
    pub fn first_u32(self) -> u32 {
        u32x4_extract_lane::<0>(self.0)
    }
    #[inline(always)]
    pub fn splat(v: u8) -> Self {
        Self(u8x16_splat(v))
    }
    #[inline(always)]
    pub fn load(v: &[u8; 16]) -> Self {
        // SAFETY: `v` is 16 readable bytes, and the load needs no alignment.
        Self(unsafe { v128_load(v.as_ptr().cast()) })
    }
    #[inline(always)]
    pub fn load_halves(low: &[u8; 8], high: &[u8; 8]) -> Self {
        // SAFETY: `low` and `high` are 8 readable bytes, and the loads need no alignment.
        Self(unsafe {
            let low = v128_load64_zero(low.as_ptr().cast());
            v128_load64_lane::<1>(low, high.as_ptr().cast())
        })
    }
    #[inline(always)]
    pub fn store(self) -> [u8; 16] {
        to_bytes(self.0)
    }
    #[inline(always)]
    pub fn add_saturating(self, o: Self) -> Self {
        Self(u8x16_add_sat(self.0, o.0))
    }
    #[inline(always)]
    pub fn sub_saturating(self, o: Self) -> Self {
        Self(u8x16_sub_sat(self.0, o.0))
    }
    #[inline(always)]
    pub fn add_signed(self, o: Self) -> Self {
        Self(i8x16_add_sat(self.0, o.0))
    }
    #[inline(always)]
    pub fn sub_signed(self, o: Self) -> Self {
        Self(i8x16_sub_sat(self.0, o.0))
    }
    #[inline(always)]
    pub fn add(self, o: Self) -> Self {
        Self(u8x16_add(self.0, o.0))
    }
    #[inline(always)]
    pub fn max(self, o: Self) -> Self {
        Self(u8x16_max(self.0, o.0))
    }
    #[inline(always)]
    pub fn min(self, o: Self) -> Self {
        Self(u8x16_min(self.0, o.0))
    }
    #[inline(always)]
    pub fn eq(self, o: Self) -> Self {
        Self(u8x16_eq(self.0, o.0))
    }
    #[inline(always)]
    pub fn and(self, o: Self) -> Self {
        Self(v128_and(self.0, o.0))
    }
    #[inline(always)]
    pub fn or(self, o: Self) -> Self {
        Self(v128_or(self.0, o.0))
    }
    #[inline(always)]
    pub fn xor(self, o: Self) -> Self {
        Self(v128_xor(self.0, o.0))
    }
    #[inline(always)]
    pub fn and_not(self, mask: Self) -> Self {
        Self(v128_andnot(self.0, mask.0))
    }
    #[inline(always)]
    pub fn any(self) -> bool {
        v128_any_true(self.0)
    }
    #[inline(always)]
    pub fn interleave_low(self, o: Self) -> Self {
        Self(i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(self.0, o.0))
    }
    #[inline(always)]
    pub fn interleave_high(self, o: Self) -> Self {
        Self(i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(
            self.0, o.0,
        ))
    }
    #[inline(always)]
    pub fn widen_low(self) -> I16x8 {
        I16x8(u16x8_extend_low_u8x16(self.0))
    }
    #[inline(always)]
    pub fn widen_high(self) -> I16x8 {
        I16x8(u16x8_extend_high_u8x16(self.0))
    }
    #[inline(always)]
    pub fn widen_low_signed(self) -> I16x8 {
        I16x8(i16x8_extend_low_i8x16(self.0))
    }
    #[inline(always)]
    pub fn widen_high_signed(self) -> I16x8 {
        I16x8(i16x8_extend_high_i8x16(self.0))
    }
    #[inline(always)]
    pub fn look_up(self, places: Self) -> Self {
        Self(i8x16_swizzle(self.0, places.0))
    }
}

impl I16x8 {
    #[inline(always)]
    pub fn max(self, o: Self) -> Self {
        Self(i16x8_max(self.0, o.0))
    }
    #[inline(always)]
    pub fn greater(self, o: Self) -> Self {
        Self(i16x8_gt(self.0, o.0))
    }
    #[inline(always)]
    pub fn as_i32(self) -> I32x4 {
        I32x4(self.0)
    }
    #[inline(always)]
    pub fn min(self, o: Self) -> Self {
        Self(i16x8_min(self.0, o.0))
    }
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(i16x8_abs(self.0))
    }
    #[inline(always)]
    pub fn eq(self, o: Self) -> Self {
        Self(i16x8_eq(self.0, o.0))
    }
    #[inline(always)]
    pub fn and(self, o: Self) -> Self {
        Self(v128_and(self.0, o.0))
    }
    #[inline(always)]
    pub fn select(self, a: Self, b: Self) -> Self {
        Self(v128_bitselect(a.0, b.0, self.0))
    }
    #[inline(always)]
    pub fn narrow(self, o: Self) -> U8x16 {
        U8x16(narrow_unsigned(self.0, o.0))
    }
    #[inline(always)]
    pub fn narrow_signed(self, o: Self) -> U8x16 {
        U8x16(i8x16_narrow_i16x8(self.0, o.0))
    }
    #[inline(always)]
    pub fn widen_low(self) -> I32x4 {
        I32x4(i32x4_extend_low_i16x8(self.0))
    }
    #[inline(always)]
    pub fn widen_high(self) -> I32x4 {
        I32x4(i32x4_extend_high_i16x8(self.0))
    }
    #[inline(always)]
    pub fn pairwise_sums(v: U8x16) -> Self {
        Self(i16x8_extadd_pairwise_u8x16(v.0))
    }
    #[inline(always)]
    pub fn splat(v: i16) -> Self {
        Self(i16x8_splat(v))
    }
    /// `a, b, a, b, …`: the constant operand of [`Self::dot`].
    #[inline(always)]
    pub fn pair(a: i16, b: i16) -> Self {
        Self(i32x4_splat(i32::from(a as u16) | i32::from(b) << 16))
    }
    #[inline(always)]
    pub fn load_pair(v: &[i16; 2]) -> Self {
        // SAFETY: `v` is 4 readable bytes, and the load needs no alignment.
        Self(unsafe { v128_load32_splat(v.as_ptr().cast()) })
    }
    #[inline(always)]
    pub fn load(v: &[i16; 8]) -> Self {
        // SAFETY: `v` is 16 readable bytes, and the load needs no alignment.
        Self(unsafe { v128_load(v.as_ptr().cast()) })
    }
    #[inline(always)]
    pub fn store(self) -> [i16; 8] {
        let mut out = [0; 8];
        // SAFETY: `out` is 16 bytes, and the store needs no alignment.
        unsafe { v128_store(out.as_mut_ptr().cast(), self.0) };
        out
    }
    /// Zero-extends eight bytes.
    #[inline(always)]
    pub fn from_u8(v: &[u8; 8]) -> Self {
        // SAFETY: `v` is 8 readable bytes, and the load needs no alignment.
        Self(unsafe { i16x8_load_extend_u8x8(v.as_ptr()) })
    }
    #[inline(always)]
    pub fn add(self, o: Self) -> Self {
        Self(i16x8_add(self.0, o.0))
    }
    #[inline(always)]
    pub fn sub(self, o: Self) -> Self {
        Self(i16x8_sub(self.0, o.0))
    }
    /// The low halves of the products.
    #[inline(always)]
    pub fn mul(self, o: Self) -> Self {
        Self(i16x8_mul(self.0, o.0))
    }
    #[inline(always)]
    pub fn shl<const N: u32>(self) -> Self {
        Self(i16x8_shl(self.0, N))
    }
    #[inline(always)]
    pub fn sra<const N: u32>(self) -> Self {
        Self(i16x8_shr(self.0, N))
    }
    /// Products of neighbouring lanes, added in pairs.
    #[inline(always)]
    pub fn dot(self, o: Self) -> I32x4 {
        I32x4(i32x4_dot_i16x8(self.0, o.0))
    }
    #[inline(always)]
    pub fn interleave_low(self, o: Self) -> Self {
        Self(i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(self.0, o.0))
    }
    #[inline(always)]
    pub fn interleave_high(self, o: Self) -> Self {
        Self(i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(self.0, o.0))
    }
    /// The lanes of both, clamped to 0..=255.
    #[inline(always)]
    pub fn narrow_u8(self, o: Self) -> [u8; 16] {
        to_bytes(narrow_unsigned(self.0, o.0))
    }
    /// One bit a lane (this vector's eight first): is it other than zero?
    #[inline(always)]
    pub fn non_zero(self, o: Self) -> u16 {
        let zero = i16x8_splat(0);
        let eq = i8x16_narrow_i16x8(i16x8_eq(self.0, zero), i16x8_eq(o.0, zero));
        !i8x16_bitmask(eq)
    }
}

impl I32x4 {
    #[inline(always)]
    pub fn load(v: &[i32; 4]) -> Self {
        // SAFETY: `v` is 16 readable bytes, and the load needs no alignment.
        Self(unsafe { v128_load(v.as_ptr().cast()) })
    }
    #[inline(always)]
    pub fn as_u8(self) -> U8x16 {
        U8x16(self.0)
    }
    #[inline(always)]
    pub fn as_i16(self) -> I16x8 {
        I16x8(self.0)
    }
    #[inline(always)]
    pub fn mul(self, o: Self) -> Self {
        Self(i32x4_mul(self.0, o.0))
    }
    #[inline(always)]
    pub fn interleave_low(self, o: Self) -> Self {
        Self(i32x4_shuffle::<0, 4, 1, 5>(self.0, o.0))
    }
    #[inline(always)]
    pub fn interleave_high(self, o: Self) -> Self {
        Self(i32x4_shuffle::<2, 6, 3, 7>(self.0, o.0))
    }
    #[inline(always)]
    pub fn store(self) -> [i32; 4] {
        let mut out = [0; 4];
        // SAFETY: `out` is 16 bytes, and the store needs no alignment.
        unsafe { v128_store(out.as_mut_ptr().cast(), self.0) };
        out
    }
    #[inline(always)]
    pub fn splat(v: i32) -> Self {
        Self(i32x4_splat(v))
    }
    #[inline(always)]
    pub fn add(self, o: Self) -> Self {
        Self(i32x4_add(self.0, o.0))
    }
    #[inline(always)]
    pub fn sub(self, o: Self) -> Self {
        Self(i32x4_sub(self.0, o.0))
    }
    #[inline(always)]
    pub fn sra<const N: u32>(self) -> Self {
        Self(i32x4_shr(self.0, N))
    }
    /// The lanes of both, saturated to 16 bits.
    #[inline(always)]
    pub fn narrow(self, o: Self) -> I16x8 {
        I16x8(i16x8_narrow_i32x4(self.0, o.0))
    }
    #[inline(always)]
    pub fn eq(self, o: Self) -> Self {
        Self(i32x4_eq(self.0, o.0))
    }
}

/// Eight bytes as a big-endian number. WebAssembly has no byte swap, but Cranelift recognises
/// LLVM's expansion of it.
#[inline(always)]
pub fn big_endian_u64(v: &[u8; 8]) -> u64 {
    u64::from_be_bytes(*v)
}
