//! Errors of BMP files, for the uploader.

use obscura_sdk::Error;

pub(super) fn damaged(why: &str) -> Error {
    Error::Malformed(format!("the BMP file is damaged: {why}"))
}

pub(super) fn rare(what: &str) -> Error {
    Error::UnsupportedFormat(format!(
        "this BMP is of a rare kind that is not read ({what}); save it as PNG"
    ))
}
