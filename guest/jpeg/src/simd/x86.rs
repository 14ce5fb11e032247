//! The vector operations on SSE2, which every x86-64 processor has.

use core::arch::x86_64::*;

/// Eight signed 16-bit lanes.
#[derive(Clone, Copy)]
pub(crate) struct I16x8(__m128i);

/// Four signed 32-bit lanes.
#[derive(Clone, Copy)]
pub(crate) struct I32x4(__m128i);

/// Wraps intrinsics that need nothing but SSE2.
macro_rules! sse2 {
    ($e:expr) => {{
        // SAFETY: SSE2 is part of the x86-64 baseline, and this file is only built where it is on.
        unsafe { $e }
    }};
}

impl I16x8 {
    #[inline(always)]
    pub(crate) fn splat(v: i16) -> Self {
        Self(sse2!(_mm_set1_epi16(v)))
    }
    /// `a, b, a, b, …`: the constant operand of [`Self::dot`].
    #[inline(always)]
    pub(crate) fn pair(a: i16, b: i16) -> Self {
        Self(sse2!(_mm_setr_epi16(a, b, a, b, a, b, a, b)))
    }
    #[inline(always)]
    pub(crate) fn load(v: &[i16; 8]) -> Self {
        // SAFETY: `v` is 16 readable bytes, and the load needs no alignment.
        Self(unsafe { _mm_loadu_si128(v.as_ptr().cast()) })
    }
    #[inline(always)]
    pub(crate) fn store(self) -> [i16; 8] {
        let mut out = [0; 8];
        // SAFETY: `out` is 16 bytes, and the store needs no alignment.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), self.0) };
        out
    }
    /// Zero-extends eight bytes.
    #[inline(always)]
    pub(crate) fn from_u8(v: &[u8; 8]) -> Self {
        // SAFETY: `v` is 8 readable bytes, and the load needs no alignment.
        let x = unsafe { _mm_loadl_epi64(v.as_ptr().cast()) };
        Self(sse2!(_mm_unpacklo_epi8(x, _mm_setzero_si128())))
    }
    #[inline(always)]
    pub(crate) fn add(self, o: Self) -> Self {
        Self(sse2!(_mm_add_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub(crate) fn sub(self, o: Self) -> Self {
        Self(sse2!(_mm_sub_epi16(self.0, o.0)))
    }
    /// The low halves of the products.
    #[inline(always)]
    pub(crate) fn mul(self, o: Self) -> Self {
        Self(sse2!(_mm_mullo_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub(crate) fn shl<const N: u32>(self) -> Self {
        Self(sse2!(_mm_sll_epi16(self.0, _mm_cvtsi32_si128(N as i32))))
    }
    #[inline(always)]
    pub(crate) fn sra<const N: u32>(self) -> Self {
        Self(sse2!(_mm_sra_epi16(self.0, _mm_cvtsi32_si128(N as i32))))
    }
    /// Products of neighbouring lanes, added in pairs.
    #[inline(always)]
    pub(crate) fn dot(self, o: Self) -> I32x4 {
        I32x4(sse2!(_mm_madd_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub(crate) fn interleave_low(self, o: Self) -> Self {
        Self(sse2!(_mm_unpacklo_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub(crate) fn interleave_high(self, o: Self) -> Self {
        Self(sse2!(_mm_unpackhi_epi16(self.0, o.0)))
    }
    /// The lanes of both, clamped to 0..=255.
    #[inline(always)]
    pub(crate) fn narrow_u8(self, o: Self) -> [u8; 16] {
        let mut out = [0; 16];
        let v = sse2!(_mm_packus_epi16(self.0, o.0));
        // SAFETY: `out` is 16 bytes, and the store needs no alignment.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), v) };
        out
    }
    /// One bit a lane (this vector's eight first): is it other than zero?
    #[inline(always)]
    pub(crate) fn non_zero(self, o: Self) -> u16 {
        let mask = sse2!({
            let zero = _mm_setzero_si128();
            let eq = _mm_packs_epi16(_mm_cmpeq_epi16(self.0, zero), _mm_cmpeq_epi16(o.0, zero));
            _mm_movemask_epi8(eq)
        });
        !(mask as u16)
    }
}

impl I32x4 {
    #[inline(always)]
    pub(crate) fn splat(v: i32) -> Self {
        Self(sse2!(_mm_set1_epi32(v)))
    }
    #[inline(always)]
    pub(crate) fn add(self, o: Self) -> Self {
        Self(sse2!(_mm_add_epi32(self.0, o.0)))
    }
    #[inline(always)]
    pub(crate) fn sub(self, o: Self) -> Self {
        Self(sse2!(_mm_sub_epi32(self.0, o.0)))
    }
    #[inline(always)]
    pub(crate) fn sra<const N: u32>(self) -> Self {
        Self(sse2!(_mm_sra_epi32(self.0, _mm_cvtsi32_si128(N as i32))))
    }
    /// The lanes of both, saturated to 16 bits.
    #[inline(always)]
    pub(crate) fn narrow(self, o: Self) -> I16x8 {
        I16x8(sse2!(_mm_packs_epi32(self.0, o.0)))
    }
}

/// Eight bytes as a big-endian number.
#[inline(always)]
pub(crate) fn big_endian_u64(v: &[u8; 8]) -> u64 {
    u64::from_be_bytes(*v)
}
