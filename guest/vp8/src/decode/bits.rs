//! The arithmetic decoder (RFC 6386, section 7).

use obscura_simd::big_endian_u64;

/// Reads bits of known probability. A plain value, so that hot loops keep it in registers.
#[derive(Clone, Copy)]
pub(super) struct BitReader<'a> {
    rest: &'a [u8],
    /// What is read and not yet used: `bits` + 8 bits, of which the top eight are compared.
    value: u64,
    /// The width of the interval, less 1.
    range: u32,
    bits: i32,
    /// Bytes that were needed after the last.
    missing: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { rest: data, value: 0, range: 254, bits: -8, missing: 0 }
    }

    /// Whether more was read than there is. (One byte more may be: a decoder looks ahead.)
    pub(super) fn starved(&self) -> bool {
        self.missing > 1
    }

    #[inline(always)]
    fn load(&mut self) {
        if let (Some(chunk), Some(rest)) = (self.rest.first_chunk::<8>(), self.rest.get(7..)) {
            self.value = self.value << 56 | big_endian_u64(chunk) >> 8;
            self.bits += 56;
            self.rest = rest;
        } else {
            *self = self.load_byte();
        }
    }

    #[cold]
    #[inline(never)]
    fn load_byte(mut self) -> Self {
        let byte = match self.rest.split_first() {
            Some((&byte, rest)) => {
                self.rest = rest;
                byte
            }
            None => {
                self.missing = self.missing.saturating_add(1);
                0
            }
        };
        self.value = self.value << 8 | u64::from(byte);
        self.bits += 8;
        self
    }

    /// A bit that is 0 with a probability of `probability` / 256.
    #[inline(always)]
    pub(super) fn bit(&mut self, probability: u8) -> bool {
        if self.bits < 0 {
            self.load();
        }
        let split = (self.range * u32::from(probability)) >> 8;
        let bit = (self.value >> (self.bits & 63)) as u32 > split;
        // From here on the width itself.
        let range = if bit {
            self.value = self.value.wrapping_sub(u64::from(split + 1) << (self.bits & 63));
            self.range - split
        } else {
            split + 1
        };
        let shift = range.leading_zeros().wrapping_sub(24) & 31;
        self.range = (range << shift).wrapping_sub(1);
        self.bits -= shift as i32;
        bit
    }

    /// `value` with a sign, which is as likely as not. There is no branch.
    #[inline(always)]
    pub(super) fn signed(&mut self, value: i32) -> i32 {
        if self.bits < 0 {
            self.load();
        }
        let split = self.range >> 1;
        let have = (self.value >> (self.bits & 63)) as i32;
        let negative = (split as i32 - have) >> 31;
        self.bits -= 1;
        self.range = self.range.wrapping_add(negative as u32) | 1;
        let taken = u64::from((split + 1) & negative as u32);
        self.value = self.value.wrapping_sub(taken << ((self.bits + 1) & 63));
        (value ^ negative) - negative
    }

    /// A bit that is as likely as not.
    pub(super) fn flag(&mut self) -> bool {
        self.bit(128)
    }

    /// A number of `count` bits, the highest first.
    pub(super) fn number(&mut self, count: u32) -> u32 {
        (0..count).fold(0, |value, _| value << 1 | u32::from(self.flag()))
    }

    /// A number and its sign.
    pub(super) fn signed_number(&mut self, count: u32) -> i32 {
        let value = self.number(count) as i32;
        if self.flag() { -value } else { value }
    }

    /// A number and its sign, if there is one; otherwise 0.
    pub(super) fn optional(&mut self, count: u32) -> i32 {
        if self.flag() { self.signed_number(count) } else { 0 }
    }
}
