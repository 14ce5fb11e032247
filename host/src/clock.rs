//! The time of day, as records have it.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Now, as RFC 3339 has it.
pub fn now_text() -> String {
    text(OffsetDateTime::now_utc())
}

/// A time as RFC 3339 has it.
pub fn text(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
