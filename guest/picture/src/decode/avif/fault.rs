//! Errors of AVIF and HEIC files, for the uploader.

use obscura_sdk::Error;

pub(in crate::decode) fn damaged(what: &str) -> Error {
    Error::Malformed(format!("the file is damaged: {what}"))
}

pub(in crate::decode) fn cut_short() -> Error {
    Error::Malformed("the file is cut short; upload it again".into())
}

pub(in crate::decode) fn rare(what: &str) -> Error {
    Error::UnsupportedFormat(format!(
        "this picture is of a rare kind that is not read ({what}); save it as PNG or JPEG"
    ))
}
