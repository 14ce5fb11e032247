//! The little of EXIF that matters here: which way is up, and whose the picture
//! is. It comes from cameras, telephones and programs of all ages, so nothing in
//! it is trusted and no damage is fatal.

const ORIENTATION: u16 = 0x0112;
const ARTIST: u16 = 0x013b;
const COPYRIGHT: u16 = 0x8298;

/// The longest text that is kept, in bytes.
const LONGEST: usize = 2048;

/// The tag of orientation, 1 to 8 if it is sound.
pub(crate) fn orientation(exif: &[u8]) -> Option<u16> {
    let tiff = Tiff::of(exif)?;
    let at = tiff.find(ORIENTATION, 3)?;
    tiff.short(at + 8)
}

/// A block with the copyright and the artist of `exif` alone. None if it names
/// neither.
pub(crate) fn credit(exif: &[u8]) -> Option<Vec<u8>> {
    let tiff = Tiff::of(exif)?;
    let entries: Vec<(u16, &[u8])> =
        [ARTIST, COPYRIGHT].into_iter().filter_map(|tag| Some((tag, tiff.text(tag)?))).collect();
    if entries.is_empty() { None } else { Some(block(&entries)) }
}

/// A block of texts, sorted by tag.
fn block(entries: &[(u16, &[u8])]) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    block.extend((entries.len() as u16).to_le_bytes());
    let mut values: Vec<u8> = Vec::new();
    let after = 8 + 2 + entries.len() * 12 + 4;
    for (tag, text) in entries {
        let length = text.len() as u32 + 1;
        block.extend(tag.to_le_bytes());
        block.extend(2u16.to_le_bytes()); // ASCII
        block.extend(length.to_le_bytes());
        let mut value = text.to_vec();
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

    /// Where the first directory's entry of this tag and type is.
    fn find(&self, tag: u16, kind: u16) -> Option<usize> {
        let directory = self.long(4)?;
        let entries = usize::from(self.short(directory)?);
        (0..entries).find_map(|entry| {
            let at = directory.checked_add(2)?.checked_add(entry * 12)?;
            let fits = self.short(at)? == tag && self.short(at + 2)? == kind;
            fits.then_some(at)
        })
    }

    /// A text that is not empty, without the zeros at its end.
    fn text(&self, tag: u16) -> Option<&'a [u8]> {
        let at = self.find(tag, 2)?;
        let length = self.long(at + 4)?;
        let start = if length <= 4 { at + 8 } else { self.long(at + 8)? };
        let value = self.bytes.get(start..start.checked_add(length)?)?;
        let end = value.iter().rposition(|&byte| byte != 0 && byte != b' ')?;
        value.get(..=end).filter(|text| text.len() <= LONGEST)
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
    fn credit_is_kept_and_nothing_else() {
        // A maker, an artist, a copyright, and a directory of GPS.
        let entries: &[(u16, &[u8])] = &[
            (0x010f, b"Maker"),
            (ARTIST, b"Me"),
            (COPYRIGHT, b"(c) Somebody"),
            (0x8825, b"GPS-1"),
        ];
        let kept = credit(&block(entries)).unwrap();
        let tiff = Tiff::of(&kept).unwrap();
        assert_eq!(tiff.text(ARTIST), Some(&b"Me"[..]));
        assert_eq!(tiff.text(COPYRIGHT), Some(&b"(c) Somebody"[..]));
        assert_eq!(tiff.find(0x010f, 2), None);
        assert!(!kept.windows(3).any(|bytes| bytes == b"GPS"));
        assert_eq!(credit(&block(&entries[..1])), None);
        let whole = block(entries);
        for end in 0..whole.len() {
            let _ = credit(&whole[..end]);
        }
    }
}
