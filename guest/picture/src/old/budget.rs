//! What a picture may cost, checked by its header.

use obscura_sdk::{Error, Limits};

/// What the program itself takes, in bytes.
const OVERHEAD: u64 = 24 << 20;

/// Refuse a picture of too many pixels. Gives how many it has.
pub(crate) fn pixels(width: u32, height: u32, limits: Limits) -> Result<u64, Error> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(Error::Malformed(format!("the picture says it is {width}×{height} pixels")));
    }
    if pixels > limits.max_pixels {
        return Err(Error::LimitExceeded(format!(
            "the picture has {width}×{height} pixels, more than the {} allowed; make it smaller, \
             or raise the limit of pixels",
            limits.max_pixels
        )));
    }
    Ok(pixels)
}

/// Refuse what takes `bytes` of memory at once. Gives what is left of the limit
/// for it.
pub(crate) fn memory(bytes: u64, limits: Limits) -> Result<u64, Error> {
    let needed = bytes.saturating_add(OVERHEAD);
    if needed > limits.max_memory {
        return Err(Error::LimitExceeded(format!(
            "the picture needs {} MiB of memory, more than the {} allowed; make it smaller, or \
             raise the limit of memory",
            needed >> 20,
            limits.max_memory >> 20
        )));
    }
    Ok(limits.max_memory - OVERHEAD)
}
