//! `obscura bench guest`: the transform alone, one picture after the other.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;
use obscura::key::extension;
use obscura::sandbox::{Basket, Job, Limits, Sandbox, SourceInfo, Transform};
use serde::{Deserialize, Serialize};

use crate::DONE;
use crate::component::Component;

/// Render the pictures named on the standard input, and print the cost of each
///
/// Input: one JSON object per line, {"file", "params", "out"}; "out", a directory for the
/// renditions, is optional. Output: one per line, {"cpu_ms", "peak_memory_bytes"}. Every picture
/// gets a fresh instance, a deadline and the default limits, as in production, unless an option
/// says otherwise. It ends at the end of the input.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The component. Default: the built-in `resize`
    #[arg(long, value_name = "C.wasm")]
    component: Option<PathBuf>,

    /// Compile the component without deadline checks, to measure their cost
    #[arg(long)]
    without_deadlines: bool,
}

#[derive(Deserialize)]
struct Order {
    file: PathBuf,
    params: String,
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Cost {
    cpu_ms: f64,
    peak_memory_bytes: u64,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let component = Component::read(arguments.component.as_deref())?;
    let unbounded = arguments.without_deadlines;
    let sandbox = if unbounded { Sandbox::without_deadlines() } else { Sandbox::new() };
    let transform = component.load(&sandbox?)?;
    for line in std::io::stdin().lock().lines() {
        let order: Order = serde_json::from_str(&line?)?;
        let cost = render(&transform, order)?;
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &cost)?;
        writeln!(out)?;
        out.flush()?;
    }
    Ok(DONE)
}

fn render(transform: &Transform, order: Order) -> anyhow::Result<Cost> {
    let name = order.file.display();
    let picture: Bytes =
        std::fs::read(&order.file).with_context(|| format!("cannot read {name}"))?.into();
    let basket = Basket::default();
    let run = transform.render(Job {
        info: SourceInfo { size: picture.len() as u64, ..SourceInfo::default() },
        stream: Box::new(picture),
        sink: Box::new(basket.clone()),
        parameters: order.params,
        limits: Limits::default(),
        deadline: None,
    });
    run.outcome.with_context(|| format!("cannot render {name}"))?;
    if let Some(out) = order.out {
        for rendition in basket.take() {
            let name = format!("{}.{}", rendition.name, extension(&rendition.media_type));
            let path = out.join(name);
            std::fs::write(&path, &rendition.body)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(Cost {
        cpu_ms: run.measured.cpu.as_secs_f64() * 1e3,
        peak_memory_bytes: run.measured.peak_memory,
    })
}
