//! The arithmetic coder of VP8 (RFC 6386, section 7).

/// Writes bits of known probability.
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// The width of the interval, less 1.
    range: u32,
    value: u32,
    /// Bytes of 255 that a carry may still turn over.
    held: usize,
    /// Bits of `value` that are ready, less 8.
    bits: i32,
}

impl BitWriter {
    pub(super) fn new() -> Self {
        Self { bytes: Vec::new(), range: 254, value: 0, held: 0, bits: -8 }
    }

    /// A bit that is 0 with a probability of `probability` / 256. Gives it back.
    pub(super) fn put(&mut self, bit: bool, probability: u8) -> bool {
        let split = (self.range * u32::from(probability)) >> 8;
        if bit {
            self.value += split + 1;
            self.range -= split + 1;
        } else {
            self.range = split;
        }
        if self.range < 127 {
            let shift = (self.range + 1).leading_zeros() - 24;
            self.range = ((self.range + 1) << shift) - 1;
            self.value <<= shift;
            self.bits += shift as i32;
            if self.bits > 0 {
                self.flush();
            }
        }
        bit
    }

    /// A number of `count` bits, the highest first.
    pub(super) fn put_bits(&mut self, value: u32, count: u32) {
        for bit in (0..count).rev() {
            self.put(value >> bit & 1 == 1, 128);
        }
    }

    fn flush(&mut self) {
        let shift = 8 + self.bits;
        let ready = self.value >> shift;
        self.value -= ready << shift;
        self.bits -= 8;
        if ready & 0xff == 0xff {
            self.held += 1;
            return;
        }
        let carry = ready & 0x100 != 0;
        if carry && let Some(last) = self.bytes.last_mut() {
            *last = last.wrapping_add(1);
        }
        let held = std::mem::take(&mut self.held);
        self.bytes.extend(std::iter::repeat_n(if carry { 0 } else { 0xff }, held));
        self.bytes.push(ready as u8);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.put_bits(0, (9 - self.bits).max(0) as u32);
        self.bits = 0;
        self.flush();
        self.bytes
    }
}
