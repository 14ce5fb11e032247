//! Storage classes, and the two whose objects must be restored before reading.

use s3s::{S3Result, s3_error};
use time::format_description::FormatItem;
use time::macros::format_description;

use super::meta::Meta;
use crate::clock;

const HTTP_DATE: &[FormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// The default class.
pub(crate) const STANDARD: &str = "STANDARD";

/// Parses an upload's class; `None` is the standard one.
pub(crate) fn class(given: Option<&str>) -> S3Result<Option<String>> {
    match given {
        None | Some(STANDARD) => Ok(None),
        Some(
            "REDUCED_REDUNDANCY"
            | "STANDARD_IA"
            | "ONEZONE_IA"
            | "INTELLIGENT_TIERING"
            | "GLACIER"
            | "DEEP_ARCHIVE"
            | "GLACIER_IR",
        ) => Ok(given.map(str::to_owned)),
        Some(_) => {
            Err(s3_error!(InvalidStorageClass, "The storage class you specified is not valid"))
        }
    }
}

impl Meta {
    pub(crate) fn is_archived(&self) -> bool {
        let class = self.attributes.storage_class.as_deref();
        matches!(class, Some("GLACIER" | "DEEP_ARCHIVE"))
    }

    /// Whether there is a restored copy of an archived object.
    pub(crate) fn is_restored(&self) -> bool {
        self.restored_until_ms.is_some_and(|until| until > clock::now_ms())
    }

    /// Refuses reads of an archived object without a restored copy.
    pub(crate) fn require_readable(&self) -> S3Result<()> {
        if !self.is_archived() || self.is_restored() {
            return Ok(());
        }
        Err(s3_error!(
            InvalidObjectState,
            "The operation is not valid for the object's storage class"
        ))
    }

    /// The header `x-amz-restore`. Restoring takes no time here.
    pub(crate) fn restore_header(&self) -> Option<String> {
        let until = self.restored_until_ms.filter(|_| self.is_restored())?;
        let date = clock::to_datetime(until).format(HTTP_DATE).ok()?;
        Some(format!("ongoing-request=\"false\", expiry-date=\"{date}\""))
    }
}
