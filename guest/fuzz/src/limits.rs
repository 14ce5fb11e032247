//! What targets allow.

use obscura_sdk::Limits;

/// Small, so that the fuzzer finds what costs more than the limits say.
pub const LIMITS: Limits = Limits { max_pixels: 1 << 20, max_frames: 40, max_memory: 40 << 20 };

/// Bytes of memory that a transform may hold beside what [`LIMITS`] count: the file, which is kept by the
/// fuzzer, too, and what is allocated in one go more than is needed.
pub const SLACK: usize = 16 << 20;

/// The byte that chooses settings.
#[must_use]
pub fn settings(file: &[u8]) -> u8 {
    file.last().copied().unwrap_or(0)
}
