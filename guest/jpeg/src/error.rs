//! Errors, by cause.

use std::fmt;

/// Errors of decoding and encoding.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The reader or writer failed.
    Io(std::io::Error),
    /// The file ends before the picture does.
    Truncated,
    /// The bytes are not a valid JPEG; the text names the place.
    Malformed(&'static str),
    /// A valid kind of JPEG that this crate does not support.
    Unsupported(&'static str),
    /// The picture exceeds the caller's limits.
    Limit(&'static str),
    /// The caller's arguments are inconsistent.
    Usage(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(e) => write!(f, "reading or writing failed: {e}"),
            Self::Truncated => f.write_str("the JPEG file is cut off"),
            Self::Malformed(what) => write!(f, "not a valid JPEG: {what}"),
            Self::Unsupported(what) => write!(f, "unsupported kind of JPEG: {what}"),
            Self::Limit(what) => write!(f, "over the limit: {what}"),
            Self::Usage(what) => write!(f, "wrong arguments: {what}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(e) => Some(e),
            _ => None,
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Self {
        Self::Io(e)
    }
}
