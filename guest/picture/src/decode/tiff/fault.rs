//! Errors of TIFF files, for the uploader.

use obscura_sdk::Error;

pub(super) fn damaged(why: &str) -> Error {
    Error::Malformed(format!("the TIFF file is damaged: {why}"))
}

pub(super) fn rare(what: &str) -> Error {
    Error::UnsupportedFormat(format!(
        "this TIFF is of a rare kind that is not read ({what}); save it as PNG"
    ))
}
