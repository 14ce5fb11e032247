//! Errors.

/// Why a frame cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The data breaks the standard's rules.
    Malformed(&'static str),
    /// The data ends too early.
    Truncated,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(why) => f.write_str(why),
            Self::Truncated => f.write_str("it is cut short"),
        }
    }
}

impl std::error::Error for Error {}
