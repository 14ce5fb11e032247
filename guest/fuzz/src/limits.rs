//! The targets' limits.

use obscura_sdk::Limits;

/// Small, so that the fuzzer finds inputs that exceed them, and does not spend its time on pixels.
pub const LIMITS: Limits = Limits { max_pixels: 1 << 17, max_frames: 40, max_memory: 40 << 20 };

/// Bytes of memory that a transform may use in addition to [`LIMITS`]: for the file, of which the
/// fuzzer also has a copy, and for excess capacity of allocations.
pub const SLACK: usize = 16 << 20;

/// The byte that selects the settings.
#[must_use]
pub fn settings(file: &[u8]) -> u8 {
    file.last().copied().unwrap_or(0)
}
