//! Time stamps of records.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The current time in RFC 3339 format.
pub fn now_text() -> String {
    text(OffsetDateTime::now_utc())
}

/// A time in RFC 3339 format.
pub fn text(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
