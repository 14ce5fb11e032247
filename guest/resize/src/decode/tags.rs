//! What a TIFF says of itself in its first directory, looked at before the
//! decoder is: it stops at some files, and takes others for what they are not.

use obscura_sdk::Error;

use crate::tiff::Tiff;

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

/// Refuse what the decoder does not read right.
pub(super) fn check(file: &[u8]) -> Result<(), Error> {
    let Some(tiff) = Tiff::of(file) else { return Ok(()) };
    let tiles = tiff.find(TILE_WIDTH).is_some();
    let fax = matches!(value(&tiff, COMPRESSION), Some(2..=4));
    let what = if tiles && value(&tiff, PLANAR) == Some(2) {
        "tiles of separate planes"
    } else if value(&tiff, FILL_ORDER) == Some(2) && !fax {
        "bits in reverse order"
    } else {
        return Ok(());
    };
    Err(Error::UnsupportedFormat(format!(
        "this TIFF is of a rare kind that is not read ({what}); save it as PNG"
    )))
}

/// Whether colours are multiplied by opacity in the file.
pub(super) fn premultiplied(file: &[u8]) -> bool {
    let extra = Tiff::of(file).and_then(|tiff| value(&tiff, EXTRA_SAMPLES));
    extra == Some(PREMULTIPLIED)
}

/// The colours of a file with a palette of 8-bit indices, which the decoder
/// does not read: the file says grey afterwards, and indices are looked up
/// when they are decoded. None if it is of another kind.
pub(super) fn take_palette(file: &mut [u8]) -> Option<[[u8; 3]; 256]> {
    let tiff = Tiff::of(file)?;
    let photometric = place(&tiff, PHOTOMETRIC)?;
    if tiff.short(photometric)? != PALETTE || value(&tiff, BITS)? != 8 {
        return None;
    }
    // All reds, all greens, all blues, in 16 bits.
    let map = tiff.long(place(&tiff, COLOUR_MAP)?)?;
    let mut colours = [[0; 3]; 256];
    for (index, colour) in colours.iter_mut().enumerate() {
        for (channel, value) in colour.iter_mut().enumerate() {
            let at = map.checked_add((channel * 256 + index) * 2)?;
            *value = (tiff.short(at)? >> 8) as u8;
        }
    }
    let grey = if tiff.big { GREY.to_be_bytes() } else { GREY.to_le_bytes() };
    file.get_mut(photometric..photometric + 2)?.copy_from_slice(&grey);
    Some(colours)
}

/// Where a tag's value, or the place of its values, is.
fn place(tiff: &Tiff<'_>, tag: u16) -> Option<usize> {
    tiff.find(tag)?.0.checked_add(8)
}

/// A tag's only value.
fn value(tiff: &Tiff<'_>, tag: u16) -> Option<u16> {
    tiff.short(place(tiff, tag)?)
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
            assert!(check(file).is_ok() && !premultiplied(file));
            assert!(take_palette(&mut file.to_vec()).is_none());
        }
    }

    #[test]
    fn separate_planes_of_tiles_are_refused() {
        let file = b"II*\0\x08\0\0\0\x02\0\x1c\x01\x03\0\x01\0\0\0\x02\0\0\0\x42\x01\x03\0\x01\0\0\0\x40\0\0\0\0\0\0\0";
        let outcome = check(file);
        assert!(matches!(outcome, Err(Error::UnsupportedFormat(m)) if m.contains("planes")));
    }
}
