//! The frames of an animated PNG (PNG, third edition).

use std::borrow::Cow;
use std::io::{self, Read};

use super::canvas::Area;
use super::cell::{Cell, Dispose, Found};
use crate::geometry::Size;

/// The maximum size of a palette.
const MAX_COLOURS: usize = 3 * 256;
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The chunk size of reads when looking for frames.
const PIECE: u64 = 64 * 1024;

/// A chunk: its name, its body, and the complete chunk.
struct Chunk<'a> {
    name: &'a [u8; 4],
    body: &'a [u8],
    whole: &'a [u8],
    /// Whether its checksum is right, if it has pixels.
    sound: bool,
}

/// The complete chunks of a file.
fn chunks(file: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = file.get(SIGNATURE.len()..).unwrap_or(&[]);
    std::iter::from_fn(move || {
        let (length, _) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let end = length.checked_add(12)?;
        // The last chunk may be truncated, which the decoder reports.
        let (whole, after) = rest.split_at(end.min(rest.len()));
        rest = after;
        let (name, body) = whole.get(4..)?.split_first_chunk::<4>()?;
        let checked = whole.get(4..8 + length);
        let sum = whole.get(8 + length..).and_then(<[u8]>::first_chunk::<4>);
        let sound = checked.zip(sum).is_some_and(|(checked, sum)| {
            !matches!(name, b"IDAT" | b"fdAT")
                || crc32fast::hash(checked) == u32::from_be_bytes(*sum)
        });
        Some(Chunk { name, body: body.get(..length.min(body.len()))?, whole, sound })
    })
}

/// Reads until it is known whether the file, which starts with `head`, is an animation. A still
/// picture can then be decoded while it is read.
pub fn tells_of_frames(head: &mut Vec<u8>, rest: &mut dyn Read) -> io::Result<bool> {
    let mut at = SIGNATURE.len();
    loop {
        while head.len() < at.saturating_add(8) {
            if (&mut *rest).take(PIECE).read_to_end(head)? == 0 {
                return Ok(false);
            }
        }
        let Some(&[a, b, c, d, ref name @ ..]) = head.get(at..).and_then(<[u8]>::first_chunk::<8>)
        else {
            return Ok(false);
        };
        match name {
            b"acTL" => return Ok(true),
            b"IDAT" | b"IEND" => return Ok(false),
            _ => {}
        }
        at = at.saturating_add(12).saturating_add(u32::from_be_bytes([a, b, c, d]) as usize);
    }
}

/// The frames of a file: at most as many as announced. None if there is only one.
pub(super) fn frames(file: &[u8]) -> Option<Found<'_>> {
    let header = chunks(file).next().filter(|chunk| chunk.name == b"IHDR")?;
    let (&[a, b, c, d, e, f, g, h], rest) = header.body.split_first_chunk::<8>()?;
    let size = Size::new(u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
    let before = || chunks(file).take_while(|chunk| chunk.name != b"IDAT");
    let control = before().find(|chunk| chunk.name == b"acTL")?.body;
    let (&[a, b, c, d, e, f, g, h], _) = control.split_first_chunk::<8>()?;
    let (count, plays) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));

    // Every frame needs the chunks that define its samples; metadata is only needed once. Since
    // every frame repeats them, only one chunk of each kind is kept.
    let colours =
        before().filter(|chunk| matches!(chunk.name, b"PLTE" | b"tRNS" | b"cICP" | b"cLLI"));
    let colours = colours.filter(|chunk| chunk.body.len() <= MAX_COLOURS).take(4);
    let colours: Vec<&[u8]> = colours.map(|chunk| chunk.whole).collect();
    let others = before().filter(|c| !matches!(c.name, b"IHDR" | b"acTL" | b"fcTL"));
    // Metadata after the pixels do not count, as in still pictures, which are read in one pass.
    let about: Vec<&[u8]> = others.map(|chunk| chunk.whole).collect();

    let mut found = Found { size, plays, cells: Vec::new() };
    let mut data: Vec<&[u8]> = Vec::new();
    let mut sound = true;
    let mut open: Option<Cell<'_>> = None;
    for chunk in chunks(file) {
        match chunk.name {
            b"fcTL" => {
                finish(&mut found, open.take(), &mut data, &mut sound);
                if found.cells.len() as u64 >= u64::from(count) {
                    break;
                }
                let Some(mut cell) = cell(chunk.body).filter(|c| c.area.is_inside(size)) else {
                    break;
                };
                let own = if found.cells.is_empty() { &about } else { &colours };
                cell.still = vec![Cow::Owned(head(cell.area.size, rest))];
                cell.still.extend(own.iter().map(|whole| Cow::Borrowed(*whole)));
                open = Some(cell);
            }
            b"IDAT" => {
                sound &= chunk.sound;
                data.push(chunk.body);
            }
            b"fdAT" => {
                sound &= chunk.sound;
                data.push(chunk.body.get(4..).unwrap_or(&[]));
            }
            _ => {}
        }
    }
    finish(&mut found, open.take(), &mut data, &mut sound);
    (found.cells.len() > 1).then_some(found)
}

