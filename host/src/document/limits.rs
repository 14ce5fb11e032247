//! Limits on the cost of a picture.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sandbox::{Limits, MAX_MEMORY_BYTES};

/// Limits of a step for one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StepLimits {
    /// The maximum size of the upload, in bytes.
    pub max_bytes: u64,
    /// The maximum number of pixels, over all frames.
    pub max_pixels: u64,
    /// The maximum number of frames of an animation.
    pub max_frames: u32,
    /// The maximum memory, in mebibytes; up to 2048.
    pub max_memory_mib: u64,
    /// The maximum size of all renditions together, in mebibytes.
    pub max_output_mib: u64,
    /// The maximum time, in seconds.
    pub max_seconds: f64,
}

impl Default for StepLimits {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            max_bytes: 256 << 20,
            max_pixels: limits.max_pixels,
            max_frames: limits.max_frames,
            max_memory_mib: limits.max_memory_bytes >> 20,
            max_output_mib: limits.max_output_bytes >> 20,
            max_seconds: limits.max_time.as_secs_f64(),
        }
    }
}

impl StepLimits {
    pub(super) fn check(&self) -> Result<(), String> {
        let most = MAX_MEMORY_BYTES >> 20;
        if !(1..=most).contains(&self.max_memory_mib) {
            return Err(format!("max_memory_mib: 1 to {most} are possible"));
        }
        if !(1..=most).contains(&self.max_output_mib) {
            return Err(format!("max_output_mib: 1 to {most} are possible"));
        }
        if !(0.01..=890.0).contains(&self.max_seconds) {
            return Err("max_seconds: 0.01 to 890 are possible".to_owned());
        }
        Ok(())
    }

    /// As limits of the sandbox.
    pub fn for_sandbox(&self) -> Limits {
        Limits {
            max_pixels: self.max_pixels,
            max_frames: self.max_frames,
            max_memory_bytes: self.max_memory_mib << 20,
            max_output_bytes: self.max_output_mib << 20,
            max_time: Duration::from_secs_f64(self.max_seconds),
        }
    }
}
