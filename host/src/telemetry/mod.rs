//! Logs and metrics.
//!
//! - `log`: structured lines, JSON in Lambda and readable on a terminal
//! - `metric`: CloudWatch's embedded metric format

mod log;
mod metric;

pub use log::{REPEATED, start};
pub use metric::{ColdStart, Metrics};
