//! Reads bytes and markers.

use crate::error::Error;
use obscura_simd::{U8x16, big_endian_u64};
use std::io::{ErrorKind, Read};

/// The size of reads.
const CHUNK: usize = 64 * 1024;

/// The amount of entropy-coded data prepared at once: small, as the next marker may be near.
const STRETCH: usize = 4 * 1024;

/// A buffered reader for entropy-coded data (T.81, B.1.1.5): `FF 00` is a data byte, any other `FF
/// xx` a marker that ends the data.
pub(crate) struct Source<R> {
    reader: R,
    buf: Vec<u8>,
    /// The next byte of `buf`.
    pos: usize,
    /// Entropy-coded data before `pos`, without stuffing, which [`Bits`] reads.
    plain: Vec<u8>,
    /// The data ended: a marker comes next, or nothing.
    ended: bool,
    eof: bool,
    /// An I/O error inside entropy-coded data, kept until the row ends.
    failure: Option<std::io::Error>,
    /// Zero bits returned since the data ended. If they exceed the unused bits, the decoder needed
    /// more bits than the file has.
    phantom: u32,
    /// The data ended with the file, not with a marker.
    cut: bool,
    /// An invalid Huffman code, or coefficients past the end of a block.
    pub(crate) corrupt: bool,
}

