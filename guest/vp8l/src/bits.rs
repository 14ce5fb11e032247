//! Writing bits, the lowest first.

/// Writes numbers of some bits each.
#[derive(Clone)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl BitWriter {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), held: 0, count: 0 }
    }

    /// Write the lowest `count` bits of a value, at most 32; its other bits are 0.
    #[inline]
    pub(crate) fn put(&mut self, value: u32, count: u32) {
        self.held |= u64::from(value) << self.count;
        self.count += count;
        if self.count >= 32 {
            self.bytes.extend_from_slice(&(self.held as u32).to_le_bytes());
            self.held >>= 32;
            self.count -= 32;
        }
    }

    /// The number of bits.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() * 8 + self.count as usize
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        let rest = self.count.div_ceil(8) as usize;
        self.bytes.extend_from_slice(&self.held.to_le_bytes()[..rest]);
        self.bytes
    }
}