/// End a frame with the pixels `data`. Pixels without a frame are the fallback picture for readers
/// without animation support.
fn finish<'a>(
    found: &mut Found<'a>,
    cell: Option<Cell<'a>>,
    data: &mut Vec<&'a [u8]>,
    sound: &mut bool,
) {
    let data = std::mem::take(data);
    let sound = std::mem::replace(sound, true);
    let Some(mut cell) = cell.filter(|_| !data.is_empty()) else { return };
    let mut sum = crc32fast::Hasher::new();
    sum.update(b"IDAT");
    data.iter().for_each(|part| sum.update(part));
    // Keep damaged checksums damaged.
    let sum = if sound { sum.finalize() } else { !sum.finalize() };
    let length: usize = data.iter().map(|part| part.len()).sum();
    cell.still.push(Cow::Owned([&(length as u32).to_be_bytes()[..], b"IDAT"].concat()));
    cell.still.extend(data.into_iter().map(Cow::Borrowed));
    cell.still.push(Cow::Owned(sum.to_be_bytes().to_vec()));
    cell.still.push(Cow::Borrowed(b"\0\0\0\0IEND\xae\x42\x60\x82"));
    found.cells.push(cell);
}

/// A file's start, for a picture of this size.
fn head(size: Size, rest: &[u8]) -> Vec<u8> {
    let sides = [size.width, size.height].map(u32::to_be_bytes);
    let checked = [b"IHDR", sides.as_flattened(), rest].concat();
    let length = (checked.len() as u32 - 4).to_be_bytes();
    let sum = crc32fast::hash(&checked).to_be_bytes();
    [SIGNATURE, &length, &checked, &sum].concat()
}

/// A frame without its pixels.
fn cell(control: &[u8]) -> Option<Cell<'static>> {
    let (_, rest) = control.split_first_chunk::<4>()?;
    let (sides, rest) = rest.split_first_chunk::<16>()?;
    let &[a, b, c, d, dispose, blend, ..] = rest.first_chunk::<6>()?;
    let mut numbers = sides.as_chunks::<4>().0.iter().map(|bytes| u32::from_be_bytes(*bytes));
    let mut next = || numbers.next().unwrap_or(0);
    let size = Size::new(next(), next());
    let (left, top) = (next(), next());
    let part = u32::from(u16::from_be_bytes([a, b]));
    let of = match u16::from_be_bytes([c, d]) {
        0 => 100,
        of => u32::from(of),
    };
    Some(Cell {
        area: Area { left, top, size },
        delay: (part * 1000 + of / 2) / of,
        blend: blend == 1,
        dispose: match dispose {
            1 => Dispose::Background,
            2 => Dispose::Previous,
            _ => Dispose::Keep,
        },
        still: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_still_picture_is_told_by_its_start() {
        let mut still = SIGNATURE.to_vec();
        still.extend(b"\0\0\0\x02tEXtab\0\0\0\0\0\0\0\x09IDAT");
        let mut moving = SIGNATURE.to_vec();
        moving.extend(b"\0\0\0\x02tEXtab\0\0\0\0\0\0\0\x08acTL");
        for (file, expected) in [(&still, false), (&moving, true), (&SIGNATURE.to_vec(), false)] {
            for known in [SIGNATURE.len(), file.len()] {
                let mut head = file[..known].to_vec();
                let mut rest = &file[known..];
                assert_eq!(tells_of_frames(&mut head, &mut rest).unwrap(), expected);
            }
        }
        assert!(frames(&still).is_none());
        for end in 0..moving.len() {
            assert!(frames(&moving[..end]).is_none());
        }
    }
}
