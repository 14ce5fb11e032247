//! The flags that limit the cost of a picture.

use std::time::Duration;

use clap::value_parser;
use obscura::sandbox::{Limits, MAX_MEMORY_BYTES};

/// The maximum of `--max-time-s`: Lambda's limit for a function.
const LONGEST_S: f64 = 900.0;

/// How much one picture may cost.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitFlags {
    /// Maximum number of pixels of a picture, over all frames
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_pixels)]
    max_pixels: u64,

    /// Maximum memory of the transform, in MiB
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().max_memory_bytes >> 20,
          value_parser = value_parser!(u64).range(1..=MAX_MEMORY_BYTES >> 20))]
    max_memory_mib: u64,

    /// Maximum time per picture, in seconds
    #[arg(long, value_name = "S", default_value_t = Limits::default().max_time.as_secs_f64(),
          value_parser = seconds)]
    max_time_s: f64,

    /// Maximum size of all renditions of a picture together, in MiB
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().max_output_bytes >> 20,
          value_parser = value_parser!(u64).range(1..=MAX_MEMORY_BYTES >> 20))]
    max_output_mib: u64,
}

impl LimitFlags {
    /// The limits for the sandbox.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            max_pixels: self.max_pixels,
            max_memory_bytes: self.max_memory_mib << 20,
            max_output_bytes: self.max_output_mib << 20,
            max_time: Duration::from_secs_f64(self.max_time_s),
            ..Limits::default()
        }
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= LONGEST_S => Ok(seconds),
        _ => Err(format!("a number of seconds above 0 and up to {LONGEST_S} is expected")),
    }
}
