//! Parses profiles.

use moxcms::ColorProfile;

/// The maximum size of a profile.
const MAX_BYTES: usize = 4 << 20;

/// Parse a profile, or return why it is invalid.
pub(super) fn parse(icc: &[u8]) -> Result<ColorProfile, &'static str> {
    if icc.len() > MAX_BYTES {
        return Err("it is too large");
    }
    ColorProfile::new_from_slice(icc).map_err(|_| "it is damaged")
}
