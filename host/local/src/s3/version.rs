//! Version ids. A bucket without versioning has only `null`.

use s3s::{S3Result, s3_error};

/// The length of S3's ids.
const LENGTH: usize = 32;

/// The kinds of version ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// The current object.
    Current,
    /// A valid id that does not exist.
    Missing,
    /// An invalid id.
    Invalid,
}

impl Version {
    pub(crate) fn of(id: Option<&str>) -> Self {
        match id {
            None | Some("" | "null") => Self::Current,
            Some(id) if id.len() == LENGTH && id.bytes().all(is_of_an_id) => Self::Missing,
            Some(_) => Self::Invalid,
        }
    }
}

fn is_of_an_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// For reads and changes of an object: only the current version exists.
pub(crate) fn require_current(id: Option<&str>) -> S3Result<()> {
    match Version::of(id) {
        Version::Current => Ok(()),
        Version::Missing => Err(s3_error!(NoSuchVersion, "The specified version does not exist.")),
        Version::Invalid => Err(invalid()),
    }
}

pub(crate) fn invalid() -> s3s::S3Error {
    s3_error!(InvalidArgument, "Invalid version id specified")
}
