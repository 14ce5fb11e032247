//! The arithmetic decoder (RFC 6386, section 7).

/// Enough bits for three of any probability, at most 7 each, and for one that takes 1, with two to
/// spare. `value` can hold these and 32 more.
const ENOUGH: i32 = 24;

/// Reads bits of known probability. A plain value, so that hot loops keep it in registers.
#[derive(Clone, Copy)]
pub(super) struct BitReader<'a> {
    rest: &'a [u8],
    /// Input that is read but not yet used: `bits` + 8 bits, of which the top eight are compared.
    value: u64,
    /// The width of the interval, less 1.
    range: u32,
    bits: i32,
    /// Bytes of `value` that are past the end of the data.
    missing: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { rest: data, value: 0, range: 254, bits: -8, missing: 0 }
    }

    /// Whether bits past the end of the data were used.
    pub(super) fn starved(&self) -> bool {
        i64::from(self.missing) * 8 > i64::from(self.bits) + 8
    }

    /// Ensures that there are [`ENOUGH`] bits.
    #[inline(always)]
    pub(super) fn fill(&mut self) {
        if self.bits < ENOUGH {
            let bytes = match self.rest.split_first_chunk() {
                Some((&chunk, rest)) => {
                    self.rest = rest;
                    u32::from_be_bytes(chunk)
                }
                None => {
                    self.missing = self.missing.saturating_add(4 - self.rest.len().min(4) as u32);
                    let bytes = last(self.rest);
                    self.rest = &[];
                    bytes
                }
            };
            self.value = self.value << 32 | u64::from(bytes);
            self.bits += 32;
        }
    }

    /// A bit that is 0 with a probability of `probability` / 256.
    #[inline(always)]
    pub(super) fn bit(&mut self, probability: u8) -> bool {
        self.fill();
        self.take(probability)
    }

    /// The same, up to three times after [`Self::fill`].
    ///
    /// Each value leads to the caller's code by its own branch, so that the processor can speculate
    /// on the likely one.
    #[inline(always)]
    pub(super) fn take(&mut self, probability: u8) -> bool {
        let split = (self.range * u32::from(probability)) >> 8;
        if (self.value >> (self.bits & 63)) as u32 > split {
            self.value = self.value.wrapping_sub(u64::from(split + 1) << (self.bits & 63));
            self.scale(self.range - split);
            true
        } else {
            self.scale(split + 1);
            false
        }
    }

    /// Renormalises the interval, which has this width.
    #[inline(always)]
    fn scale(&mut self, width: u32) {
        let shift = width.leading_zeros().wrapping_sub(24) & 31;
        self.range = (width << shift).wrapping_sub(1);
        self.bits -= shift as i32;
    }

    /// `value` with a sign bit of probability one half, without a branch, after [`Self::fill`] and
    /// up to three bits.
    #[inline(always)]
    pub(super) fn take_sign(&mut self, value: i32) -> i32 {
        let split = self.range >> 1;
        let have = (self.value >> (self.bits & 63)) as i32;
        let negative = (split as i32 - have) >> 31;
        self.bits -= 1;
        self.range = self.range.wrapping_add(negative as u32) | 1;
        let taken = u64::from((split + 1) & negative as u32);
        self.value = self.value.wrapping_sub(taken << ((self.bits + 1) & 63));
        (value ^ negative) - negative
    }

    /// A bit of probability one half.
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

/// Up to three bytes as the upper ones of four.
#[cold]
#[inline(never)]
fn last(bytes: &[u8]) -> u32 {
    (0..4).fold(0, |value, i| value << 8 | bytes.get(i).map_or(0, |&byte| u32::from(byte)))
}