impl<R: Read> Source<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            buf: Vec::new(),
            pos: 0,
            plain: Vec::new(),
            ended: false,
            eof: false,
            failure: None,
            phantom: 0,
            cut: false,
            corrupt: false,
        }
    }

    /// Discards consumed data and reads more. False at the end of the file.
    fn fill(&mut self) -> Result<bool, std::io::Error> {
        if self.eof {
            return Ok(false);
        }
        self.buf.drain(..self.pos.min(self.buf.len()));
        self.pos = 0;
        let old = self.buf.len();
        self.buf.resize(old + CHUNK, 0);
        let got = loop {
            match self.reader.read(self.buf.get_mut(old..).unwrap_or_default()) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let n = *got.as_ref().unwrap_or(&0);
        self.buf.truncate(old + n.min(CHUNK));
        self.eof = n == 0;
        got.map(|n| n > 0)
    }

    /// The next byte, or `None` at the end of the file.
    fn byte(&mut self) -> Result<Option<u8>, Error> {
        if self.pos >= self.buf.len() && !self.fill()? {
            return Ok(None);
        }
        let b = self.buf.get(self.pos).copied();
        self.pos += 1;
        Ok(b)
    }

    /// The first two bytes: must be SOI.
    pub(crate) fn start_of_image(&mut self) -> Result<(), Error> {
        match (self.byte()?, self.byte()?) {
            (Some(0xff), Some(0xd8)) => Ok(()),
            (Some(_), Some(_)) => Err(Error::Malformed("it does not start with SOI")),
            _ => Err(Error::Truncated),
        }
    }

    /// Skips past the next marker. `None` at the end of the file.
    pub(crate) fn next_marker(&mut self) -> Result<Option<u8>, Error> {
        loop {
            // Skipped data is mostly unneeded entropy-coded data, so search for FF directly.
            let rest = self.buf.get(self.pos..).unwrap_or_default();
            match find_ff(rest) {
                Some(i) => self.pos += i + 1,
                None => {
                    self.pos = self.buf.len();
                    if !self.fill()? {
                        return Ok(None);
                    }
                    continue;
                }
            }
            loop {
                match self.byte()? {
                    None => return Ok(None),
                    Some(0xff) => {}
                    Some(0) => break,
                    Some(m) => return Ok(Some(m)),
                }
            }
        }
    }

    /// Unreads the last marker.
    pub(crate) fn put_back(&mut self, marker: u8) {
        let at = self.pos.saturating_sub(2);
        if self.buf.get(at..self.pos) == Some(&[0xff, marker]) {
            self.pos = at;
        } else {
            // There was a refill between its two bytes.
            self.buf.splice(..self.pos.min(self.buf.len()), [0xff, marker]);
            self.pos = 0;
        }
    }

    /// Reads a marker segment's payload into `out`.
    pub(crate) fn segment(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut word = || self.byte()?.ok_or(Error::Truncated).map(usize::from);
        let len = word()? << 8 | word()?;
        // The length includes itself; like libjpeg, smaller values count as empty.
        let len = len.saturating_sub(2);
        out.clear();
        while out.len() < len {
            if self.pos >= self.buf.len() && !self.fill()? {
                return Err(Error::Truncated);
            }
            let rest = self.buf.get(self.pos..).unwrap_or_default();
            let part = rest.get(..len - out.len()).unwrap_or(rest);
            out.extend_from_slice(part);
            self.pos += part.len();
        }
        Ok(())
    }

    /// Begins entropy-coded data here.
    pub(crate) fn start_bits(&mut self) -> Bits {
        self.end_bits();
        (self.phantom, self.cut, self.ended) = (0, false, false);
        Bits { acc: 0, n: 0, pos: 0 }
    }

    /// Ends entropy-coded data. Prepared data stops before a marker, so all of it belongs to this
    /// scan.
    pub(crate) fn end_bits(&mut self) {
        self.plain.clear();
    }

    /// Whether the decoder needed more bits than there are before the next marker.
    #[inline(always)]
    pub(crate) fn starved(&self, bits: &Bits) -> bool {
        self.phantom != 0 && self.phantom > bits.n & 63
    }

    /// Why the decoder ran out of bits.
    pub(crate) fn starvation(&self) -> Error {
        if self.cut { Error::Truncated } else { Error::Malformed("entropy-coded data ends early") }
    }

    /// Returns the error of a refill.
    pub(crate) fn check(&mut self) -> Result<(), Error> {
        self.failure.take().map_or(Ok(()), |e| Err(Error::Io(e)))
    }

    /// Refills if less than eight bytes are left: with more data, or byte by byte at the end.
    #[cold]
    #[inline(never)]
    fn refill_slowly(&mut self, mut bits: Bits) -> Bits {
        self.plain.drain(..bits.pos.min(self.plain.len()));
        bits.pos = 0;
        while self.plain.len() < 8 && !self.ended {
            if self.unstuff() {
                continue;
            }
            match self.fill() {
                Ok(true) => continue,
                Ok(false) => {}
                Err(e) => {
                    self.failure = Some(e);
                    self.eof = true;
                }
            }
            (self.ended, self.cut) = (true, true);
        }
        let mut n = bits.n & 63;
        while n < 56 {
            match self.plain.get(bits.pos) {
                Some(&b) => {
                    bits.acc |= u64::from(b) << (56 - n);
                    bits.pos += 1;
                }
                None => self.phantom = self.phantom.saturating_add(8),
            }
            n += 8;
        }
        Bits { n, ..bits }
    }

    /// Moves data from `buf` to `plain`. False if more bytes are needed.
    fn unstuff(&mut self) -> bool {
        let raw = self.buf.get(self.pos..).unwrap_or_default();
        let raw = raw.get(..STRETCH).unwrap_or(raw);
        let (mut from, mut to) = (0, self.plain.len());
        // Vector stores may exceed the last byte.
        self.plain.resize(to + raw.len() + 16, 0);
        let plain = self.plain.as_mut_slice();
        while from < raw.len() {
            while let Some(bytes) = raw.get(from..).and_then(<[u8]>::first_chunk::<16>) {
                let v = U8x16::load(bytes);
                if let Some(out) = plain.get_mut(to..).and_then(<[u8]>::first_chunk_mut::<16>) {
                    *out = v.store();
                }
                if v.eq(U8x16::splat(0xff)).any() {
                    break;
                }
                (from, to) = (from + 16, to + 16);
            }
            let rest = raw.get(from..).unwrap_or_default();
            let out = plain.get_mut(to..).unwrap_or_default();
            let mut count = 0;
            for (out, &b) in out.iter_mut().zip(rest).take_while(|(_, b)| **b != 0xff) {
                *out = b;
                count += 1;
            }
            (from, to) = (from + count, to + count);
            // Any number of FF may precede the byte that determines their meaning.
            match (raw.get(from), raw.get(from + 1)) {
                (Some(0xff), Some(0xff)) => from += 1,
                (Some(0xff), Some(0)) => {
                    if let Some(out) = plain.get_mut(to) {
                        *out = 0xff;
                    }
                    (from, to) = (from + 2, to + 1);
                }
                (Some(0xff), Some(_)) => {
                    self.ended = true;
                    break;
                }
                _ => break,
            }
        }
        self.plain.truncate(to);
        self.pos += from;
        from > 0 || self.ended
    }
}

