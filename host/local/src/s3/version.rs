//! Version ids, of which a bucket without versioning has one: `null`.

use s3s::{S3Result, s3_error};

/// Every id that S3 makes is so long.
const LENGTH: usize = 32;

/// What a version id means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// The object as it stands.
    Current,
    /// One that could be, and is not.
    Missing,
    /// None that S3 ever made.
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

/// For what reads or changes an object: only the current version is there.
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
