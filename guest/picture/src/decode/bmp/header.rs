//! The header of a BMP, in any of its versions.

use obscura_sdk::Error;

use super::fault::{damaged, rare};
use crate::geometry::Size;

/// The size of the file header; the picture's header follows.
const FILE: usize = 14;
/// The header sizes: OS/2 1.x, OS/2 2.x short and full, Windows V4 and V5.
const OS2: usize = 12;
const OS2_SHORT: usize = 16;
const OS2_LONG: usize = 64;
const V2: usize = 52;
const V3: usize = 56;
const V5: usize = 124;

/// The encoding of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    /// Uncompressed values of this many bits, row by row.
    Plain,
    /// Run-length encoding with 4, 8 or 24 bits.
    Runs,
}

#[derive(Debug)]
pub(super) struct Header<'a> {
    pub(super) size: Size,
    pub(super) bits: u32,
    pub(super) storage: Storage,
    /// Whether the first row is the top one.
    pub(super) top_down: bool,
    /// The bit masks of red, green, blue and alpha in 16 or 32 bits.
    pub(super) masks: [u32; 4],
    /// The palette.
    pub(super) palette: Vec<[u8; 3]>,
    pub(super) icc: Option<&'a [u8]>,
    pub(super) pixels: &'a [u8],
}

impl<'a> Header<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self, Error> {
        let cut = || damaged("it is cut short; upload it again");
        let short = |at: usize| {
            file.get(at..at + 2).and_then(<[u8]>::as_array).copied().map(u16::from_le_bytes)
        };
        let long = |at: usize| {
            file.get(at..at + 4).and_then(<[u8]>::as_array).copied().map(u32::from_le_bytes)
        };
        let offset = long(10).ok_or_else(cut)? as usize;
        let length = long(14).ok_or_else(cut)? as usize;
        let field = |at: usize| long(FILE + at);
        let (width, height, bits) = if length == OS2 {
            let side = |at| short(FILE + at).map(i32::from);
            (side(4), side(6), short(FILE + 10))
        } else {
            let side = |at| field(at).map(|side| side as i32);
            (side(4), side(8), short(FILE + 14))
        };
        let (Some(width), Some(height), Some(bits)) = (width, height, bits) else {
            return Err(cut());
        };
        let size = Size::new(width.max(0) as u32, height.unsigned_abs());
        let is_long = length > OS2_SHORT;
        let compression = if is_long { field(16).ok_or_else(cut)? } else { 0 };
        let os2 = length == OS2_LONG;
        let masked = !os2 && matches!(compression, 3 | 6);
        let storage = match (compression, bits) {
            (0, 1 | 2 | 4 | 8 | 16 | 24 | 32) => Storage::Plain,
            (3 | 6, 16 | 32) if !os2 => Storage::Plain,
            (1, 8) | (2, 4) => Storage::Runs,
            (4, 24) if os2 => Storage::Runs,
            _ => return Err(rare(&format!("compression {compression} of {bits} bits"))),
        };

        // Masks are in the header, or after a header without mask fields.
        let mut masks = match bits {
            16 => [0x7c00, 0x03e0, 0x001f, 0],
            _ => [0xff_0000, 0xff00, 0xff, 0],
        };
        let inside = length >= V2 && !os2;
        let count = match (masked, inside) {
            (true, true) => 3 + usize::from(length >= V3),
            (true, false) => 3 + usize::from(compression == 6),
            (false, _) => 0,
        };
        for (index, mask) in masks.iter_mut().enumerate().take(count) {
            *mask = field(40 + index * 4).ok_or_else(cut)?;
        }
        if !masked && bits == 32 && length > V3 && !os2 {
            masks[3] = field(52).ok_or_else(cut)? & 0xff00_0000;
        }

        let after = FILE + length + if masked && !inside { count * 4 } else { 0 };
        let entry = if length == OS2 { 3 } else { 4 };
        let used = if is_long { field(32).ok_or_else(cut)? } else { 0 };
        let colours = match (bits, used) {
            (1..=8, 0) => 1 << bits,
            (1..=8, used) => used.min(256) as usize,
            _ => 0,
        };
        // A palette ends where pixels begin: its size may be undeclared, or too large. But some
        // programs set the pixels' offset to that of the palette, or to 0.
        let room = offset.saturating_sub(after) / entry;
        let colours = if room == 0 { colours } else { colours.min(room) };
        let colours = file.get(after..).unwrap_or(&[]).chunks_exact(entry).take(colours);
        let palette: Vec<[u8; 3]> =
            colours.filter_map(|colour| colour.first_chunk().map(|&[b, g, r]| [r, g, b])).collect();
        let start = offset.max(after + palette.len() * entry);
        let embedded = (length == V5 && field(56) == Some(u32::from_be_bytes(*b"MBED")))
            .then(|| {
                let at = FILE + field(112)? as usize;
                file.get(at..at.checked_add(field(116)? as usize)?)
            })
            .flatten();
        Ok(Self {
            size,
            bits: bits.into(),
            storage,
            top_down: height < 0,
            masks,
            palette,
            icc: embedded,
            pixels: file.get(start..).unwrap_or(&[]),
        })
    }

    /// Bytes of a row, padded to 32 bits.
    pub(super) fn stride(&self) -> usize {
        (u64::from(self.size.width) * u64::from(self.bits)).div_ceil(32) as usize * 4
    }
}
