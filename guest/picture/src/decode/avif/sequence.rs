//! The sequence header of AV1, parsed before decoding (AV1 specification, 5.5).

use obscura_sdk::Error;

use super::bytes::Bits;
use super::colour::Code;
use super::fault::cut_short;
use crate::geometry::Size;

/// A sequence header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) struct Sequence {
    /// The maximum size of a picture.
    pub(in crate::decode) size: Size,
    /// Bits per sample: 8, 10 or 12.
    pub(in crate::decode) depth: u32,
    /// The subsampling of chroma, across and down; none if monochrome.
    pub(in crate::decode) chroma: Option<(u32, u32)>,
    /// The meaning of samples.
    pub(in crate::decode) code: Code,
    /// Whether frames can have film grain, which needs a copy.
    pub(in crate::decode) grain: bool,
}

/// The type of the unit that is a sequence header.
const SEQUENCE_HEADER: u8 = 1;

impl Sequence {
    /// Parse the first one of a stream.
    pub(in crate::decode) fn of(stream: &[u8]) -> Result<Self, Error> {
        let mut rest = stream;
        while let Some((&head, mut after)) = rest.split_first() {
            if head & 4 != 0 {
                after = after.get(1..).ok_or_else(cut_short)?; // An extension.
            }
            let length = if head & 2 != 0 { leb128(&mut after)? } else { after.len() };
            let body = after.get(..length).ok_or_else(cut_short)?;
            if head >> 3 & 15 == SEQUENCE_HEADER {
                return Self::parse(Bits::new(body));
            }
            rest = after.get(length..).unwrap_or(&[]);
        }
        Err(cut_short())
    }

    /// The subsampling of plane `index`, across and down.
    pub(in crate::decode) fn steps(&self, index: usize) -> (u32, u32) {
        self.chroma.filter(|_| index > 0).unwrap_or((1, 1))
    }

    fn parse(mut bits: Bits<'_>) -> Result<Self, Error> {
        let profile = bits.number(3)?;
        bits.skip(1)?; // still_picture
        let reduced = bits.flag()?;
        if reduced {
            bits.skip(5)?; // seq_level_idx
        } else {
            operating_points(&mut bits)?;
        }
        let (across, down) = (bits.number(4)? + 1, bits.number(4)? + 1);
        let size = Size::new(bits.number(across)? + 1, bits.number(down)? + 1);
        if !reduced && bits.flag()? {
            bits.skip(4 + 3)?; // frame ids
        }
        bits.skip(3)?; // superblocks, filter_intra, intra_edge_filter
        if !reduced {
            tools(&mut bits)?;
        }
        bits.skip(3)?; // superres, cdef, restoration
        Self::colour(bits, profile, size)
    }

    fn colour(mut bits: Bits<'_>, profile: u32, size: Size) -> Result<Self, Error> {
        let high = bits.flag()?;
        let depth = match high {
            true if profile == 2 && bits.flag()? => 12,
            true => 10,
            false => 8,
        };
        let grey = profile != 1 && bits.flag()?;
        let mut code = Code { primaries: 2, transfer: 2, matrix: 2, full: true };
        if bits.flag()? {
            code.primaries = bits.number(8)? as u16;
            code.transfer = bits.number(8)? as u16;
            code.matrix = bits.number(8)? as u16;
        }
        let mut chroma = None;
        if grey {
            code.full = bits.flag()?;
        } else if (code.primaries, code.transfer, code.matrix) == (1, 13, 0) {
            chroma = Some((1, 1)); // Red, green and blue in sRGB.
        } else {
            code.full = bits.flag()?;
            chroma = Some(match profile {
                0 => (2, 2),
                1 => (1, 1),
                _ if depth < 12 => (2, 1),
                _ if !bits.flag()? => (1, 1),
                _ => (2, if bits.flag()? { 2 } else { 1 }),
            });
        }
        if chroma == Some((2, 2)) {
            bits.skip(2)?; // chroma_sample_position
        }
        if chroma.is_some() {
            bits.skip(1)?; // separate_uv_delta_q
        }
        let grain = bits.flag()?;
        Ok(Self { size, depth, chroma, code, grain })
    }
}

/// Timing, and operating points.
fn operating_points(bits: &mut Bits<'_>) -> Result<(), Error> {
    let mut delay = None;
    if bits.flag()? {
        bits.skip(32)?;
        bits.skip(32)?;
        if bits.flag()? {
            // A variable-length number (uvlc).
            let mut zeros = 0;
            while !bits.flag()? {
                zeros += 1;
            }
            bits.skip(zeros.min(32))?;
        }
        if bits.flag()? {
            delay = Some(bits.number(5)? + 1);
            bits.skip(32)?;
            bits.skip(5 + 5)?;
        }
    }
    let display_delay = bits.flag()?;
    for _ in 0..=bits.number(5)? {
        bits.skip(12)?;
        if bits.number(5)? > 7 {
            bits.skip(1)?; // seq_tier
        }
        if let Some(delay) = delay
            && bits.flag()?
        {
            bits.skip(delay)?;
            bits.skip(delay)?;
            bits.skip(1)?;
        }
        if display_delay && bits.flag()? {
            bits.skip(4)?;
        }
    }
    Ok(())
}

/// The coding tools of a sequence.
fn tools(bits: &mut Bits<'_>) -> Result<(), Error> {
    bits.skip(4)?;
    let order_hint = bits.flag()?;
    if order_hint {
        bits.skip(2)?;
    }
    // Screen content, selected per frame or here.
    let screen = bits.flag()? || bits.flag()?;
    if screen && !bits.flag()? {
        bits.skip(1)?;
    }
    if order_hint {
        bits.skip(3)?;
    }
    Ok(())
}

/// A number in LEB128.
fn leb128(bytes: &mut &[u8]) -> Result<usize, Error> {
    let mut all = 0_u64;
    for place in 0..8 {
        let (&byte, rest) = bytes.split_first().ok_or_else(cut_short)?;
        *bytes = rest;
        all |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return usize::try_from(all).map_err(|_| cut_short());
        }
    }
    Err(cut_short())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_to_its_end() {
        // A temporal delimiter, and the header of a picture of 1×1 by rav1e.
        let stream = [0x12, 0, 0x0a, 7, 0x3f, 0xc0, 2, 16, 16, 208, 109];
        let wanted = Sequence {
            size: Size::new(1, 1),
            depth: 8,
            chroma: Some((1, 1)),
            code: Code { primaries: 1, transfer: 13, matrix: 6, full: true },
            grain: false,
        };
        assert_eq!(Sequence::of(&stream).unwrap(), wanted);
        for end in 0..stream.len() {
            assert!(Sequence::of(&stream[..end]).is_err(), "{end}");
        }
        // Without a length, it ends where the stream does.
        assert!(Sequence::of(&[0x08, 0x3f]).is_err());
        assert!(
            Sequence::of(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err()
        );
    }
}
