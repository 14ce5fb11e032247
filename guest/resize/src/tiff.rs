//! The first directory of a TIFF file (TIFF 6.0), as which EXIF is stored, too.
//! Nothing in it is trusted, and no damage is fatal.

/// Types of values.
pub(crate) const BYTES: u16 = 1;
pub(crate) const TEXT: u16 = 2;
pub(crate) const SHORT: u16 = 3;
pub(crate) const LONGS: u16 = 4;
pub(crate) const OPAQUE: u16 = 7;

/// A file or a block in its byte order.
pub(crate) struct Tiff<'a> {
    bytes: &'a [u8],
    /// Whether the highest byte of a number comes first.
    pub(crate) big: bool,
}

impl<'a> Tiff<'a> {
    /// Of a file, or of a block of EXIF with or without its `Exif\0\0`.
    pub(crate) fn of(exif: &'a [u8]) -> Option<Self> {
        let bytes = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
        let big = match bytes.get(..2)? {
            b"MM" => true,
            b"II" => false,
            _ => return None,
        };
        Some(Self { bytes, big })
    }

    pub(crate) fn short(&self, at: usize) -> Option<u16> {
        let bytes: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    pub(crate) fn long(&self, at: usize) -> Option<usize> {
        let bytes: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let value = if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        usize::try_from(value).ok()
    }

    /// Where the first directory's entry of this tag is, and its type.
    pub(crate) fn find(&self, tag: u16) -> Option<(usize, u16)> {
        let directory = self.long(4)?;
        let entries = usize::from(self.short(directory)?);
        (0..entries).find_map(|entry| {
            let at = directory.checked_add(2)?.checked_add(entry * 12)?;
            if self.short(at)? == tag { Some((at, self.short(at + 2)?)) } else { None }
        })
    }

    /// The bytes of a tag of one of these types.
    pub(crate) fn value(&self, tag: u16, kinds: &[u16]) -> Option<&'a [u8]> {
        let (at, kind) = self.find(tag).filter(|(_, kind)| kinds.contains(kind))?;
        let unit = if kind == LONGS { 4 } else { 1 };
        let length = self.long(at + 4)?.checked_mul(unit)?;
        let start = if length <= 4 { at + 8 } else { self.long(at + 8)? };
        self.bytes.get(start..start.checked_add(length)?)
    }
}
