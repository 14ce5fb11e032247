//! A profile from its bytes.

use moxcms::ColorProfile;

/// The largest profile that is looked at.
const MAX_BYTES: usize = 4 << 20;

/// A profile, or why it is not one.
pub(super) fn parse(icc: &[u8]) -> Result<ColorProfile, &'static str> {
    if icc.len() > MAX_BYTES {
        return Err("it is too large");
    }
    ColorProfile::new_from_slice(icc).map_err(|_| "it is damaged")
}
