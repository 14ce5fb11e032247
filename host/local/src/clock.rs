//! Time in the formats of S3 and Lambda.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

const ISO_MILLIS: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

const COMMON_LOG: &[FormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> u64 {
    u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX)
}

/// Nanoseconds since the epoch.
pub(crate) fn now_ns() -> u64 {
    u64::try_from(since_epoch().as_nanos()).unwrap_or(u64::MAX)
}

/// `2026-01-31T12:34:56.789Z`.
pub(crate) fn iso(ms: u64) -> String {
    to_datetime(ms).format(ISO_MILLIS).unwrap_or_default()
}

/// `31/Jan/2026:12:34:56 +0000`.
pub(crate) fn common_log(ms: u64) -> String {
    to_datetime(ms).format(COMMON_LOG).unwrap_or_default()
}

/// The same instant for the S3 protocol.
pub(crate) fn to_datetime(ms: u64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::from_millis(ms)
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