/// Finds the first `FF`, eight bytes at a time.
fn find_ff(data: &[u8]) -> Option<usize> {
    let (words, _) = data.as_chunks::<8>();
    let skip = words.iter().take_while(|w| !has_ff(u64::from_le_bytes(**w))).count() * 8;
    let tail = data.get(skip..).unwrap_or_default();
    tail.iter().position(|&b| b == 0xff).map(|i| skip + i)
}

/// Whether one of the eight bytes is `FF` (a zero byte in the complement, by the usual carry
/// trick).
#[inline(always)]
fn has_ff(w: u64) -> bool {
    (!w).wrapping_sub(0x0101_0101_0101_0101) & w & 0x8080_8080_8080_8080 != 0
}

/// The bit buffer, with the next bit at the top. A plain value, so that hot loops keep it in
/// registers.
#[derive(Clone, Copy)]
pub(crate) struct Bits {
    acc: u64,
    /// The number of valid bits of `acc`, in the low six bits; higher bits are garbage from
    /// [`Self::eat`], which saves a mask per symbol.
    n: u32,
    pos: usize,
}

impl Bits {
    /// Makes at least 56 bits available.
    #[inline(always)]
    pub(crate) fn refill<R: Read>(&mut self, source: &mut Source<R>) {
        if !self.refill_whole(source) {
            *self = source.refill_slowly(*self);
        }
    }

    /// The same if eight bytes are left; otherwise false, without effect.
    #[inline(always)]
    pub(crate) fn refill_whole<R>(&mut self, source: &Source<R>) -> bool {
        let Some(chunk) = source.plain.get(self.pos..).and_then(|b| b.first_chunk::<8>()) else {
            return false;
        };
        let w = big_endian_u64(chunk);
        let n = self.n & 63;
        let whole = (63 - n) >> 3;
        self.acc |= w >> n;
        self.n = n + whole * 8;
        self.pos += whole as usize;
        true
    }

    /// Makes at least 32 bits available.
    #[inline(always)]
    pub(crate) fn refill_32<R: Read>(&mut self, source: &mut Source<R>) {
        if self.n & 63 < 32 {
            self.refill(source);
        }
    }

    /// The next `N` bits, not consumed.
    #[inline(always)]
    pub(crate) fn peek<const N: u32>(&self) -> usize {
        (self.acc >> (64 - N)) as usize
    }

    /// Consumes the number of bits in the low six bits of `n`.
    #[inline(always)]
    pub(crate) fn eat(&mut self, n: u32) {
        self.acc = self.acc.wrapping_shl(n);
        self.n = self.n.wrapping_sub(n);
    }

    /// Takes `n` bits, 0 to 31.
    #[inline(always)]
    pub(crate) fn take(&mut self, n: u32) -> u32 {
        let v = ((self.acc >> 1) >> (63 - (n & 31))) as u32;
        self.eat(n & 31);
        v
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns one byte at a time, so that every boundary is tested.
    struct Drip<'a>(&'a [u8]);
    impl Read for Drip<'_> {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let n = self.0.len().min(1);
            buf[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn stuffing_is_removed_and_a_marker_ends_the_data() {
        let data = [0x12, 0xff, 0x00, 0x34, 0xff, 0xff, 0x00, 0x56, 0xff, 0xff, 0xd9, 0x77];
        let mut s = Source::new(Drip(&data));
        let mut b = s.start_bits();
        for expected in [0x12, 0xff, 0x34, 0xff, 0x56] {
            b.refill(&mut s);
            assert_eq!(b.take(8), expected);
            assert!(!s.starved(&b));
        }
        assert_eq!(b.take(8), 0);
        assert!(s.starved(&b));
        s.end_bits();
        assert_eq!(s.next_marker().ok(), Some(Some(0xd9)));
        assert_eq!(s.next_marker().ok(), Some(None));
    }
}
