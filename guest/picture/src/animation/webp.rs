//! The frames of a WebP animation.

use std::borrow::Cow;

use obscura_sdk::Error;

use super::canvas::Area;
use super::cell::{Cell, Dispose, Found};
use crate::decode::{chunks, declared};
use crate::geometry::Size;

const ANIMATED: u8 = 0x02;
const ALPHA: u8 = 0x10;

/// Chunks of the whole picture, and their flags.
const BESIDE: [(&[u8; 4], u8); 3] = [(b"ICCP", 0x20), (b"EXIF", 0x08), (b"XMP ", 0x04)];

/// The frames of a file. None if it is not an animation.
///
/// # Errors
/// A frame is outside of the canvas.
pub(super) fn frames(file: &[u8]) -> Result<Option<Found<'_>>, Error> {
    let all = || chunks(file.get(12..).unwrap_or(&[]));
    let Some((b"VP8X", head)) = all().next() else { return Ok(None) };
    let Some((&[flags, _, _, _, a, b, c, d, e, f], _)) = head.split_first_chunk::<10>() else {
        return Ok(None);
    };
    if flags & ANIMATED == 0 {
        return Ok(None);
    }
    let size = Size::new(three(a, b, c) + 1, three(d, e, f) + 1);
    let mut found = Found { size, plays: 0, cells: Vec::new() };
    for (name, body) in all() {
        match (name, body) {
            (b"ANIM", &[_, _, _, _, low, high, ..]) => {
                found.plays = u16::from_le_bytes([low, high]).into();
            }
            (b"ANMF", _) => {
                let Some((head, parts)) = body.split_first_chunk::<16>() else { continue };
                let beside = if found.cells.is_empty() { file } else { &[] };
                found.cells.push(cell(head, parts, beside));
            }
            _ => {}
        }
    }
    if let Some(cell) = found.cells.iter().find(|cell| !cell.area.is_inside(size)) {
        let Area { left, top, size: Size { width, height } } = cell.area;
        return Err(Error::Malformed(format!(
            "the WebP file is damaged: a frame of {width}×{height} pixels at {left}, {top} lies \
             outside"
        )));
    }
    Ok((!found.cells.is_empty()).then_some(found))
}

/// A frame, with the additional chunks `beside` of the whole picture.
fn cell<'a>(head: &[u8; 16], parts: &'a [u8], beside: &'a [u8]) -> Cell<'a> {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, how] = *head;
    let size = Size::new(three(g, h, i) + 1, three(j, k, l) + 1);
    let picture: Vec<_> = chunks(parts).filter(|(name, _)| is_picture(name)).collect();
    // From the frame alone: some encoders forget to set it for the whole file.
    let alpha = picture.iter().any(|(name, body)| match *name {
        b"ALPH" => true,
        b"VP8L" => body.get(4).is_some_and(|bits| bits & 0x10 != 0),
        _ => false,
    });
    let mut flags = if alpha { ALPHA } else { 0 };
    // A chunk without its flag in the file's head does not count, as in libwebp.
    let declared = declared(beside);
    let metadata = chunks(beside.get(12..).unwrap_or(&[])).filter(|(name, _)| {
        let known = BESIDE.iter().find(|(known, flag)| known == name && declared & flag != 0);
        flags |= known.map_or(0, |(_, flag)| *flag);
        known.is_some()
    });
    // Profiles come before the picture; the position of the others does not matter.
    let all: Vec<_> = metadata.collect::<Vec<_>>().into_iter().chain(picture).collect();
    let mut still = vec![Cow::Borrowed(&[][..])];
    let mut length = 4 + 18;
    for (name, body) in all {
        let mut head = name.to_vec();
        head.extend((body.len() as u32).to_le_bytes());
        length += (8 + body.len()).next_multiple_of(2);
        still.extend([Cow::Owned(head), Cow::Borrowed(body)]);
        still.extend((body.len() % 2 == 1).then_some(Cow::Borrowed(&b"\0"[..])));
    }
    let riff = [
        &b"RIFF"[..],
        &(length as u32).to_le_bytes(),
        b"WEBPVP8X\x0a\0\0\0",
        &[flags, 0, 0, 0],
        &[g, h, i, j, k, l],
    ];
    if let Some(first) = still.first_mut() {
        *first = Cow::Owned(riff.concat());
    }
    Cell {
        area: Area { left: three(a, b, c) * 2, top: three(d, e, f) * 2, size },
        delay: three(m, n, o),
        blend: how & 2 == 0,
        dispose: if how & 1 == 0 { Dispose::Keep } else { Dispose::Background },
        still,
    }
}

fn is_picture(name: &[u8; 4]) -> bool {
    matches!(name, b"ALPH" | b"VP8 " | b"VP8L")
}

fn three(a: u8, b: u8, c: u8) -> u32 {
    u32::from_le_bytes([a, b, c, 0])
}
