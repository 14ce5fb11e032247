//! The vector operations on SSE2, which every x86-64 processor has.

use core::arch::x86_64::*;

#[derive(Clone, Copy)]
pub struct U8x16(__m128i);

/// Eight signed 16-bit lanes.
#[derive(Clone, Copy)]
pub struct I16x8(__m128i);

/// Four signed 32-bit lanes.
#[derive(Clone, Copy)]
pub struct I32x4(__m128i);

/// Wraps intrinsics that need nothing but SSE2.
macro_rules! sse2 {
    ($e:expr) => {{
        // SAFETY: SSE2 is part of the x86-64 baseline, and this file is only built where it is on.
        unsafe { $e }
    }};
}

impl U8x16 {
    #[inline(always)]
    pub fn splat_u32(v: u32) -> Self {
        Self(sse2!(_mm_set1_epi32(v as i32)))
    }
    #[inline(always)]
    pub fn push_from<const K: usize>(self, from: Self) -> Self {
        let first = match K {
            0 => from.0,
            1 => sse2!(_mm_srli_si128::<4>(from.0)),
            2 => sse2!(_mm_srli_si128::<8>(from.0)),
            _ => sse2!(_mm_srli_si128::<12>(from.0)),
        };
        let first = sse2!(_mm_cvtsi32_si128(_mm_cvtsi128_si32(first)));
        Self(sse2!(_mm_or_si128(_mm_slli_si128::<4>(self.0), first)))
    }
    // SSE2 has no shuffle of bytes.
    #[inline(always)]
    pub fn spread3(self) -> Self {
        let bytes = self.store();
        Self::load(&std::array::from_fn(|i| bytes[i / 4 * 3 + i % 4]))
    }
    #[inline(always)]
    pub fn pack3(self) -> Self {
        let bytes = self.store();
        Self::load(&std::array::from_fn(|i| bytes[(i / 3 * 4 + i % 3) % 16]))
    }
    #[inline(always)]
    pub fn average(self, o: Self) -> Self {
        Self(sse2!(_mm_avg_epu8(self.0, o.0)))
    }
    #[inline(always)]
    pub fn as_i32(self) -> I32x4 {
        I32x4(self.0)
    }
    #[inline(always)]
    pub fn high(self) -> Self {
        Self(sse2!(_mm_unpackhi_epi64(self.0, self.0)))
    }
    #[inline(always)]
    pub fn first_u32(self) -> u32 {
        sse2!(_mm_cvtsi128_si32(self.0)) as u32
    }
    #[inline(always)]
    pub fn splat(v: u8) -> Self {
        Self(sse2!(_mm_set1_epi8(v as i8)))
    }
    #[inline(always)]
    pub fn load(v: &[u8; 16]) -> Self {
        // SAFETY: `v` is 16 readable bytes, and the load needs no alignment.
        Self(unsafe { _mm_loadu_si128(v.as_ptr().cast()) })
    }
    #[inline(always)]
    pub fn load_halves(low: &[u8; 8], high: &[u8; 8]) -> Self {
        // SAFETY: `low` and `high` are 8 readable bytes, and the loads need no alignment.
        Self(unsafe {
            let low = _mm_loadl_epi64(low.as_ptr().cast());
            _mm_unpacklo_epi64(low, _mm_loadl_epi64(high.as_ptr().cast()))
        })
    }
    #[inline(always)]
    pub fn store(self) -> [u8; 16] {
        let mut out = [0; 16];
        // SAFETY: `out` is 16 bytes, and the store needs no alignment.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), self.0) };
        out
    }
    #[inline(always)]
    pub fn add_saturating(self, o: Self) -> Self {
        Self(sse2!(_mm_adds_epu8(self.0, o.0)))
    }
    #[inline(always)]
    pub fn sub_saturating(self, o: Self) -> Self {
        Self(sse2!(_mm_subs_epu8(self.0, o.0)))
    }
    #[inline(always)]
    pub fn add_signed(self, o: Self) -> Self {
        Self(sse2!(_mm_adds_epi8(self.0, o.0)))
    }
    #[inline(always)]
    pub fn sub_signed(self, o: Self) -> Self {
        Self(sse2!(_mm_subs_epi8(self.0, o.0)))
    }
    #[inline(always)]
    pub fn add(self, o: Self) -> Self {
        Self(sse2!(_mm_add_epi8(self.0, o.0)))
    }
    #[inline(always)]
    pub fn max(self, o: Self) -> Self {
        Self(sse2!(_mm_max_epu8(self.0, o.0)))
    }
    #[inline(always)]
    pub fn min(self, o: Self) -> Self {
        Self(sse2!(_mm_min_epu8(self.0, o.0)))
    }
    #[inline(always)]
    pub fn eq(self, o: Self) -> Self {
        Self(sse2!(_mm_cmpeq_epi8(self.0, o.0)))
    }
    #[inline(always)]
    pub fn and(self, o: Self) -> Self {
        Self(sse2!(_mm_and_si128(self.0, o.0)))
    }
    #[inline(always)]
    pub fn or(self, o: Self) -> Self {
        Self(sse2!(_mm_or_si128(self.0, o.0)))
    }
    #[inline(always)]
    pub fn xor(self, o: Self) -> Self {
        Self(sse2!(_mm_xor_si128(self.0, o.0)))
    }
    #[inline(always)]
    pub fn and_not(self, mask: Self) -> Self {
        Self(sse2!(_mm_andnot_si128(mask.0, self.0)))
    }
    #[inline(always)]
    pub fn any(self) -> bool {
        sse2!(_mm_movemask_epi8(_mm_cmpeq_epi8(self.0, _mm_setzero_si128()))) != 0xffff
    }
    #[inline(always)]
    pub fn interleave_low(self, o: Self) -> Self {
        Self(sse2!(_mm_unpacklo_epi8(self.0, o.0)))
    }
    #[inline(always)]
    pub fn interleave_high(self, o: Self) -> Self {
        Self(sse2!(_mm_unpackhi_epi8(self.0, o.0)))
    }
    #[inline(always)]
    pub fn widen_low(self) -> I16x8 {
        I16x8(sse2!(_mm_unpacklo_epi8(self.0, _mm_setzero_si128())))
    }
    #[inline(always)]
    pub fn widen_high(self) -> I16x8 {
        I16x8(sse2!(_mm_unpackhi_epi8(self.0, _mm_setzero_si128())))
    }
    #[inline(always)]
    pub fn widen_low_signed(self) -> I16x8 {
        I16x8(sse2!(_mm_srai_epi16::<8>(_mm_unpacklo_epi8(self.0, self.0))))
    }
    #[inline(always)]
    pub fn widen_high_signed(self) -> I16x8 {
        I16x8(sse2!(_mm_srai_epi16::<8>(_mm_unpackhi_epi8(self.0, self.0))))
    }
    // SSE2 has no shuffle of bytes.
    #[inline(always)]
    pub fn look_up(self, places: Self) -> Self {
        let bytes = self.store();
        Self::load(&places.store().map(|place| bytes.get(usize::from(place)).copied().unwrap_or(0)))
    }
}

