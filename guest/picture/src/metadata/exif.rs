//! The needed part of EXIF: orientation, author and copyright.

use super::credit::Credit;
use super::text::text;
use crate::tiff::{BYTES, LONGS, OPAQUE, TEXT, Tiff};

const ORIENTATION: u16 = 0x0112;
pub(super) const ARTIST: u16 = 0x013b;
pub(super) const COPYRIGHT: u16 = 0x8298;

/// Tags of other metadata blocks in a TIFF file, which begins like EXIF.
const XMP: u16 = 0x02bc;
const IPTC: u16 = 0x83bb;

/// The orientation tag, 1 to 8 if valid.
pub fn orientation(exif: &[u8]) -> Option<u16> {
    u16::try_from(Tiff::of(exif)?.number(ORIENTATION)?).ok()
}

/// Author and copyright.
pub(super) fn credit(exif: &[u8]) -> Option<Credit> {
    let tiff = Tiff::of(exif)?;
    let text = |tag| tiff.value(tag, &[TEXT]).map_or_else(String::new, text);
    Credit { creator: text(ARTIST), copyright: text(COPYRIGHT), ..Credit::default() }.known()
}

/// The other metadata blocks in a TIFF file: XMP and IPTC.
pub(super) fn blocks(file: &[u8]) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let Some(tiff) = Tiff::of(file) else { return (None, None) };
    let block = |tag| tiff.value(tag, &[BYTES, OPAQUE, LONGS]).map(<[u8]>::to_vec);
    (block(XMP), block(IPTC))
}

/// A block of texts with ascending tags. Empty ones are omitted.
pub(super) fn block(entries: &[(u16, &str)]) -> Vec<u8> {
    let entries = entries.iter().filter(|(_, text)| !text.is_empty());
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    let count = entries.clone().count();
    block.extend((count as u16).to_le_bytes());
    let mut values: Vec<u8> = Vec::new();
    let after = 8 + 2 + count * 12 + 4;
    for (tag, text) in entries {
        let length = text.len() as u32 + 1;
        block.extend(tag.to_le_bytes());
        block.extend(TEXT.to_le_bytes());
        block.extend(length.to_le_bytes());
        let mut value = text.as_bytes().to_vec();
        value.push(0);
        if value.len() <= 4 {
            value.resize(4, 0);
            block.extend(value);
        } else {
            block.extend(((after + values.len()) as u32).to_le_bytes());
            value.resize(value.len().next_multiple_of(2), 0);
            values.extend(value);
        }
    }
    block.extend([0; 4]); // No further directory.
    block.extend(values);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orientation_is_read_in_both_byte_orders_and_damage_is_not_fatal() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let big = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        assert_eq!(orientation(little), Some(6));
        assert_eq!(orientation(big), Some(6));
        for end in 0..little.len() - 8 {
            assert_ne!(orientation(&little[..end]), Some(6));
        }
        assert_eq!(orientation(b"II*\0\xff\xff\xff\xff"), None);
        assert_eq!(orientation(b"nonsense"), None);
    }

    #[test]
    fn credit_is_read_and_nothing_else() {
        // A maker, an artist, a copyright, and a directory of GPS.
        let entries =
            [(0x010f, "Maker"), (ARTIST, "Me"), (COPYRIGHT, "(c) Somebody"), (0x8825, "GPS-1")];
        let whole = block(&entries);
        let found = credit(&whole).unwrap();
        assert_eq!((found.creator.as_str(), found.copyright.as_str()), ("Me", "(c) Somebody"));
        let kept = found.exif();
        assert_eq!(credit(&kept), Some(found));
        assert!(!Tiff::of(&kept).unwrap().has(0x010f));
        assert!(!kept.windows(3).any(|bytes| bytes == b"GPS"));
        assert_eq!(credit(&block(&entries[..1])), None);
        for end in 0..whole.len() {
            let _ = credit(&whole[..end]);
        }
    }
}
