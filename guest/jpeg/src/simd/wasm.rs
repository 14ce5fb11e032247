//! The vector operations on WebAssembly's `simd128`.

use core::arch::wasm32::*;

/// Eight signed 16-bit lanes.
#[derive(Clone, Copy)]
pub(crate) struct I16x8(v128);

/// Four signed 32-bit lanes.
#[derive(Clone, Copy)]
pub(crate) struct I32x4(v128);

#[inline(always)]
fn to_bytes(v: v128) -> [u8; 16] {
    let mut out = [0; 16];
    // SAFETY: `out` is 16 bytes, and the store needs no alignment.
    unsafe { v128_store(out.as_mut_ptr().cast(), v) };
    out
}

impl I16x8 {
    #[inline(always)]
    pub(crate) fn splat(v: i16) -> Self {
        Self(i16x8_splat(v))
    }
    /// `a, b, a, b, …`: the constant operand of [`Self::dot`].
    #[inline(always)]
    pub(crate) fn pair(a: i16, b: i16) -> Self {
        Self(i16x8(a, b, a, b, a, b, a, b))
    }
    #[inline(always)]
    pub(crate) fn load(v: &[i16; 8]) -> Self {
        // SAFETY: `v` is 16 readable bytes, and the load needs no alignment.
        Self(unsafe { v128_load(v.as_ptr().cast()) })
    }
    #[inline(always)]
    pub(crate) fn store(self) -> [i16; 8] {
        let mut out = [0; 8];
        // SAFETY: `out` is 16 bytes, and the store needs no alignment.
        unsafe { v128_store(out.as_mut_ptr().cast(), self.0) };
        out
    }
    /// Zero-extends eight bytes.
    #[inline(always)]
    pub(crate) fn from_u8(v: &[u8; 8]) -> Self {
        // SAFETY: `v` is 8 readable bytes, and the load needs no alignment.
        Self(unsafe { i16x8_load_extend_u8x8(v.as_ptr()) })
    }
    #[inline(always)]
    pub(crate) fn add(self, o: Self) -> Self {
        Self(i16x8_add(self.0, o.0))
    }
    #[inline(always)]
    pub(crate) fn sub(self, o: Self) -> Self {
        Self(i16x8_sub(self.0, o.0))
    }
    /// The low halves of the products.
    #[inline(always)]
    pub(crate) fn mul(self, o: Self) -> Self {
        Self(i16x8_mul(self.0, o.0))
    }
    #[inline(always)]
    pub(crate) fn shl<const N: u32>(self) -> Self {
        Self(i16x8_shl(self.0, N))
    }
    #[inline(always)]
    pub(crate) fn sra<const N: u32>(self) -> Self {
        Self(i16x8_shr(self.0, N))
    }
    /// Products of neighbouring lanes, added in pairs.
    #[inline(always)]
    pub(crate) fn dot(self, o: Self) -> I32x4 {
        I32x4(i32x4_dot_i16x8(self.0, o.0))
    }
    #[inline(always)]
    pub(crate) fn interleave_low(self, o: Self) -> Self {
        Self(i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(self.0, o.0))
    }
    #[inline(always)]
    pub(crate) fn interleave_high(self, o: Self) -> Self {
        Self(i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(self.0, o.0))
    }
    /// The lanes of both, clamped to 0..=255.
    #[inline(always)]
    pub(crate) fn narrow_u8(self, o: Self) -> [u8; 16] {
        to_bytes(u8x16_narrow_i16x8(self.0, o.0))
    }
    /// One bit a lane (this vector's eight first): is it other than zero?
    #[inline(always)]
    pub(crate) fn non_zero(self, o: Self) -> u16 {
        let zero = i16x8_splat(0);
        let eq = i8x16_narrow_i16x8(i16x8_eq(self.0, zero), i16x8_eq(o.0, zero));
        !i8x16_bitmask(eq)
    }
}

impl I32x4 {
    #[inline(always)]
    pub(crate) fn splat(v: i32) -> Self {
        Self(i32x4_splat(v))
    }
    #[inline(always)]
    pub(crate) fn add(self, o: Self) -> Self {
        Self(i32x4_add(self.0, o.0))
    }
    #[inline(always)]
    pub(crate) fn sub(self, o: Self) -> Self {
        Self(i32x4_sub(self.0, o.0))
    }
    #[inline(always)]
    pub(crate) fn sra<const N: u32>(self) -> Self {
        Self(i32x4_shr(self.0, N))
    }
    /// The lanes of both, saturated to 16 bits.
    #[inline(always)]
    pub(crate) fn narrow(self, o: Self) -> I16x8 {
        I16x8(i16x8_narrow_i32x4(self.0, o.0))
    }
}

/// Eight bytes as a big-endian number. WebAssembly has no byte swap; one shuffle does it.
#[inline(always)]
pub(crate) fn big_endian_u64(v: &[u8; 8]) -> u64 {
    // SAFETY: `v` is 8 readable bytes, and the load needs no alignment.
    let x = unsafe { v128_load64_zero(v.as_ptr().cast()) };
    let x = i8x16_shuffle::<7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8>(x, x);
    u64x2_extract_lane::<0>(x)
}
