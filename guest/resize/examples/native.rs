//! The transform without a sandbox, like `obscura bench guest`, to measure the overhead of the
//! sandbox.
//!
//! Input: one JSON object per line, `{"file", "params"}`; output: one per line, `{"cpu_ms"}`. `just
//! bench` builds and runs it.

use std::io::BufRead;
use std::path::PathBuf;

use obscura_sdk::testing::{DEFAULT_LIMITS, render};
use resize::Resize;
use serde::Deserialize;

#[derive(Deserialize)]
struct Order {
    file: PathBuf,
    params: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for line in std::io::stdin().lock().lines() {
        let order: Order = serde_json::from_str(&line?)?;
        let picture = std::fs::read(&order.file)?;
        let before = cpu_ms()?;
        render::<Resize>(&picture, &order.params, DEFAULT_LIMITS)
            .map_err(|error| format!("{}: {error:?}", order.file.display()))?;
        println!("{{\"cpu_ms\": {}}}", cpu_ms()? - before);
    }
    Ok(())
}

/// The processor time of this process, from Linux's nanoseconds.
fn cpu_ms() -> std::io::Result<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
    Ok(nanoseconds / 1e6)
}
