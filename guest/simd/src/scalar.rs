//! The vector operations in plain Rust: for targets without SIMD, and as the tests' specification.

/// Sixteen 8-bit lanes.
#[derive(Clone, Copy)]
pub struct U8x16([u8; 16]);

/// Eight signed 16-bit lanes.
#[derive(Clone, Copy)]
pub struct I16x8([i16; 8]);

/// Four signed 32-bit lanes.
#[derive(Clone, Copy)]
pub struct I32x4([i32; 4]);

impl U8x16 {
    fn zip(self, o: Self, f: impl Fn(u8, u8) -> u8) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], o.0[i])))
    }
    pub fn splat(v: u8) -> Self {
        Self([v; 16])
    }
    pub fn load(v: &[u8; 16]) -> Self {
        Self(*v)
    }
    /// Four times the same four bytes, the lowest first.
    pub fn splat_u32(v: u32) -> Self {
        let v = v.to_le_bytes();
        Self(std::array::from_fn(|i| v[i % 4]))
    }
    /// Shifts all lanes up by four, and inserts lanes 4 × `K` to 4 × `K` + 3 of `from`.
    pub fn push_from<const K: usize>(self, from: Self) -> Self {
        Self(std::array::from_fn(|i| if i < 4 { from.0[4 * K + i] } else { self.0[i - 4] }))
    }
    /// Expands four times three bytes to four lanes each; the last of each is undefined.
    pub fn spread3(self) -> Self {
        Self(std::array::from_fn(|i| self.0[i / 4 * 3 + i % 4]))
    }
    /// The reverse. The last four lanes are undefined.
    pub fn pack3(self) -> Self {
        Self(std::array::from_fn(|i| self.0[(i / 3 * 4 + i % 3) % 16]))
    }
    /// Means, rounded up.
    pub fn average(self, o: Self) -> Self {
        self.zip(o, |a, b| (u16::from(a) + u16::from(b)).div_ceil(2) as u8)
    }
    /// A bitwise reinterpretation, the lowest bytes first.
    pub fn as_i32(self) -> I32x4 {
        I32x4(std::array::from_fn(|i| {
            i32::from_le_bytes(std::array::from_fn(|byte| self.0[4 * i + byte]))
        }))
    }
    /// The high eight lanes, twice.
    pub fn high(self) -> Self {
        Self(std::array::from_fn(|i| self.0[8 + i % 8]))
    }
    /// The first four bytes.
    pub fn first_u32(self) -> u32 {
        u32::from_le_bytes([self.0[0], self.0[1], self.0[2], self.0[3]])
    }
    /// Two times eight bytes.
    pub fn load_halves(low: &[u8; 8], high: &[u8; 8]) -> Self {
        Self(std::array::from_fn(|i| if i < 8 { low[i] } else { high[i - 8] }))
    }
    pub fn store(self) -> [u8; 16] {
        self.0
    }
    /// Sums, at most 255.
    pub fn add_saturating(self, o: Self) -> Self {
        self.zip(o, u8::saturating_add)
    }
    /// Differences, at least 0.
    pub fn sub_saturating(self, o: Self) -> Self {
        self.zip(o, u8::saturating_sub)
    }
    /// Sums of signed lanes, from -128 to 127.
    pub fn add_signed(self, o: Self) -> Self {
        self.zip(o, |a, b| (a as i8).saturating_add(b as i8) as u8)
    }
    /// Differences of signed lanes, from -128 to 127.
    pub fn sub_signed(self, o: Self) -> Self {
        self.zip(o, |a, b| (a as i8).saturating_sub(b as i8) as u8)
    }
    pub fn add(self, o: Self) -> Self {
        self.zip(o, u8::wrapping_add)
    }
    pub fn max(self, o: Self) -> Self {
        self.zip(o, u8::max)
    }
    pub fn min(self, o: Self) -> Self {
        self.zip(o, u8::min)
    }
    /// All ones where the lanes are equal, else zero.
    pub fn eq(self, o: Self) -> Self {
        self.zip(o, |a, b| if a == b { 255 } else { 0 })
    }
    pub fn and(self, o: Self) -> Self {
        self.zip(o, |a, b| a & b)
    }
    pub fn or(self, o: Self) -> Self {
        self.zip(o, |a, b| a | b)
    }
    pub fn xor(self, o: Self) -> Self {
        self.zip(o, |a, b| a ^ b)
    }
    /// This vector's bits where those of `mask` are not set.
    pub fn and_not(self, mask: Self) -> Self {
        self.zip(mask, |a, b| a & !b)
    }
    /// Whether any bit is set.
    pub fn any(self) -> bool {
        self.0 != [0; 16]
    }
    pub fn interleave_low(self, o: Self) -> Self {
        Self(std::array::from_fn(|i| if i % 2 == 0 { self.0[i / 2] } else { o.0[i / 2] }))
    }
    pub fn interleave_high(self, o: Self) -> Self {
        Self(std::array::from_fn(|i| if i % 2 == 0 { self.0[8 + i / 2] } else { o.0[8 + i / 2] }))
    }
    /// The low eight lanes, zero-extended.
    pub fn widen_low(self) -> I16x8 {
        I16x8(std::array::from_fn(|i| i16::from(self.0[i])))
    }
    /// The high eight lanes, zero-extended.
    pub fn widen_high(self) -> I16x8 {
        I16x8(std::array::from_fn(|i| i16::from(self.0[8 + i])))
    }
    /// The low eight lanes, sign-extended.
    pub fn widen_low_signed(self) -> I16x8 {
        I16x8(std::array::from_fn(|i| i16::from(self.0[i] as i8)))
    }
    /// The high eight lanes, sign-extended.
    pub fn widen_high_signed(self) -> I16x8 {
        I16x8(std::array::from_fn(|i| i16::from(self.0[8 + i] as i8)))
    }
    /// Each lane becomes the one with the index in `places`, or 0 if that is above 15.
    pub fn look_up(self, places: Self) -> Self {
        Self(places.0.map(|place| self.0.get(usize::from(place)).copied().unwrap_or(0)))
    }
}

