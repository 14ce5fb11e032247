//! Why a picture was not rendered.

use std::{fmt, io};

/// Why a picture was not rendered. Each variant has one sentence for people: the cause and the
/// remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The bytes are not in a format that this transform reads.
    UnsupportedFormat(String),
    /// The format is known, but the picture is damaged or truncated.
    Malformed(String),
    /// The picture is larger than the limits allow.
    LimitExceeded(String),
    /// The parameters are invalid.
    InvalidParameters(String),
    /// Anything else: a fault of the transform.
    Internal(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, message) = match self {
            Self::UnsupportedFormat(message) => ("unsupported format", message),
            Self::Malformed(message) => ("malformed picture", message),
            Self::LimitExceeded(message) => ("limit exceeded", message),
            Self::InvalidParameters(message) => ("invalid parameters", message),
            Self::Internal(message) => ("internal error", message),
        };
        write!(f, "{kind}: {message}")
    }
}

impl std::error::Error for Error {}

/// Reading the source never fails, so an I/O error comes from a decoder with damaged or missing
/// data.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}
