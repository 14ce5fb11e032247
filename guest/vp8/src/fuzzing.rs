//! Decoder state that fuzzing checks in addition to samples.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static LARGE: AtomicBool = AtomicBool::new(false);

/// The largest coefficient of samples of 8 bits.
const LARGEST: u32 = 2047;

/// Whether a coefficient since the last call was outside the range that 8-bit samples produce.
/// Transforms of such coefficients may wrap, and libwebp wraps in different places than other
/// decoders.
pub fn large() -> bool {
    LARGE.swap(false, Relaxed)
}

pub(crate) fn note(coefficient: i32) {
    if coefficient.unsigned_abs() > LARGEST {
        LARGE.store(true, Relaxed);
    }
}
