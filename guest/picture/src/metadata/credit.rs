//! Author and copyright of a picture.

/// Author and copyright texts. An unknown one is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credit {
    /// The author: EXIF's artist, XMP's creator, IPTC's by-line.
    pub creator: String,
    /// The copyright notice.
    pub copyright: String,
    /// The credit line, which EXIF does not have.
    pub line: String,
    /// The URL of its licence, which EXIF and IPTC do not have.
    pub statement: String,
}

impl Credit {
    /// Itself, unless it is empty.
    pub(super) fn known(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// Fill in missing texts from another one.
    pub(super) fn or(self, other: Self) -> Self {
        let first = |one: String, other: String| if one.is_empty() { other } else { one };
        Self {
            creator: first(self.creator, other.creator),
            copyright: first(self.copyright, other.copyright),
            line: first(self.line, other.line),
            statement: first(self.statement, other.statement),
        }
    }
}
