//! The cost of a component's run.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The cost of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Processor time of the transform, in milliseconds.
    pub guest_cpu_ms: f64,
    /// Time from the first instruction of the transform to its last, including waits for the
    /// download and the upload, in milliseconds.
    pub wall_ms: f64,
    /// Time until the last byte of the input had arrived, in milliseconds.
    pub download_ms: f64,
    /// Time from the first rendition until the last one was stored, in
    /// milliseconds.
    pub upload_ms: f64,
    /// Peak memory of the transform, in bytes.
    pub peak_memory_bytes: u64,
}

impl Cost {
    /// The sum for two consecutive runs.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            guest_cpu_ms: self.guest_cpu_ms + other.guest_cpu_ms,
            wall_ms: self.wall_ms + other.wall_ms,
            download_ms: self.download_ms + other.download_ms,
            upload_ms: self.upload_ms + other.upload_ms,
            peak_memory_bytes: self.peak_memory_bytes.max(other.peak_memory_bytes),
        }
    }
}

/// Milliseconds, rounded to microseconds.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
