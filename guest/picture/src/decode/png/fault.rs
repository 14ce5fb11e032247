//! Errors of PNG files, for the uploader.

use std::io;

use obscura_sdk::Error;

pub(super) fn unreadable(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => cut_short(),
        _ => Error::Malformed(format!("the PNG file is damaged: {error}")),
    }
}

pub(super) fn cut_short() -> Error {
    Error::Malformed("the PNG file is cut short; upload it again".into())
}
