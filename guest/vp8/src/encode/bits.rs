//! The arithmetic coder of VP8 (RFC 6386, section 7).

/// The current interval. A plain value, so that loops keep it in registers.
#[derive(Clone, Copy)]
struct Interval {
    /// Its width, less 1.
    range: u32,
    value: u32,
    /// Bits of `value` that are ready, less 8.
    bits: i32,
}

impl Interval {
    /// Encodes a bit that is 0 with a probability of `probability` / 256. Returns eight bits if
    /// they are ready, with the carry above them. Bits are unpredictable, so this is the only
    /// branch.
    #[inline(always)]
    fn put(&mut self, bit: bool, probability: u8) -> Option<u32> {
        let split = (self.range * u32::from(probability)) >> 8;
        self.value += if bit { split + 1 } else { 0 };
        let width = if bit { self.range - split } else { split + 1 };
        let shift = width.leading_zeros() - 24;
        self.range = (width << shift) - 1;
        self.value <<= shift;
        self.bits += shift as i32;
        (self.bits > 0).then(|| self.take())
    }

    #[inline(always)]
    fn take(&mut self) -> u32 {
        let shift = 8 + self.bits;
        let ready = self.value >> shift;
        self.value -= ready << shift;
        self.bits -= 8;
        ready
    }
}

/// Writes bits of known probability.
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    interval: Interval,
    /// The number of pending 255 bytes, which a carry would still change.
    held: usize,
}

impl BitWriter {
    pub(super) fn new() -> Self {
        Self { bytes: Vec::new(), interval: Interval { range: 254, value: 0, bits: -8 }, held: 0 }
    }

    /// Writes a bit that is 0 with a probability of `probability` / 256. Returns it.
    pub(super) fn put(&mut self, bit: bool, probability: u8) -> bool {
        if let Some(ready) = self.interval.put(bit, probability) {
            self.push(ready);
        }
        bit
    }

    /// Writes many bits.
    pub(super) fn put_all(&mut self, bits: impl Iterator<Item = (bool, u8)>) {
        let mut interval = self.interval;
        for (bit, probability) in bits {
            if let Some(ready) = interval.put(bit, probability) {
                self.push(ready);
            }
        }
        self.interval = interval;
    }

    /// Writes a number of `count` bits, the highest first.
    pub(super) fn put_bits(&mut self, value: u32, count: u32) {
        for bit in (0..count).rev() {
            self.put(value >> bit & 1 == 1, 128);
        }
    }

    #[inline(never)]
    fn push(&mut self, ready: u32) {
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
        self.put_bits(0, (9 - self.interval.bits).max(0) as u32);
        self.interval.bits = 0;
        let ready = self.interval.take();
        self.push(ready);
        self.bytes
    }
}