impl I16x8 {
    /// The lanes of both, clamped to -128..=127.
    pub fn narrow_signed(self, o: Self) -> U8x16 {
        let lane = |i: usize| if i < 8 { self.0[i] } else { o.0[i - 8] };
        U8x16(std::array::from_fn(|i| lane(i).clamp(-128, 127) as i8 as u8))
    }
    /// Sums of neighbouring lanes of 8 bits.
    pub fn pairwise_sums(v: U8x16) -> Self {
        Self(std::array::from_fn(|i| i16::from(v.0[2 * i]) + i16::from(v.0[2 * i + 1])))
    }
    fn zip(self, o: Self, f: impl Fn(i16, i16) -> i16) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], o.0[i])))
    }
    pub fn splat(v: i16) -> Self {
        Self([v; 8])
    }
    /// `a, b, a, b, …`: the constant operand of [`Self::dot`].
    pub fn pair(a: i16, b: i16) -> Self {
        Self([a, b, a, b, a, b, a, b])
    }
    /// The same, from memory.
    pub fn load_pair(v: &[i16; 2]) -> Self {
        Self::pair(v[0], v[1])
    }
    pub fn load(v: &[i16; 8]) -> Self {
        Self(*v)
    }
    pub fn store(self) -> [i16; 8] {
        self.0
    }
    /// Zero-extends eight bytes.
    pub fn from_u8(v: &[u8; 8]) -> Self {
        Self(v.map(i16::from))
    }
    pub fn add(self, o: Self) -> Self {
        self.zip(o, i16::wrapping_add)
    }
    pub fn sub(self, o: Self) -> Self {
        self.zip(o, i16::wrapping_sub)
    }
    /// The low halves of the products.
    pub fn mul(self, o: Self) -> Self {
        self.zip(o, i16::wrapping_mul)
    }
    pub fn shl<const N: u32>(self) -> Self {
        Self(self.0.map(|a| a << N))
    }
    pub fn sra<const N: u32>(self) -> Self {
        Self(self.0.map(|a| a >> N))
    }
    /// Products of neighbouring lanes, added in pairs.
    pub fn dot(self, o: Self) -> I32x4 {
        let p = |i: usize| i32::from(self.0[i]) * i32::from(o.0[i]);
        I32x4(std::array::from_fn(|i| p(2 * i).wrapping_add(p(2 * i + 1))))
    }
    pub fn interleave_low(self, o: Self) -> Self {
        Self(std::array::from_fn(|i| if i % 2 == 0 { self.0[i / 2] } else { o.0[i / 2] }))
    }
    pub fn interleave_high(self, o: Self) -> Self {
        Self(std::array::from_fn(|i| if i % 2 == 0 { self.0[4 + i / 2] } else { o.0[4 + i / 2] }))
    }
    /// The lanes of both, clamped to 0..=255.
    pub fn narrow_u8(self, o: Self) -> [u8; 16] {
        std::array::from_fn(|i| if i < 8 { self.0[i] } else { o.0[i - 8] }.clamp(0, 255) as u8)
    }
    pub fn min(self, o: Self) -> Self {
        self.zip(o, i16::min)
    }
    pub fn max(self, o: Self) -> Self {
        self.zip(o, i16::max)
    }
    /// All ones where this vector's lane is greater, else zero.
    pub fn greater(self, o: Self) -> Self {
        self.zip(o, |a, b| -i16::from(a > b))
    }
    /// The same bits as four lanes of 32: each two lanes, the first one low.
    pub fn as_i32(self) -> I32x4 {
        let wide = |i: usize| i32::from(self.0[i + 1]) << 16 | i32::from(self.0[i] as u16);
        I32x4(std::array::from_fn(|i| wide(2 * i)))
    }
    pub fn abs(self) -> Self {
        Self(self.0.map(i16::wrapping_abs))
    }
    /// All ones where the lanes are equal, else zero.
    pub fn eq(self, o: Self) -> Self {
        self.zip(o, |a, b| -i16::from(a == b))
    }
    pub fn and(self, o: Self) -> Self {
        self.zip(o, |a, b| a & b)
    }
    /// The bits of `a` where this vector's are set, else those of `b`.
    pub fn select(self, a: Self, b: Self) -> Self {
        Self(std::array::from_fn(|i| a.0[i] & self.0[i] | b.0[i] & !self.0[i]))
    }
    /// The lanes of both, clamped to 0..=255.
    pub fn narrow(self, o: Self) -> U8x16 {
        U8x16(self.narrow_u8(o))
    }
    /// The low four lanes, sign-extended.
    pub fn widen_low(self) -> I32x4 {
        I32x4(std::array::from_fn(|i| i32::from(self.0[i])))
    }
    /// The high four lanes, sign-extended.
    pub fn widen_high(self) -> I32x4 {
        I32x4(std::array::from_fn(|i| i32::from(self.0[4 + i])))
    }
    /// One bit a lane (this vector's eight first): is it other than zero?
    pub fn non_zero(self, o: Self) -> u16 {
        self.0.iter().chain(&o.0).enumerate().fold(0, |m, (i, &v)| m | (u16::from(v != 0) << i))
    }
}