impl I16x8 {
    #[inline(always)]
    pub fn max(self, o: Self) -> Self {
        Self(sse2!(_mm_max_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub fn greater(self, o: Self) -> Self {
        Self(sse2!(_mm_cmpgt_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub fn as_i32(self) -> I32x4 {
        I32x4(self.0)
    }
    #[inline(always)]
    pub fn min(self, o: Self) -> Self {
        Self(sse2!(_mm_min_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub fn abs(self) -> Self {
        let negative = sse2!(_mm_sub_epi16(_mm_setzero_si128(), self.0));
        Self(sse2!(_mm_max_epi16(self.0, negative)))
    }
    #[inline(always)]
    pub fn eq(self, o: Self) -> Self {
        Self(sse2!(_mm_cmpeq_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub fn and(self, o: Self) -> Self {
        Self(sse2!(_mm_and_si128(self.0, o.0)))
    }
    #[inline(always)]
    pub fn select(self, a: Self, b: Self) -> Self {
        Self(sse2!(_mm_or_si128(_mm_and_si128(self.0, a.0), _mm_andnot_si128(self.0, b.0))))
    }
    #[inline(always)]
    pub fn narrow(self, o: Self) -> U8x16 {
        U8x16(sse2!(_mm_packus_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub fn narrow_signed(self, o: Self) -> U8x16 {
        U8x16(sse2!(_mm_packs_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub fn widen_low(self) -> I32x4 {
        I32x4(sse2!(_mm_srai_epi32::<16>(_mm_unpacklo_epi16(self.0, self.0))))
    }
    #[inline(always)]
    pub fn widen_high(self) -> I32x4 {
        I32x4(sse2!(_mm_srai_epi32::<16>(_mm_unpackhi_epi16(self.0, self.0))))
    }
    #[inline(always)]
    pub fn pairwise_sums(v: U8x16) -> Self {
        let low = sse2!(_mm_and_si128(v.0, _mm_set1_epi16(255)));
        Self(sse2!(_mm_add_epi16(low, _mm_srli_epi16::<8>(v.0))))
    }
    #[inline(always)]
    pub fn splat(v: i16) -> Self {
        Self(sse2!(_mm_set1_epi16(v)))
    }
    /// `a, b, a, b, …`: the constant operand of [`Self::dot`].
    #[inline(always)]
    pub fn pair(a: i16, b: i16) -> Self {
        Self(sse2!(_mm_set1_epi32(i32::from(a as u16) | i32::from(b) << 16)))
    }
    #[inline(always)]
    pub fn load_pair(v: &[i16; 2]) -> Self {
        Self::pair(v[0], v[1])
    }
    #[inline(always)]
    pub fn load(v: &[i16; 8]) -> Self {
        // SAFETY: `v` is 16 readable bytes, and the load needs no alignment.
        Self(unsafe { _mm_loadu_si128(v.as_ptr().cast()) })
    }
    #[inline(always)]
    pub fn store(self) -> [i16; 8] {
        let mut out = [0; 8];
        // SAFETY: `out` is 16 bytes, and the store needs no alignment.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), self.0) };
        out
    }
    /// Zero-extends eight bytes.
    #[inline(always)]
    pub fn from_u8(v: &[u8; 8]) -> Self {
        // SAFETY: `v` is 8 readable bytes, and the load needs no alignment.
        let x = unsafe { _mm_loadl_epi64(v.as_ptr().cast()) };
        Self(sse2!(_mm_unpacklo_epi8(x, _mm_setzero_si128())))
    }
    #[inline(always)]
    pub fn add(self, o: Self) -> Self {
        Self(sse2!(_mm_add_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub fn sub(self, o: Self) -> Self {
        Self(sse2!(_mm_sub_epi16(self.0, o.0)))
    }
    /// The low halves of the products.
    #[inline(always)]
    pub fn mul(self, o: Self) -> Self {
        Self(sse2!(_mm_mullo_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub fn shl<const N: u32>(self) -> Self {
        Self(sse2!(_mm_sll_epi16(self.0, _mm_cvtsi32_si128(N as i32))))
    }
    #[inline(always)]
    pub fn sra<const N: u32>(self) -> Self {
        Self(sse2!(_mm_sra_epi16(self.0, _mm_cvtsi32_si128(N as i32))))
    }
    /// Products of neighbouring lanes, added in pairs.
    #[inline(always)]
    pub fn dot(self, o: Self) -> I32x4 {
        I32x4(sse2!(_mm_madd_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub fn interleave_low(self, o: Self) -> Self {
        Self(sse2!(_mm_unpacklo_epi16(self.0, o.0)))
    }
    #[inline(always)]
    pub fn interleave_high(self, o: Self) -> Self {
        Self(sse2!(_mm_unpackhi_epi16(self.0, o.0)))
    }
    /// The lanes of both, clamped to 0..=255.
    #[inline(always)]
    pub fn narrow_u8(self, o: Self) -> [u8; 16] {
        let mut out = [0; 16];
        let v = sse2!(_mm_packus_epi16(self.0, o.0));
        // SAFETY: `out` is 16 bytes, and the store needs no alignment.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), v) };
        out
    }
    /// One bit a lane (this vector's eight first): is it other than zero?
    #[inline(always)]
    pub fn non_zero(self, o: Self) -> u16 {
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
    pub fn load(v: &[i32; 4]) -> Self {
        // SAFETY: `v` is 16 readable bytes, and the load needs no alignment.
        Self(unsafe { _mm_loadu_si128(v.as_ptr().cast()) })
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
        // SSE2 multiplies two lanes at a time, to 64 bits.
        Self(sse2!({
            let even = _mm_mul_epu32(self.0, o.0);
            let odd = _mm_mul_epu32(_mm_srli_epi64::<32>(self.0), _mm_srli_epi64::<32>(o.0));
            let low = |v| _mm_shuffle_epi32::<0b00_00_10_00>(v);
            _mm_unpacklo_epi32(low(even), low(odd))
        }))
    }
    #[inline(always)]
    pub fn interleave_low(self, o: Self) -> Self {
        Self(sse2!(_mm_unpacklo_epi32(self.0, o.0)))
    }
    #[inline(always)]
    pub fn interleave_high(self, o: Self) -> Self {
        Self(sse2!(_mm_unpackhi_epi32(self.0, o.0)))
    }
    #[inline(always)]
    pub fn store(self) -> [i32; 4] {
        let mut out = [0; 4];
        // SAFETY: `out` is 16 bytes, and the store needs no alignment.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), self.0) };
        out
    }
    #[inline(always)]
    pub fn splat(v: i32) -> Self {
        Self(sse2!(_mm_set1_epi32(v)))
    }
    #[inline(always)]
    pub fn add(self, o: Self) -> Self {
        Self(sse2!(_mm_add_epi32(self.0, o.0)))
    }
    #[inline(always)]
    pub fn sub(self, o: Self) -> Self {
        Self(sse2!(_mm_sub_epi32(self.0, o.0)))
    }
    #[inline(always)]
    pub fn sra<const N: u32>(self) -> Self {
        Self(sse2!(_mm_sra_epi32(self.0, _mm_cvtsi32_si128(N as i32))))
    }
    /// The lanes of both, saturated to 16 bits.
    #[inline(always)]
    pub fn narrow(self, o: Self) -> I16x8 {
        I16x8(sse2!(_mm_packs_epi32(self.0, o.0)))
    }
    #[inline(always)]
    pub fn eq(self, o: Self) -> Self {
        Self(sse2!(_mm_cmpeq_epi32(self.0, o.0)))
    }
}

/// Eight bytes as a big-endian number.
#[inline(always)]
pub fn big_endian_u64(v: &[u8; 8]) -> u64 {
    u64::from_be_bytes(*v)
}
