//! What fuzzing asks of the decoder beside samples.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static WRAPPED: AtomicBool = AtomicBool::new(false);

/// Whether a coefficient did not fit into 16 bits, since this was asked last. libwebp lets it wrap, as we do;
/// other decoders keep more bits.
pub fn wrapped() -> bool {
    WRAPPED.swap(false, Relaxed)
}

pub(crate) fn note(coefficient: i32) {
    if i16::try_from(coefficient).is_err() {
        WRAPPED.store(true, Relaxed);
    }
}
