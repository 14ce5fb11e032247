//! What a TIFF says of itself in its first directory, looked at before the
//! decoder is: it stops at some files, and takes others for what they are not.

use obscura_sdk::Error;

/// Tags and their values (TIFF 6.0).
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const GREY: u16 = 1;
const PALETTE: u16 = 3;
const FILL_ORDER: u16 = 266;
const PLANAR: u16 = 284;
const COLOUR_MAP: u16 = 320;
const TILE_WIDTH: u16 = 322;
const EXTRA_SAMPLES: u16 = 338;
const PREMULTIPLIED: u16 = 1;

/// A file's first directory.
pub(super) struct Tags {
    big: bool,
    directory: usize,
    entries: usize,
}

impl Tags {
    /// Of a file. None if it has no directory.
    pub(super) fn of(file: &[u8]) -> Option<Self> {
        let mut tags = Self { big: file.starts_with(b"MM"), directory: 0, entries: 0 };
        tags.directory = tags.long(file, 4)?;
        tags.entries = tags.short(file, tags.directory)?.into();
        Some(tags)
    }

    fn short(&self, file: &[u8], at: usize) -> Option<u16> {
        let bytes: [u8; 2] = file.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn long(&self, file: &[u8], at: usize) -> Option<usize> {
        let bytes: [u8; 4] = file.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let value = if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        usize::try_from(value).ok()
    }

    /// Where a tag's value, or the place of its values, is.
    fn find(&self, file: &[u8], tag: u16) -> Option<usize> {
        let mut places = (0..self.entries)
            .filter_map(|entry| self.directory.checked_add(2)?.checked_add(entry * 12));
        places.find(|&at| self.short(file, at) == Some(tag))?.checked_add(8)
    }

    /// A tag's only value.
    fn value(&self, file: &[u8], tag: u16) -> Option<u16> {
        self.short(file, self.find(file, tag)?)
    }

    /// Refuse what the decoder does not read right.
    pub(super) fn check(&self, file: &[u8]) -> Result<(), Error> {
        let tiles = self.find(file, TILE_WIDTH).is_some();
        let fax = matches!(self.value(file, COMPRESSION), Some(2..=4));
        let what = if tiles && self.value(file, PLANAR) == Some(2) {
            "tiles of separate planes"
        } else if self.value(file, FILL_ORDER) == Some(2) && !fax {
            "bits in reverse order"
        } else {
            return Ok(());
        };
        Err(Error::UnsupportedFormat(format!(
            "this TIFF is of a rare kind that is not read ({what}); save it as PNG"
        )))
    }

    /// Whether colours are multiplied by opacity in the file.
    pub(super) fn premultiplied(&self, file: &[u8]) -> bool {
        self.value(file, EXTRA_SAMPLES) == Some(PREMULTIPLIED)
    }

    /// The colours of a file with a palette of 8-bit indices, which the decoder
    /// does not read: the file says grey afterwards, and indices are looked up
    /// when they are decoded. None if it is of another kind.
    pub(super) fn take_palette(&self, file: &mut [u8]) -> Option<[[u8; 3]; 256]> {
        let photometric = self.find(file, PHOTOMETRIC)?;
        if self.short(file, photometric)? != PALETTE || self.value(file, BITS)? != 8 {
            return None;
        }
        // All reds, all greens, all blues, in 16 bits.
        let map = self.long(file, self.find(file, COLOUR_MAP)?)?;
        let mut colours = [[0; 3]; 256];
        for (index, colour) in colours.iter_mut().enumerate() {
            for (channel, value) in colour.iter_mut().enumerate() {
                let at = map.checked_add((channel * 256 + index) * 2)?;
                *value = (self.short(file, at)? >> 8) as u8;
            }
        }
        let grey = if self.big { GREY.to_be_bytes() } else { GREY.to_le_bytes() };
        file.get_mut(photometric..photometric + 2)?.copy_from_slice(&grey);
        Some(colours)
    }
}

/// Undo the multiplication by opacity of red, green, blue and opacity.
pub(super) fn unmultiply(row: &mut [u8]) {
    for [r, g, b, alpha] in row.as_chunks_mut::<4>().0 {
        for value in [r, g, b] {
            let raised = u32::from(*value) * 255 + u32::from(*alpha) / 2;
            *value = raised.checked_div(u32::from(*alpha)).unwrap_or(0).min(255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_has_no_tags() {
        for file in [&b""[..], b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\0\x09"] {
            if let Some(tags) = Tags::of(file) {
                assert!(tags.check(file).is_ok() && !tags.premultiplied(file));
                assert!(tags.take_palette(&mut file.to_vec()).is_none());
            }
        }
    }

    #[test]
    fn separate_planes_of_tiles_are_refused() {
        let file = b"II*\0\x08\0\0\0\x02\0\x1c\x01\x03\0\x01\0\0\0\x02\0\0\0\x42\x01\x03\0\x01\0\0\0\x40\0\0\0\0\0\0\0";
        let outcome = Tags::of(file).unwrap().check(file);
        assert!(matches!(outcome, Err(Error::UnsupportedFormat(m)) if m.contains("planes")));
    }
}
