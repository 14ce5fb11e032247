//! The first directory of a TIFF file (TIFF 6.0, and BigTIFF), which is also the format of EXIF.
//! Nothing in it is trusted, and damage is never fatal.

/// Types of values.
pub(crate) const BYTES: u16 = 1;
pub(crate) const TEXT: u16 = 2;
const SHORT: u16 = 3;
pub(crate) const LONGS: u16 = 4;
const FRACTION: u16 = 5;
pub(crate) const OPAQUE: u16 = 7;
const FLOAT: u16 = 11;
const DIRECTORY: u16 = 13;
const LONG8: u16 = 16;

/// The version number of BigTIFF.
const WIDE: u16 = 43;

/// A file or a block, with its byte order.
#[derive(Clone, Copy)]
pub(crate) struct Tiff<'a> {
    bytes: &'a [u8],
    /// Whether it is big-endian.
    pub(crate) big: bool,
    /// Whether offsets have 64 bits.
    wide: bool,
}

/// An entry of a directory.
struct Entry {
    kind: u16,
    count: usize,
    /// The offset of its values.
    at: usize,
}

impl<'a> Tiff<'a> {
    /// Parse a file, or an EXIF block with or without its `Exif\0\0`.
    pub(crate) fn of(exif: &'a [u8]) -> Option<Self> {
        let bytes = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
        let big = match bytes.get(..2)? {
            b"MM" => true,
            b"II" => false,
            _ => return None,
        };
        let tiff = Self { bytes, big, wide: false };
        Some(Self { wide: tiff.unsigned(2, 2)? == u64::from(WIDE), ..tiff })
    }

    /// A number of up to eight bytes.
    fn unsigned(&self, at: usize, length: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(length)?)?;
        let push = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        Some(if self.big { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) })
    }

    /// An offset or a count.
    fn place(&self, at: usize) -> Option<usize> {
        usize::try_from(self.unsigned(at, if self.wide { 8 } else { 4 })?).ok()
    }

    /// The first directory's entry of this tag.
    fn entry(&self, tag: u16) -> Option<Entry> {
        let directory = self.place(if self.wide { 8 } else { 4 })?;
        let (head, length, inside) = if self.wide { (8, 20, 8) } else { (2, 12, 4) };
        let entries = self.unsigned(directory, head)?.min(65_535) as usize;
        (0..entries).find_map(|entry| {
            let at = directory.checked_add(head)?.checked_add(entry * length)?;
            if self.unsigned(at, 2)? != u64::from(tag) {
                return None;
            }
            let kind = self.unsigned(at + 2, 2)? as u16;
            let count = self.place(at + 4)?;
            let values = at + 4 + inside;
            let fit = count.checked_mul(size_of(kind))? <= inside;
            Some(Entry { kind, count, at: if fit { values } else { self.place(values)? } })
        })
    }

    /// Whether there is such a tag.
    pub(crate) fn has(&self, tag: u16) -> bool {
        self.entry(tag).is_some()
    }

    /// The bytes of a tag of one of these types.
    pub(crate) fn value(&self, tag: u16, kinds: &[u16]) -> Option<&'a [u8]> {
        let entry = self.entry(tag).filter(|entry| kinds.contains(&entry.kind))?;
        let length = entry.count.checked_mul(size_of(entry.kind))?;
        self.bytes.get(entry.at..entry.at.checked_add(length)?)
    }

    /// A tag's integers.
    pub(crate) fn numbers(&self, tag: u16) -> Option<Vec<u64>> {
        let entry = self.entry(tag)?;
        if !matches!(entry.kind, BYTES | SHORT | LONGS | DIRECTORY | LONG8) {
            return None;
        }
        let size = size_of(entry.kind);
        // Memory is allocated only for existing values.
        self.bytes.get(entry.at..entry.at.checked_add(entry.count.checked_mul(size)?)?)?;
        (0..entry.count).map(|index| self.unsigned(entry.at + index * size, size)).collect()
    }

    /// A tag's first fractions; or floats or integers, which some programs write instead.
    pub(crate) fn fractions<const COUNT: usize>(&self, tag: u16) -> Option<[f32; COUNT]> {
        let entry = self.entry(tag).filter(|entry| entry.count >= COUNT)?;
        let size = size_of(entry.kind);
        let mut fractions = [0.0; COUNT];
        for (index, fraction) in fractions.iter_mut().enumerate() {
            let at = entry.at.checked_add(index * size)?;
            *fraction = match entry.kind {
                FRACTION => self.unsigned(at, 4)? as f32 / self.unsigned(at + 4, 4)? as f32,
                FLOAT => f32::from_bits(self.unsigned(at, 4)? as u32),
                BYTES | SHORT | LONGS | DIRECTORY | LONG8 => self.unsigned(at, size)? as f32,
                _ => return None,
            };
        }
        fractions.iter().all(|fraction| fraction.is_finite()).then_some(fractions)
    }

    /// A tag's first integer.
    pub(crate) fn number(&self, tag: u16) -> Option<u64> {
        let entry = self.entry(tag)?;
        matches!(entry.kind, BYTES | SHORT | LONGS | DIRECTORY | LONG8).then_some(())?;
        self.unsigned(entry.at, size_of(entry.kind))
    }
}

/// The bytes of a value of this type.
fn size_of(kind: u16) -> usize {
    match kind {
        SHORT | 8 => 2,
        LONGS | 9 | FLOAT | DIRECTORY => 4,
        FRACTION | 10 | 12 | LONG8 | 17 | 18 => 8,
        _ => 1,
    }
}