impl I32x4 {
    pub fn load(v: &[i32; 4]) -> Self {
        Self(*v)
    }
    /// A bitwise reinterpretation, the lowest bytes first.
    pub fn as_u8(self) -> U8x16 {
        U8x16(std::array::from_fn(|i| self.0[i / 4].to_le_bytes()[i % 4]))
    }
    fn zip(self, o: Self, f: impl Fn(i32, i32) -> i32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], o.0[i])))
    }
    pub fn splat(v: i32) -> Self {
        Self([v; 4])
    }
    pub fn add(self, o: Self) -> Self {
        self.zip(o, i32::wrapping_add)
    }
    pub fn sub(self, o: Self) -> Self {
        self.zip(o, i32::wrapping_sub)
    }
    pub fn sra<const N: u32>(self) -> Self {
        Self(self.0.map(|a| a >> N))
    }
    /// The low halves of the products.
    pub fn mul(self, o: Self) -> Self {
        self.zip(o, i32::wrapping_mul)
    }
    pub fn interleave_low(self, o: Self) -> Self {
        Self([self.0[0], o.0[0], self.0[1], o.0[1]])
    }
    pub fn interleave_high(self, o: Self) -> Self {
        Self([self.0[2], o.0[2], self.0[3], o.0[3]])
    }
    pub fn store(self) -> [i32; 4] {
        self.0
    }
    /// The same bits as eight lanes of 16.
    pub fn as_i16(self) -> I16x8 {
        I16x8(std::array::from_fn(|i| (self.0[i / 2] >> (i % 2 * 16)) as i16))
    }
    /// The lanes of both, saturated to 16 bits.
    pub fn narrow(self, o: Self) -> I16x8 {
        let clamp = |v: i32| v.clamp(-32768, 32767) as i16;
        I16x8(std::array::from_fn(|i| clamp(if i < 4 { self.0[i] } else { o.0[i - 4] })))
    }
    /// All bits where lanes are equal, none elsewhere.
    pub fn eq(self, o: Self) -> Self {
        self.zip(o, |a, b| -i32::from(a == b))
    }
}

/// Eight bytes as a big-endian number.
pub fn big_endian_u64(v: &[u8; 8]) -> u64 {
    u64::from_be_bytes(*v)
}
