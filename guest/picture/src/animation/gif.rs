//! The frames of a GIF.

use std::borrow::Cow;

use super::canvas::Area;
use super::cell::{Cell, Dispose, Found};
use crate::geometry::Size;

/// Extensions with the loop count.
const LOOPS: [&[u8]; 2] = [b"\xff\x0bNETSCAPE2.0\x03\x01", b"\xff\x0bANIMEXTS1.0\x03\x01"];
const CONTROL: &[u8] = b"\xf9\x04";
const TRAILER: &[u8] = b"\x3b";

/// The frames of a file, up to its end or an error. None if there is only one.
pub(super) fn frames(file: &[u8]) -> Option<Found<'_>> {
    let screen = file.get(6..13)?.as_array::<7>()?;
    let &[a, b, c, d, flags, background, _] = screen;
    let screen = size(a, b, c, d);
    let mut at = 13 + table(flags);
    let colours = file.get(13..at)?;
    let mut found = Found { size: screen, plays: 1, cells: Vec::new() };
    let mut control = [0; 4];
    loop {
        let start = at;
        let descriptor = match file.get(at) {
            Some(0x21) => {
                at += 2;
                None
            }
            Some(0x2c) => {
                let Some(&descriptor) = file.get(at + 1..).and_then(<[u8]>::first_chunk::<9>)
                else {
                    break;
                };
                at += 10;
                Some(descriptor)
            }
            _ => break,
        };
        let data = at;
        if let Some([.., flags]) = descriptor {
            at += table(flags) + 1; // And the size of codes.
        }
        while let Some(&length @ 1..) = file.get(at) {
            at += 1 + usize::from(length);
        }
        at += 1;
        let Some([a, b, c, d, width, wide, height, high, flags]) = descriptor else {
            extension(file.get(start + 1..).unwrap_or(&[]), &mut control, &mut found.plays);
            continue;
        };
        let mut own = size(width, wide, height, high);
        if own.pixels() == 0 {
            own = screen; // Browsers.
        }
        let area = Area { left: short(a, b), top: short(c, d), size: own };
        if found.cells.is_empty() {
            // The first frame is never clipped, whatever the screen's size.
            found.size.width = screen.width.max(area.left + own.width);
            found.size.height = screen.height.max(area.top + own.height);
        }
        let sides = [own.width as u16, own.height as u16].map(u16::to_le_bytes);
        let sides = sides.as_flattened();
        let tables = file.get(10).copied().unwrap_or(0);
        let [control_flags, low, high, _] = control;
        found.cells.push(Cell {
            area,
            delay: short(low, high) * 10,
            blend: true,
            dispose: dispose(control_flags),
            still: vec![
                Cow::Owned([b"GIF89a", sides, &[tables, background, 0]].concat()),
                Cow::Borrowed(colours),
                Cow::Owned([b"\x21", CONTROL, &control, b"\0"].concat()),
                Cow::Owned([b"\x2c\0\0\0\0", sides, &[flags]].concat()),
                Cow::Borrowed(file.get(data..at.min(file.len())).unwrap_or(&[])),
                // A truncated frame must not look complete.
                Cow::Borrowed(if at <= file.len() { TRAILER } else { &[] }),
            ],
        });
        control = [0; 4];
    }
    (found.cells.len() > 1).then_some(found)
}

/// Parse an extension, for the next frame or the whole file.
fn extension(block: &[u8], control: &mut [u8; 4], plays: &mut u32) {
    if let Some(&new) = block.strip_prefix(CONTROL).and_then(<[u8]>::first_chunk) {
        *control = new;
    }
    let loops = LOOPS.iter().find_map(|head| block.strip_prefix(*head));
    if let Some(&[low, high, ..]) = loops {
        // It has the loop count.
        let again = short(low, high);
        *plays = if again == 0 { 0 } else { again + 1 };
    }
}

fn dispose(flags: u8) -> Dispose {
    match flags >> 2 & 7 {
        2 => Dispose::Background,
        // Some encoders use 4 instead of 3; browsers and libnsgif accept both.
        3 | 4 => Dispose::Previous,
        _ => Dispose::Keep,
    }
}

/// The bytes of a colour table.
fn table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn short(low: u8, high: u8) -> u32 {
    u16::from_le_bytes([low, high]).into()
}

fn size(a: u8, b: u8, c: u8, d: u8) -> Size {
    Size::new(short(a, b), short(c, d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_without_decoding() {
        let mut file = Vec::new();
        let mut encoder = gif::Encoder::new(&mut file, 3, 2, &[0, 0, 0, 9, 9, 9]).unwrap();
        encoder.set_repeat(gif::Repeat::Infinite).unwrap();
        for n in 0..5 {
            let mut frame = gif::Frame::from_indexed_pixels(3, 2, vec![n % 2; 6], None);
            frame.delay = u16::from(n);
            encoder.write_frame(&frame).unwrap();
        }
        drop(encoder);
        let found = frames(&file).unwrap();
        let delays: Vec<u32> = found.cells.iter().map(|cell| cell.delay).collect();
        assert_eq!((found.plays, delays), (0, vec![0, 10, 20, 30, 40]));
        for end in 0..file.len() {
            assert!(frames(&file[..end]).is_none_or(|found| found.cells.len() <= 5));
        }
        assert!(frames(b"GIF89a").is_none());
    }
}
