//! The memory of a decoder's tables for a stream's prefix codes.
//!
//! A picture has up to 65,536 groups of five codes. A decoder builds a table for each, so a few
//! megabytes can become more than a gigabyte. A small image before them determines the number of
//! groups, and is decoded here; of the codes themselves, only lengths are read.

use crate::distance::neighbour;

/// Bytes of a table entry, and of a node, with 32-bit pointers.
const ENTRY: u64 = 4;
const NODE: u64 = 8;
/// Bytes of a code in addition to its table.
const CODE: u64 = 48;
/// Codes of up to this many bits are in the table; longer ones use nodes.
const TABLE_BITS: usize = 10;
/// The longest code of a symbol, in bits.
const MOST: usize = 15;
/// The symbols of green without a cache, red, blue, opacity and distances.
const ALPHABETS: [usize; 5] = [256 + 24, 256, 256, 256, 40];
/// The symbols of the code-length code, in the order in which their lengths are written.
const ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Bytes of the tables for a picture's codes; for a damaged stream, up to the damage. `stream`
/// begins with the transforms, as the body of an `ALPH` chunk does after its first byte, and that
/// of a `VP8L` chunk after its fifth.
#[must_use]
pub fn table_bytes(stream: &[u8], width: usize, height: usize) -> u64 {
    let mut bytes = 0;
    // If the stream is truncated, the decoder stops here, too.
    let _ = count(&mut Bits { bytes: stream, at: 0 }, width, height, &mut bytes);
    bytes
}

fn count(bits: &mut Bits<'_>, width: usize, height: usize, bytes: &mut u64) -> Option<()> {
    let mut across = width;
    let mut seen = [false; 4];
    while bits.flag()? {
        let kind = bits.take(2)?;
        // Every decoder rejects a repeated transform.
        if std::mem::replace(seen.get_mut(kind)?, true) {
            return None;
        }
        match kind {
            0 | 1 => {
                let side = 4 << bits.take(3)?;
                image(bits, across.div_ceil(side), height.div_ceil(side))?;
            }
            2 => {}
            _ => {
                let colours = bits.take(8)? + 1;
                image(bits, colours, 1)?;
                let packed = match colours {
                    1..=2 => 8,
                    3..=4 => 4,
                    5..=16 => 2,
                    _ => 1,
                };
                across = across.div_ceil(packed);
            }
        }
    }
    let cache = cache(bits)?;
    let mut groups = 1;
    if bits.flag()? {
        let side = 4 << bits.take(3)?;
        let map = image(bits, across.div_ceil(side), height.div_ceil(side))?;
        groups += map.iter().map(|pixel| pixel >> 8 & 0xffff).max()?;
    }
    for _ in 0..groups {
        for code in codes(bits, cache) {
            *bytes += code?.bytes();
        }
    }
    Some(())
}

/// The bits of the cache's indices.
fn cache(bits: &mut Bits<'_>) -> Option<u32> {
    if !bits.flag()? {
        return Some(0);
    }
    Some(bits.take(4)? as u32).filter(|count| (1..=11).contains(count))
}

/// The five codes of a group, in order.
fn codes(bits: &mut Bits<'_>, cache: u32) -> impl Iterator<Item = Option<Code>> {
    let colours = if cache == 0 { 0 } else { 1 << cache };
    let alphabets = ALPHABETS.into_iter().zip([colours, 0, 0, 0, 0]);
    alphabets.map(|(symbols, more)| Code::read(bits, symbols + more))
}

/// An auxiliary image of the stream, with one group of codes.
fn image(bits: &mut Bits<'_>, width: usize, height: usize) -> Option<Vec<u32>> {
    let cache = cache(bits)?;
    let mut colours = vec![0_u32; if cache == 0 { 0 } else { 1 << cache }];
    let mut codes = codes(bits, cache);
    let mut next = || codes.next().flatten();
    let [green, red, blue, alpha, distance] = [next()?, next()?, next()?, next()?, next()?];
    drop(codes);
    let count = width * height;
    let mut pixels: Vec<u32> = Vec::with_capacity(count);
    let hash = |pixel: u32| (pixel.wrapping_mul(0x1e35_a7bd) >> (32 - cache)) as usize;
    while pixels.len() < count {
        let start = pixels.len();
        match green.symbol(bits)? {
            literal @ 0..256 => {
                let [red, blue, alpha] =
                    [red.symbol(bits)?, blue.symbol(bits)?, alpha.symbol(bits)?];
                pixels.push((alpha << 24 | red << 16 | literal << 8 | blue) as u32);
            }
            symbol @ 256..280 => {
                let length = extended(bits, symbol - 256)?;
                let symbol = distance.symbol(bits)?;
                let back = match extended(bits, symbol)? {
                    code @ 0..=120 => neighbour(code, width)?,
                    code => code - 120,
                };
                let from = start.checked_sub(back).filter(|_| length <= count - start)?;
                for at in from..from + length {
                    pixels.push(*pixels.get(at)?);
                }
            }
            symbol => pixels.push(*colours.get(symbol - 280)?),
        }
        if cache > 0 {
            for &pixel in pixels.get(start..)? {
                *colours.get_mut(hash(pixel))? = pixel;
            }
        }
    }
    Some(pixels)
}

