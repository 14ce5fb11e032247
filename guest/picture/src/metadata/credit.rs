//! Whose a picture is.

use super::{LONGEST, exif, xmp};

/// The texts that name author and owner. One that is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credit {
    /// Who made it: EXIF's artist, XMP's creator, IPTC's by-line.
    pub creator: String,
    /// To whom it belongs, and for whom it may be used.
    pub copyright: String,
    /// What is to be written next to it. EXIF has no such thing.
    pub line: String,
    /// Where its licence is. EXIF and IPTC have no such thing.
    pub statement: String,
}

impl Credit {
    /// Itself, if it says anything.
    pub(super) fn known(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// What is missing comes from another one.
    pub(super) fn or(self, other: Self) -> Self {
        let first = |one: String, other: String| if one.is_empty() { other } else { one };
        Self {
            creator: first(self.creator, other.creator),
            copyright: first(self.copyright, other.copyright),
            line: first(self.line, other.line),
            statement: first(self.statement, other.statement),
        }
    }

    /// As an EXIF block: artist and copyright.
    pub fn exif(&self) -> Vec<u8> {
        exif::block(&[(exif::ARTIST, &self.creator), (exif::COPYRIGHT, &self.copyright)])
    }

    /// As an XMP packet.
    pub fn xmp(&self) -> String {
        xmp::packet(self)
    }
}

/// A text of a file: UTF-8, or what was usual before, without what does not print.
/// Empty if it is too long to be one.
pub(super) fn text(bytes: &[u8]) -> String {
    let whole = match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    let printed: String = whole.chars().filter(|c| !c.is_control()).collect();
    let trimmed = printed.trim();
    if trimmed.len() > LONGEST { String::new() } else { trimmed.to_owned() }
}

/// Several authors in one text, as EXIF has it.
pub(super) fn join(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    text(texts.join("; ").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_of_any_age() {
        assert_eq!(text("Zoë\0 ".as_bytes()), "Zoë");
        assert_eq!(text(b"Zo\xeb"), "Zoë");
        assert_eq!(text(&[b'a'; LONGEST + 1]), "");
        assert_eq!(join(["Ann", "", "Bea"].map(String::from).into_iter()), "Ann; Bea");
    }
}
