//! Memory limits.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Limits for one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of pixels, over all frames. The transform checks it.
    pub max_pixels: u64,
    /// The maximum number of frames of an animation. The transform checks it.
    pub max_frames: u32,
    /// The maximum linear memory in bytes, over all memories.
    pub max_memory_bytes: u64,
    /// The maximum size of all renditions together, in bytes.
    pub max_output_bytes: u64,
    /// The maximum time from the first instruction to the last.
    pub max_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pixels: 100_000_000,
            max_frames: 1_000,
            max_memory_bytes: 512 << 20,
            max_output_bytes: 128 << 20,
            max_time: Duration::from_secs(30),
        }
    }
}

/// The instance exceeded its memory limit.
#[derive(Debug, thiserror::Error)]
#[error("memory limit exceeded")]
pub(super) struct MemoryExceeded;

/// Grants memory up to a limit over all memories of an instance, and records the peak.
#[derive(Debug)]
pub(super) struct MemoryMeter {
    limit: usize,
    used: usize,
    peak: usize,
}

impl MemoryMeter {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), used: 0, peak: 0 }
    }

    /// Peak use in bytes.
    pub(super) fn peak(&self) -> u64 {
        self.peak as u64
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let used = self.used.saturating_add(desired.saturating_sub(current));
        if used > self.limit {
            // An error rather than `false`, so that it traps: a guest could continue after a failed
            // allocation.
            return Err(MemoryExceeded.into());
        }
        self.used = used;
        self.peak = self.peak.max(used);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        const MAX_ELEMENTS: usize = 100_000;
        if desired > MAX_ELEMENTS {
            return Err(MemoryExceeded.into());
        }
        Ok(true)
    }
}