/// A length or a distance: a symbol and extra bits.
fn extended(bits: &mut Bits<'_>, symbol: usize) -> Option<usize> {
    if symbol < 4 {
        return Some(symbol + 1);
    }
    let more = u32::try_from((symbol - 2) >> 1).ok()?;
    Some(((2 + (symbol & 1)) << more) + bits.take(more)? + 1)
}

/// Bits, the lowest first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// Up to 20 bits.
    #[inline]
    fn take(&mut self, count: u32) -> Option<usize> {
        let mut word = [0; 4];
        let rest = self.bytes.get(self.at / 8..)?;
        for (to, from) in word.iter_mut().zip(rest) {
            *to = *from;
        }
        let found = u32::from_le_bytes(word) >> (self.at % 8) & ((1 << count) - 1);
        self.at += count as usize;
        (self.at <= self.bytes.len() * 8).then_some(found as usize)
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.take(1)? == 1)
    }
}

/// A prefix code.
struct Code {
    /// The number of symbols of each length.
    counts: [usize; MOST + 1],
    /// The symbols in the order of their codes.
    symbols: Vec<usize>,
}

impl Code {
    fn read(bits: &mut Bits<'_>, alphabet: usize) -> Option<Self> {
        if bits.flag()? {
            let has_two = bits.flag()?;
            let width = if bits.flag()? { 8 } else { 1 };
            let mut symbols = vec![bits.take(width)?];
            if has_two {
                symbols.push(bits.take(8)?);
            }
            let mut counts = [0; MOST + 1];
            counts[1] = symbols.len();
            let fit = symbols.iter().all(|&symbol| symbol < alphabet);
            return fit.then_some(Self { counts, symbols });
        }
        let mut lengths = [0; ORDER.len()];
        let written = 4 + bits.take(4)?;
        for &symbol in ORDER.iter().take(written) {
            *lengths.get_mut(symbol)? = bits.take(3)?;
        }
        Self::of(&Self::of(&lengths)?.lengths(bits, alphabet)?)
    }

    /// Decode the lengths of another code with this one.
    fn lengths(&self, bits: &mut Bits<'_>, alphabet: usize) -> Option<Vec<usize>> {
        let mut steps = alphabet;
        if bits.flag()? {
            let width = 2 + 2 * bits.take(3)? as u32;
            steps = 2 + bits.take(width)?;
        }
        let mut lengths = Vec::with_capacity(alphabet);
        let mut before = 8;
        while lengths.len() < alphabet && steps > 0 {
            steps -= 1;
            let (length, times) = match self.symbol(bits)? {
                length @ 0..=15 => (length, 1),
                16 => (before, 3 + bits.take(2)?),
                17 => (0, 3 + bits.take(3)?),
                _ => (0, 11 + bits.take(7)?),
            };
            lengths.extend(std::iter::repeat_n(length, times));
            before = if length > 0 { length } else { before };
        }
        (lengths.len() <= alphabet).then_some(lengths)
    }

    /// None if the code is not complete and prefix-free.
    fn of(lengths: &[usize]) -> Option<Self> {
        let mut counts = [0; MOST + 1];
        let mut used: Vec<_> = lengths.iter().zip(0..).filter(|(length, _)| **length > 0).collect();
        for (length, _) in &used {
            *counts.get_mut(**length)? += 1;
        }
        used.sort_unstable();
        let words: usize = counts.iter().enumerate().map(|(length, n)| n << (MOST - length)).sum();
        let symbols: Vec<usize> = used.into_iter().map(|(_, symbol)| symbol).collect();
        (symbols.len() == 1 || words == 1 << MOST).then_some(Self { counts, symbols })
    }

