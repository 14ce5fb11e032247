//! The vector operations in plain Rust: for targets without SIMD, and as the tests' specification.

/// Eight signed 16-bit lanes.
#[derive(Clone, Copy)]
pub(crate) struct I16x8([i16; 8]);

/// Four signed 32-bit lanes.
#[derive(Clone, Copy)]
pub(crate) struct I32x4([i32; 4]);

impl I16x8 {
    fn zip(self, o: Self, f: impl Fn(i16, i16) -> i16) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], o.0[i])))
    }
    pub(crate) fn splat(v: i16) -> Self {
        Self([v; 8])
    }
    /// `a, b, a, b, …`: the constant operand of [`Self::dot`].
    pub(crate) fn pair(a: i16, b: i16) -> Self {
        Self([a, b, a, b, a, b, a, b])
    }
    pub(crate) fn load(v: &[i16; 8]) -> Self {
        Self(*v)
    }
    pub(crate) fn store(self) -> [i16; 8] {
        self.0
    }
    /// Zero-extends eight bytes.
    pub(crate) fn from_u8(v: &[u8; 8]) -> Self {
        Self(v.map(i16::from))
    }
    pub(crate) fn add(self, o: Self) -> Self {
        self.zip(o, i16::wrapping_add)
    }
    pub(crate) fn sub(self, o: Self) -> Self {
        self.zip(o, i16::wrapping_sub)
    }
    /// The low halves of the products.
    pub(crate) fn mul(self, o: Self) -> Self {
        self.zip(o, i16::wrapping_mul)
    }
    pub(crate) fn shl<const N: u32>(self) -> Self {
        Self(self.0.map(|a| a << N))
    }
    pub(crate) fn sra<const N: u32>(self) -> Self {
        Self(self.0.map(|a| a >> N))
    }
    /// Products of neighbouring lanes, added in pairs.
    pub(crate) fn dot(self, o: Self) -> I32x4 {
        let p = |i: usize| i32::from(self.0[i]) * i32::from(o.0[i]);
        I32x4(std::array::from_fn(|i| p(2 * i).wrapping_add(p(2 * i + 1))))
    }
    pub(crate) fn interleave_low(self, o: Self) -> Self {
        Self(std::array::from_fn(|i| if i % 2 == 0 { self.0[i / 2] } else { o.0[i / 2] }))
    }
    pub(crate) fn interleave_high(self, o: Self) -> Self {
        Self(std::array::from_fn(|i| if i % 2 == 0 { self.0[4 + i / 2] } else { o.0[4 + i / 2] }))
    }
    /// The lanes of both, clamped to 0..=255.
    pub(crate) fn narrow_u8(self, o: Self) -> [u8; 16] {
        std::array::from_fn(|i| if i < 8 { self.0[i] } else { o.0[i - 8] }.clamp(0, 255) as u8)
    }
    /// One bit a lane (this vector's eight first): is it other than zero?
    pub(crate) fn non_zero(self, o: Self) -> u16 {
        self.0.iter().chain(&o.0).enumerate().fold(0, |m, (i, &v)| m | (u16::from(v != 0) << i))
    }
}

impl I32x4 {
    fn zip(self, o: Self, f: impl Fn(i32, i32) -> i32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], o.0[i])))
    }
    pub(crate) fn splat(v: i32) -> Self {
        Self([v; 4])
    }
    pub(crate) fn add(self, o: Self) -> Self {
        self.zip(o, i32::wrapping_add)
    }
    pub(crate) fn sub(self, o: Self) -> Self {
        self.zip(o, i32::wrapping_sub)
    }
    pub(crate) fn sra<const N: u32>(self) -> Self {
        Self(self.0.map(|a| a >> N))
    }
    /// The lanes of both, saturated to 16 bits.
    pub(crate) fn narrow(self, o: Self) -> I16x8 {
        let clamp = |v: i32| v.clamp(-32768, 32767) as i16;
        I16x8(std::array::from_fn(|i| clamp(if i < 4 { self.0[i] } else { o.0[i - 4] })))
    }
}

/// Eight bytes as a big-endian number.
pub(crate) fn big_endian_u64(v: &[u8; 8]) -> u64 {
    u64::from_be_bytes(*v)
}
