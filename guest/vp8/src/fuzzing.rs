//! What fuzzing asks of the decoder beside samples.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static LARGE: AtomicBool = AtomicBool::new(false);

/// The largest coefficient of samples of 8 bits.
const LARGEST: u32 = 2047;

/// Whether a coefficient was larger than those of samples are, since this was asked last. Transforms of such
/// may wrap, which they do in libwebp in other places than elsewhere.
pub fn large() -> bool {
    LARGE.swap(false, Relaxed)
}

pub(crate) fn note(coefficient: i32) {
    if coefficient.unsigned_abs() > LARGEST {
        LARGE.store(true, Relaxed);
    }
}
