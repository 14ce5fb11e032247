//! Entropy-coded bytes: codes and extra bits, with `FF` stuffed (T.81, F.1.2.3).

use super::token::Token;

/// Collects bits and appends them to a vector of bytes.
pub(crate) struct BitWriter {
    /// The last `count` bits, in the low bits.
    acc: u64,
    count: u32,
}

impl BitWriter {
    pub(crate) fn new() -> Self {
        Self { acc: 0, count: 0 }
    }

    /// Codes tokens with a table of `code << 8 | length`.
    pub(crate) fn write(&mut self, tokens: &[Token], codes: &[u32; 1024], out: &mut Vec<u8>) {
        let (mut acc, mut count) = (self.acc, self.count);
        for &t in tokens {
            let code = codes[(t & 1023) as usize];
            let extra = t >> 10 & 15;
            let v = u64::from((code >> 8) << extra | t >> 16);
            let len = (code & 255) + extra;
            let total = count + len;
            if total < 64 {
                acc = acc << len | v;
                count = total;
            } else {
                let over = total - 64;
                flush((acc << (len - over)) | (v >> over), out);
                acc = v;
                count = over;
            }
        }
        (self.acc, self.count) = (acc, count);
    }

    /// Pads the last byte with ones and writes the rest.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        while self.count > 0 {
            let byte = if self.count >= 8 {
                self.acc >> (self.count - 8)
            } else {
                let missing = 8 - self.count;
                self.acc << missing | ((1 << missing) - 1)
            };
            push(byte as u8, out);
            self.count = self.count.saturating_sub(8);
        }
    }
}

#[inline(always)]
fn flush(v: u64, out: &mut Vec<u8>) {
    // A byte FF is a zero byte of the complement.
    if (!v).wrapping_sub(0x0101_0101_0101_0101) & v & 0x8080_8080_8080_8080 == 0 {
        out.extend_from_slice(&v.to_be_bytes());
    } else {
        v.to_be_bytes().into_iter().for_each(|b| push(b, out));
    }
}

#[inline]
fn push(b: u8, out: &mut Vec<u8>) {
    out.push(b);
    if b == 0xff {
        out.push(0);
    }
}
