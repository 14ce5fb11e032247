//! The little of EXIF that matters here: which way is up, and whose the picture
//! is.

use super::Blocks;
use super::credit::{Credit, text};

const ORIENTATION: u16 = 0x0112;
pub(super) const ARTIST: u16 = 0x013b;
pub(super) const COPYRIGHT: u16 = 0x8298;

/// Types of values (TIFF 6.0).
const BYTES: u16 = 1;
const TEXT: u16 = 2;
const SHORT: u16 = 3;
const LONGS: u16 = 4;
const OPAQUE: u16 = 7;

/// Where a TIFF file, which begins like EXIF, has blocks of other kinds.
const XMP: u16 = 0x02bc;
const IPTC: u16 = 0x83bb;

/// The tag of orientation, 1 to 8 if it is sound.
pub(crate) fn orientation(exif: &[u8]) -> Option<u16> {
    let tiff = Tiff::of(exif)?;
    let (at, _) = tiff.find(ORIENTATION).filter(|(_, kind)| *kind == SHORT)?;
    tiff.short(at + 8)
}

/// Whose the picture is.
pub(super) fn credit(exif: &[u8]) -> Option<Credit> {
    let tiff = Tiff::of(exif)?;
    let text = |tag| tiff.value(tag, &[TEXT]).map_or_else(String::new, text);
    Credit { creator: text(ARTIST), copyright: text(COPYRIGHT), ..Credit::default() }.known()
}

/// The blocks of other kinds in a TIFF file.
pub(super) fn blocks(file: &[u8]) -> Blocks {
    let Some(tiff) = Tiff::of(file) else { return Blocks::default() };
    let block = |tag| tiff.value(tag, &[BYTES, OPAQUE, LONGS]).map(<[u8]>::to_vec);
    Blocks { exif: None, xmp: block(XMP), iptc: block(IPTC) }
}

/// A block of texts, of which the tags rise. Empty ones are left out.
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

/// A block in its byte order.
struct Tiff<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl<'a> Tiff<'a> {
    /// Of a block, with or without its `Exif\0\0`.
    fn of(exif: &'a [u8]) -> Option<Self> {
        let bytes = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
        let big = match bytes.get(..2)? {
            b"MM" => true,
            b"II" => false,
            _ => return None,
        };
        Some(Self { bytes, big })
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<usize> {
        let bytes: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let value = if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        usize::try_from(value).ok()
    }

    /// Where the first directory's entry of this tag is, and its type.
    fn find(&self, tag: u16) -> Option<(usize, u16)> {
        let directory = self.long(4)?;
        let entries = usize::from(self.short(directory)?);
        (0..entries).find_map(|entry| {
            let at = directory.checked_add(2)?.checked_add(entry * 12)?;
            if self.short(at)? == tag { Some((at, self.short(at + 2)?)) } else { None }
        })
    }

    /// The bytes of a tag of one of these types.
    fn value(&self, tag: u16, kinds: &[u16]) -> Option<&'a [u8]> {
        let (at, kind) = self.find(tag).filter(|(_, kind)| kinds.contains(kind))?;
        let unit = if kind == LONGS { 4 } else { 1 };
        let length = self.long(at + 4)?.checked_mul(unit)?;
        let start = if length <= 4 { at + 8 } else { self.long(at + 8)? };
        self.bytes.get(start..start.checked_add(length)?)
    }
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
        assert_eq!(Tiff::of(&kept).unwrap().find(0x010f), None);
        assert!(!kept.windows(3).any(|bytes| bytes == b"GPS"));
        assert_eq!(credit(&block(&entries[..1])), None);
        for end in 0..whole.len() {
            let _ = credit(&whole[..end]);
        }
    }
}
