//! Huffman tables in files.

use crate::error::Error;

/// A validated table from DHT (T.81, B.2.4.2).
#[derive(Clone)]
pub(crate) struct Spec {
    pub(super) counts: [u8; 16],
    pub(super) symbols: [u8; 256],
}

impl Spec {
    /// A table that is known to be valid.
    pub(crate) fn new(counts: [u8; 16], symbols: &[u8]) -> Self {
        let mut all = [0; 256];
        all.iter_mut().zip(symbols).for_each(|(to, from)| *to = *from);
        Self { counts, symbols: all }
    }

    /// Reads one table from a DHT payload; returns the rest.
    pub(crate) fn parse(data: &[u8]) -> Result<(Self, &[u8]), Error> {
        const BAD: Error = Error::Malformed("a Huffman table is broken");
        let (counts, rest) = data.split_first_chunk::<16>().ok_or(BAD)?;
        let total: usize = counts.iter().map(|&c| usize::from(c)).sum();
        let mut symbols = [0; 256];
        symbols.get_mut(..total).ok_or(BAD)?.copy_from_slice(rest.get(..total).ok_or(BAD)?);
        // (The code of all ones is not allowed, but decoders accept it, so files may have it.)
        let mut code = 0u32;
        for (len, &count) in (1..).zip(counts) {
            code += u32::from(count);
            if code > 1 << len {
                return Err(BAD);
            }
            code <<= 1;
        }
        Ok((Self { counts: *counts, symbols }, rest.get(total..).unwrap_or_default()))
    }
}
