//! Whose a picture is.

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
}
