//! Big-endian numbers, bits and boxes of ISO's base media format (ISO/IEC 14496-12).

use obscura_sdk::Error;

use super::fault::{cut_short, damaged};

/// A box: its name and its content.
pub(in crate::decode) type Named<'a> = ([u8; 4], &'a [u8]);

/// Reads from the start of bytes.
#[derive(Debug, Clone, Copy)]
pub(in crate::decode) struct Bytes<'a>(pub(in crate::decode) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(in crate::decode) fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number of up to eight bytes, 0 if there are none.
    pub(in crate::decode) fn number(&mut self, bytes: usize) -> Result<u64, Error> {
        Ok(self.take(bytes)?.iter().fold(0, |all, &byte| all << 8 | u64::from(byte)))
    }

    pub(in crate::decode) fn byte(&mut self) -> Result<u8, Error> {
        Ok(self.number(1)? as u8)
    }

    pub(in crate::decode) fn short(&mut self) -> Result<u16, Error> {
        Ok(self.number(2)? as u16)
    }

    pub(in crate::decode) fn long(&mut self) -> Result<u32, Error> {
        Ok(self.number(4)? as u32)
    }

    /// A number of two bytes, or of four.
    pub(in crate::decode) fn wide(&mut self, four: bool) -> Result<u32, Error> {
        Ok(self.number(if four { 4 } else { 2 })? as u32)
    }

    pub(in crate::decode) fn name(&mut self) -> Result<[u8; 4], Error> {
        Ok(self.long()?.to_be_bytes())
    }

    /// The version and the flags that begin most boxes.
    pub(in crate::decode) fn version(&mut self) -> Result<(u8, u32), Error> {
        let all = self.long()?;
        Ok(((all >> 24) as u8, all & 0xff_ffff))
    }

    /// The next box. None at the end.
    pub(in crate::decode) fn next_box(&mut self) -> Result<Option<Named<'a>>, Error> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let length = self.long()?;
        let name = self.name()?;
        let body = match length {
            0 => self.0.len(),
            1 => usize::try_from(self.number(8)?.wrapping_sub(16)).map_err(|_| cut_short())?,
            _ => length.checked_sub(8).ok_or_else(|| damaged("a box has no length"))? as usize,
        };
        Ok(Some((name, self.take(body)?)))
    }
}

/// Reads bits, the highest of a byte first.
pub(in crate::decode) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(in crate::decode) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// A number of up to 32 bits.
    pub(in crate::decode) fn number(&mut self, bits: u32) -> Result<u32, Error> {
        let mut all = 0;
        for _ in 0..bits {
            let byte = self.bytes.get(self.at / 8).ok_or_else(cut_short)?;
            all = all << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Ok(all)
    }

    pub(in crate::decode) fn flag(&mut self) -> Result<bool, Error> {
        Ok(self.number(1)? == 1)
    }

    pub(in crate::decode) fn skip(&mut self, bits: u32) -> Result<(), Error> {
        self.number(bits).map(|_| ())
    }
}
