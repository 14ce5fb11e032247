//! The headers before the blocks (RFC 6386, sections 9 and 19.2).

use super::bits::BitReader;
use super::error::Error;
use crate::tables::{AC, BANDS, DC, TOKENS, UPDATES};

/// Token probabilities of a type of block, by position (not band) and context.
pub(super) type Probabilities = [[[u8; 11]; 3]; 17];

/// Quantiser steps of the DC and the AC coefficients.
#[derive(Clone, Copy, Default)]
pub(super) struct Steps {
    pub(super) dc: i32,
    pub(super) ac: i32,
}

/// Settings of a segment's blocks.
#[derive(Clone, Copy, Default)]
pub(super) struct Segment {
    pub(super) luma: Steps,
    pub(super) constants: Steps,
    pub(super) chroma: Steps,
    /// The loop filter's strength: for blocks predicted as a whole, and in parts.
    pub(super) filter: [u8; 2],
}

/// The frame's header.
pub(super) struct Header {
    pub(super) segments: [Segment; 4],
    /// The probabilities of a block's segment number, if blocks have one.
    pub(super) segment_map: Option<[u8; 3]>,
    pub(super) simple_filter: bool,
    pub(super) filtered: bool,
    pub(super) sharpness: u8,
    /// The probability that a block is not empty, if blocks have this flag.
    pub(super) skip: Option<u8>,
    pub(super) tokens: Box<[Probabilities; 4]>,
}

/// The size that a frame states, and its parts: the header and the tokens.
pub(super) type Parts<'a> = ((usize, usize), &'a [u8], &'a [u8]);

/// Splits a frame.
pub(super) fn split(data: &[u8]) -> Result<Parts<'_>, Error> {
    let (&[a, b, c], rest) = data.split_first_chunk().ok_or(Error::Truncated)?;
    let tag = u32::from_le_bytes([a, b, c, 0]);
    if tag & 1 != 0 {
        return Err(Error::Malformed("it is not a key frame"));
    }
    if tag >> 1 & 7 > 3 {
        return Err(Error::Malformed("its profile is unknown"));
    }
    let (start, rest) = rest.split_first_chunk::<3>().ok_or(Error::Truncated)?;
    if *start != [0x9d, 0x01, 0x2a] {
        return Err(Error::Malformed("it has no start code"));
    }
    let (&[w0, w1, h0, h1], rest) = rest.split_first_chunk().ok_or(Error::Truncated)?;
    // The two upper bits say how to scale it, which every decoder ignores.
    let side = |low, high| usize::from(u16::from_le_bytes([low, high]) & 0x3fff);
    let length = (tag >> 5) as usize;
    let (first, tokens) = rest.split_at_checked(length).ok_or(Error::Truncated)?;
    Ok(((side(w0, w1), side(h0, h1)), first, tokens))
}

/// Reads the header, and the partitions of the tokens.
pub(super) fn read<'a>(
    bits: &mut BitReader<'_>,
    tokens: &'a [u8],
) -> Result<(Header, Vec<BitReader<'a>>), Error> {
    bits.number(2); // Colour space and clamping change nothing here.
    let mut quant = [0; 4];
    let mut filter = [0; 4];
    // Absolute by default, as in libwebp and thus in browsers; video decoders differ.
    let (mut segmented, mut absolute, mut segment_map) = (false, true, None);
    if bits.flag() {
        segmented = true;
        let with_map = bits.flag();
        if bits.flag() {
            absolute = bits.flag();
            quant = std::array::from_fn(|_| bits.optional(7));
            filter = std::array::from_fn(|_| bits.optional(6));
        }
        if with_map {
            let mut probability = |_| if bits.flag() { bits.number(8) as u8 } else { 255 };
            segment_map = Some(std::array::from_fn(&mut probability));
        }
    }
    let simple_filter = bits.flag();
    let level = bits.number(6) as i32;
    let sharpness = bits.number(3) as u8;
    let mut deltas = [0; 8];
    let adjusted = bits.flag();
    if adjusted && bits.flag() {
        deltas = std::array::from_fn(|_| bits.optional(6));
    }
    let partitions = partitions(1 << bits.number(2), tokens)?;

    let base = bits.number(7) as i32;
    let [y1_dc, y2_dc, y2_ac, uv_dc, uv_ac] = std::array::from_fn(|_| bits.optional(4));
    let segments = std::array::from_fn(|i| {
        let of = |base: i32, own: i32| match (segmented, absolute) {
            (false, _) => base,
            (true, true) => own,
            (true, false) => base + own,
        };
        let q = of(base, quant[i]);
        let at =
            |table: &[i32; 128], delta: i32, most: i32| table[(q + delta).clamp(0, most) as usize];
        let level = of(level, filter[i]);
        // On key frames the first reference counts, and the first mode is "in parts".
        let [whole, parts] = if adjusted { [deltas[0], deltas[0] + deltas[4]] } else { [0, 0] };
        Segment {
            luma: Steps { dc: at(&DC, y1_dc, 127), ac: at(&AC, 0, 127) },
            constants: Steps {
                dc: at(&DC, y2_dc, 127) * 2,
                ac: ((at(&AC, y2_ac, 127) * 101_581) >> 16).max(8),
            },
            chroma: Steps { dc: at(&DC, uv_dc, 117), ac: at(&AC, uv_ac, 127) },
            filter: [whole, parts].map(|delta| (level + delta).clamp(0, 63) as u8),
        }
    });
    bits.flag(); // Whether the probabilities are for later frames, too.
    let tokens = read_probabilities(bits);
    let skip = bits.flag().then(|| bits.number(8) as u8);
    if bits.starved() {
        return Err(Error::Truncated);
    }
    let filtered = level > 0;
    Ok((
        Header { segments, segment_map, simple_filter, filtered, sharpness, skip, tokens },
        partitions,
    ))
}

/// The token partitions, which the rows of blocks use in turn.
fn partitions(count: usize, data: &[u8]) -> Result<Vec<BitReader<'_>>, Error> {
    let (sizes, mut rest) = data.split_at_checked(3 * (count - 1)).ok_or(Error::Truncated)?;
    let mut readers = Vec::with_capacity(count);
    for &[a, b, c] in sizes.as_chunks::<3>().0 {
        let size = u32::from_le_bytes([a, b, c, 0]) as usize;
        // A truncated one is detected when its bits run out.
        let (part, after) = rest.split_at(size.min(rest.len()));
        readers.push(BitReader::new(part));
        rest = after;
    }
    readers.push(BitReader::new(rest));
    Ok(readers)
}

fn read_probabilities(bits: &mut BitReader<'_>) -> Box<[Probabilities; 4]> {
    let mut table = TOKENS;
    let updates = UPDATES.as_flattened().as_flattened().as_flattened();
    let all = table.as_flattened_mut().as_flattened_mut().as_flattened_mut();
    for (probability, &update) in all.iter_mut().zip(updates) {
        if bits.bit(update) {
            *probability = bits.number(8) as u8;
        }
    }
    Box::new(table.map(|bands| std::array::from_fn(|n| bands[BANDS[n] & 7])))
}
