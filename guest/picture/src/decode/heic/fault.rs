//! Converts decoder errors into messages for the uploader.

use heic_decoder::HeifError;
use obscura_sdk::Error;

use crate::decode::avif::fault::{cut_short, damaged, rare};

/// Converts a decoder error for an uploader.
pub(super) fn fault(error: HeifError) -> Error {
    match error {
        HeifError::Truncated { .. } => cut_short(),
        HeifError::Unsupported(what) => rare(&format!("HEVC: {what}")),
        HeifError::LimitExceeded(what) => {
            Error::LimitExceeded(format!("the HEIC picture is too large ({what}); make it smaller"))
        }
        HeifError::NotHeif(what)
        | HeifError::MalformedBox(what)
        | HeifError::MalformedHevc(what)
        | HeifError::CabacDesync(what) => damaged(&format!("HEVC: {what}")),
    }
}
