//! `obscura bench pipeline`: the cost of a picture from its upload to its renditions.

use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;
use serde::Serialize;

use super::alone::{Alone, alone};
use super::function::{Figures, Function};
use super::start::Start;
use crate::stack::StackFlags;
use crate::{DONE, style};

/// Measure the cost of a picture in the whole local pipeline
///
/// Cold: from an upload that finds no execution environment to its first rendition and to its
/// manifest. Warm: the same with an environment that has processed pictures before. Guest: the
/// processor time of only the transform. All figures are medians.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The photograph
    #[arg(value_name = "PHOTO", default_value = "examples/photos/astronaut.jpg")]
    photo: PathBuf,

    /// The component. Default: the built-in `resize`
    #[arg(long, value_name = "C.wasm")]
    component: Option<PathBuf>,

    /// Cold starts
    #[arg(long, value_name = "N", default_value = "5")]
    cold: u32,

    /// Pictures rendered by a warm environment, after each cold start
    #[arg(long, value_name = "N", default_value = "4")]
    warm: u32,

    #[command(flatten)]
    programs: super::Programs,

    /// Print one JSON object to standard output
    #[arg(long)]
    json: bool,
}

/// All measurements.
#[derive(Debug, Serialize)]
struct Report {
    /// Of each function, ours first.
    functions: Vec<Figures>,
    /// The stages of our cold start.
    start: Option<Start>,
    transform: Alone,
}

/// Measure, and print the figures.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let photo: Bytes = std::fs::read(&arguments.photo)
        .with_context(|| format!("cannot read {}", arguments.photo.display()))?
        .into();
    let report = measure(arguments, &photo).await?;
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&report)?);
        return Ok(DONE);
    }
    let name = arguments.photo.display();
    anstream::println!(
        "{}",
        style::heading(format!("{name}, {}", style::size(photo.len() as u64)))
    );
    print(&report);
    Ok(DONE)
}

async fn measure(arguments: &Arguments, photo: &Bytes) -> anyhow::Result<Report> {
    let folder = tempfile::tempdir()?;
    let flags = StackFlags::for_measuring(folder.path(), arguments.programs.bootstrap.clone());
    let component = arguments.component.as_deref();
    let transform = alone(component, photo, &flags).await?;
    let mut functions = vec![Function::ours(flags)];
    let peers: Vec<_> = arguments.programs.peer.iter().map(|_| tempfile::tempdir()).collect();
    for (program, folder) in arguments.programs.peer.iter().zip(peers.iter().flatten()) {
        functions.push(Function::peer(program, folder.path()));
    }
    for round in 0..arguments.cold.max(1) {
        for function in &mut functions {
            function.round(round, arguments.warm, photo).await?;
        }
    }
    let start = functions.first().and_then(Function::start);
    Ok(Report { functions: functions.iter().map(Function::figures).collect(), start, transform })
}

fn print(report: &Report) {
    let row = |name: &str, value: String| anstream::println!("  {name:<38}{value:>12}");
    let ms = |value: f64| format!("{value:.1} ms");
    for (index, figures) in report.functions.iter().enumerate() {
        if index > 0 {
            anstream::println!("{}", style::heading(&figures.name));
        }
        row("cold start to first rendition", ms(figures.cold_first_rendition_ms));
        row("cold start to manifest", ms(figures.cold_manifest_ms));
        row("warm, upload to manifest", ms(figures.warm_manifest_ms));
        row("warm, as Lambda bills it", ms(figures.warm_billed_ms));
        if let Some(bytes) = figures.peak_rss_bytes {
            row("function's peak memory", style::size(bytes));
        }
    }
    if let Some(start) = &report.start {
        anstream::println!("{}", style::heading("cold start"));
        for (name, value) in start.rows() {
            row(name, ms(value));
        }
    }
    let alone = &report.transform;
    anstream::println!("{}", style::heading("component"));
    row("guest alone, processor time", ms(alone.guest_cpu_ms));
    row("guest's peak memory", style::size(alone.peak_memory_bytes));
    row("size", style::size(alone.component_bytes));
    row("compile", ms(alone.compile_ms));
    row("publish, all of it", ms(alone.publish_ms));
    row("compiled size", style::size(alone.artifact_bytes));
    row("load (map, check, link)", ms(alone.load_ms));
    row("instantiate and drop", ms(alone.instantiate_ms));
}