    #[inline]
    fn symbol(&self, bits: &mut Bits<'_>) -> Option<usize> {
        if let [only] = *self.symbols {
            return Some(only);
        }
        let (mut word, mut first, mut index) = (0, 0, 0);
        for &count in self.counts.get(1..)? {
            word = word << 1 | bits.take(1)?;
            if word < first + count {
                return self.symbols.get(index + word - first).copied();
            }
            index += count;
            first = (first + count) << 1;
        }
        None
    }

    /// The size of a decoder's table for it.
    fn bytes(&self) -> u64 {
        if self.symbols.len() == 1 {
            return CODE;
        }
        let longest = self.counts.iter().rposition(|&count| count > 0).unwrap_or(0);
        let behind: usize = self.counts.iter().skip(TABLE_BITS + 1).sum();
        CODE + (ENTRY << longest.min(TABLE_BITS)) + 2 * NODE * behind as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitWriter;
    use crate::{Image, encode};

    /// A code of eleven symbols, the longest of 10 bits.
    fn long(out: &mut BitWriter) {
        out.put(0, 1);
        out.put(14 - 4, 4);
        let lengths = [0, 0, 0, 3, 3, 3, 3, 3, 0, 3, 4, 4, 4, 4];
        lengths.iter().for_each(|&length| out.put(length, 3));
        out.put(1, 1);
        out.put(1, 3);
        out.put(11 - 2, 4);
        // Canonical: 1 to 6 have three bits, 7 to 10 four.
        let word = |length: u32| match length {
            ..=6 => (length - 1, 3),
            _ => (12 + length - 7, 4),
        };
        for length in (1..=10).chain([10]) {
            let (code, bits) = word(length);
            out.put(code.reverse_bits() >> (32 - bits), bits);
        }
    }

    fn single(symbol: u32, out: &mut BitWriter) {
        out.put(1, 1);
        out.put(0, 1);
        out.put(1, 1);
        out.put(symbol, 8);
    }

    /// A picture of 4×4 pixels with this many groups of five such codes.
    fn bomb(groups: u32) -> Vec<u8> {
        let mut out = BitWriter::new();
        // No transform, no cache, several groups, tiles of four pixels; no cache.
        [0, 0, 1].iter().for_each(|&bit| out.put(bit, 1));
        out.put(0, 3);
        out.put(0, 1);
        let last = groups - 1;
        for symbol in [last & 255, last >> 8, 0, 0, 0] {
            single(symbol, &mut out);
        }
        (0..groups * 5).for_each(|_| long(&mut out));
        out.finish()
    }

    #[test]
    fn tables_of_many_groups_are_counted() {
        for groups in [1, 2, 1000, 65_536] {
            let expected = u64::from(groups) * 5 * (CODE + 4096);
            assert_eq!(table_bytes(&bomb(groups), 4, 4), expected, "{groups}");
        }
        let whole = bomb(1000);
        assert!(whole.len() < 60_000);
        let part = table_bytes(&whole[..whole.len() / 2], 4, 4);
        assert!((9_000_000..11_000_000).contains(&part), "{part}");
        for end in 0..64 {
            assert!(table_bytes(&whole[..end], 4, 4) <= part);
        }
    }

    #[test]
    fn pictures_of_every_kind_are_read_to_their_last_code() {
        type Pixel = fn(u32, u32) -> u32;
        let noise = |at: u32| at.wrapping_mul(0x9e37_79b9) >> 8;
        let kinds: [(&str, Pixel); 5] = [
            ("flat", |_, _| 0xff11_2233),
            ("few colours", |_, noise| 0xff00_0000 | ((noise % 13) * 0x11_0301)),
            ("many colours", |at, noise| {
                0xff00_0000 | ((noise & 0x3f_3f3f) + (at % 200) * 0x1_0101)
            }),
            ("opacity", |at, noise| ((at % 251) << 24) | (noise & 0x0f_ffff)),
            ("parts", |at, noise| {
                let low = if at % 300 < 150 { (at * 7) & 0xffff } else { noise & 0xff_ffff };
                0xff00_0000 | low
            }),
        ];
        for (name, pixel) in kinds {
            let pixels = (0..300 * 200).map(|at| pixel(at, noise(at))).collect();
            let body = encode(Image::new(300, pixels).unwrap());
            let mut bits = Bits { bytes: &body[5..], at: 0 };
            let mut bytes = 0;
            assert!(count(&mut bits, 300, 200, &mut bytes).is_some(), "{name}");
            assert!((5 * CODE..4 << 20).contains(&bytes), "{name}: {bytes}");
            assert_eq!(table_bytes(&body[5..], 300, 200), bytes, "{name}");
        }
    }
}
