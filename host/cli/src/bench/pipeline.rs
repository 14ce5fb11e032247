//! `obscura bench pipeline`: what a picture costs from its upload to its
//! renditions.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use obscura::key::{Destination, SourceKey};
use obscura::pipeline::Manifest;
use obscura::publish::Publisher;
use obscura::sandbox::{Job, Limits, Sandbox, SourceInfo, Transform};
use obscura::store::{Condition, Fetched, Put};
use serde::Serialize;

use crate::basket::Basket;
use crate::built;
use crate::component::Component;
use crate::stack::{COMPONENTS, DESTINATION, SOURCE, Stack, StackFlags};
use crate::{DONE, style};

/// Measure what a picture costs, through the whole pipeline on this machine
///
/// Cold: from an upload that finds no execution environment to its first
/// rendition and to its manifest. Warm: the same with an environment that has
/// worked before. Guest: the processor time of the transform alone. Medians.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The photograph
    #[arg(value_name = "PHOTO", default_value = "examples/photos/astronaut.jpg")]
    photo: PathBuf,

    /// The component; the built-in `resize` if none is named
    #[arg(long, value_name = "C.wasm")]
    component: Option<PathBuf>,

    /// Cold starts
    #[arg(long, value_name = "N", default_value = "5")]
    cold: u32,

    /// Pictures rendered by a warm environment
    #[arg(long, value_name = "N", default_value = "20")]
    warm: u32,

    /// The transform function
    #[arg(long, value_name = "PROGRAM")]
    bootstrap: Option<PathBuf>,

    /// The function is another project's: nothing is published for it, and
    /// whatever object it writes last, as `<key>/manifest.json`, is not read
    #[arg(long, requires = "bootstrap")]
    peer: bool,

    /// One JSON object on the standard output
    #[arg(long)]
    json: bool,
}

/// Medians, in milliseconds.
#[derive(Debug, Serialize)]
struct Figures {
    #[serde(flatten)]
    function: Uploads,
    #[serde(flatten)]
    transform: Option<Alone>,
}

/// From an upload to what appears.
#[derive(Debug, Serialize)]
struct Uploads {
    cold_first_rendition_ms: f64,
    cold_manifest_ms: f64,
    warm_manifest_ms: f64,
}

/// The transform, without the function around it.
#[derive(Debug, Serialize)]
struct Alone {
    component_bytes: u64,
    artifact_bytes: u64,
    compile_ms: f64,
    /// Everything that publishing does: checks, compilation, uploads.
    publish_ms: f64,
    load_ms: f64,
    guest_cpu_ms: f64,
    peak_memory_bytes: u64,
}

/// How often the destination is looked at.
const POLL: Duration = Duration::from_millis(1);
/// The longest that one picture may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measure, and print the figures.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let photo: Bytes = std::fs::read(&arguments.photo)
        .with_context(|| format!("cannot read {}", arguments.photo.display()))?
        .into();
    let figures = measure(arguments, &photo).await?;
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&figures)?);
        return Ok(DONE);
    }
    let row = |name: &str, value: String| anstream::println!("  {name:<38}{value:>12}");
    let ms = |value: f64| format!("{value:.1} ms");
    let name = arguments.photo.display();
    anstream::println!(
        "{}",
        style::heading(format!("{name}, {}", style::size(photo.len() as u64)))
    );
    let Uploads { cold_first_rendition_ms, cold_manifest_ms, warm_manifest_ms } = figures.function;
    row("cold start to first rendition", ms(cold_first_rendition_ms));
    row("cold start to manifest", ms(cold_manifest_ms));
    row("warm, upload to manifest", ms(warm_manifest_ms));
    let Some(alone) = figures.transform else { return Ok(DONE) };
    row("guest alone, processor time", ms(alone.guest_cpu_ms));
    row("guest's peak memory", style::size(alone.peak_memory_bytes));
    anstream::println!("{}", style::heading("component"));
    row("size", style::size(alone.component_bytes));
    row("compile", ms(alone.compile_ms));
    row("publish, all of it", ms(alone.publish_ms));
    row("compiled size", style::size(alone.artifact_bytes));
    row("load (map, check, link)", ms(alone.load_ms));
    Ok(DONE)
}

async fn measure(arguments: &Arguments, photo: &Bytes) -> anyhow::Result<Figures> {
    let folder = tempfile::tempdir()?;
    let flags = StackFlags::for_measuring(folder.path(), arguments.bootstrap.clone());
    let transform =
        if arguments.peer { None } else { Some(alone(arguments, photo, &flags).await?) };

    let (mut first, mut manifest, mut warm) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..arguments.cold.max(1) {
        let stack = Stack::start(&flags, |_, _| {}).await?;
        let times = one(&stack, &format!("cold-{round}.jpg"), photo, arguments.peer).await?;
        first.push(times.first_rendition);
        manifest.push(times.manifest);
        if round == 0 {
            for round in 0..arguments.warm.max(1) {
                let key = format!("warm-{round}.jpg");
                warm.push(one(&stack, &key, photo, arguments.peer).await?.manifest);
            }
        }
        stack.local.shutdown().await;
    }
    Ok(Figures {
        function: Uploads {
            cold_first_rendition_ms: median(first),
            cold_manifest_ms: median(manifest),
            warm_manifest_ms: median(warm),
        },
        transform,
    })
}

/// The transform without the function around it; it is published on the way.
async fn alone(arguments: &Arguments, photo: &Bytes, flags: &StackFlags) -> anyhow::Result<Alone> {
    let component = Component::read(arguments.component.as_deref())?;
    let sandbox = Sandbox::new()?;
    let (guest, load_ms) = tokio::task::block_in_place(|| guest(&component, &sandbox, photo))?;
    let stack = Stack::start(flags, |_, _| {}).await?;
    let publisher = Publisher::new(stack.store.clone(), COMPONENTS, built::prover()?);
    let bytes = Bytes::from(component.bytes.clone());
    let started = Instant::now();
    let published = publisher.publish(bytes, obscura::component::Channel::Stable, "bench").await?;
    let publish_ms = milliseconds(started.elapsed());
    let artifacts = &published.pointer.release.artifacts;
    let artifact_bytes = artifacts.values().map(|artifact| artifact.bytes).sum();
    stack.local.shutdown().await;
    Ok(Alone {
        component_bytes: component.bytes.len() as u64,
        artifact_bytes,
        compile_ms: milliseconds(published.compile_time),
        publish_ms,
        load_ms,
        guest_cpu_ms: median(guest.iter().map(|(cpu, _)| *cpu).collect()),
        peak_memory_bytes: guest.iter().map(|(_, peak)| *peak).max().unwrap_or(0),
    })
}

/// The transform alone, several times.
fn guest(
    component: &Component,
    sandbox: &Sandbox,
    photo: &Bytes,
) -> anyhow::Result<(Vec<(f64, u64)>, f64)> {
    const ROUNDS: usize = 15;
    let artifact = component.compile(sandbox)?;
    let started = Instant::now();
    let transform = Transform::load(sandbox, &artifact)?;
    let load_ms = milliseconds(started.elapsed());
    let mut runs = Vec::new();
    for _ in 0..ROUNDS {
        let run = transform.render(Job {
            info: SourceInfo { size: photo.len() as u64, ..SourceInfo::default() },
            stream: Box::new(photo.clone()),
            sink: Box::new(Basket::default()),
            parameters: String::new(),
            limits: Limits::default(),
            deadline: None,
        });
        run.outcome?;
        runs.push((milliseconds(run.measured.cpu), run.measured.peak_memory));
    }
    Ok((runs, load_ms))
}

/// What one upload took.
struct Times {
    first_rendition: f64,
    manifest: f64,
}

async fn one(stack: &Stack, key: &str, photo: &Bytes, peer: bool) -> anyhow::Result<Times> {
    let started = Instant::now();
    let put = Put { body: photo.clone(), content_type: "image/jpeg", ..Put::default() };
    stack.store.put(SOURCE, key, put, Condition::Always).await?;
    let destination = Destination::new("", &SourceKey::literal(key));
    let mut first_rendition = None;
    while started.elapsed() < PATIENCE {
        if first_rendition.is_none()
            && !stack.store.list(DESTINATION, &format!("{key}/")).await?.is_empty()
        {
            first_rendition = Some(milliseconds(started.elapsed()));
        }
        if let Fetched::Object(object) =
            stack.store.get(DESTINATION, &destination.manifest(), None).await?
        {
            let manifest = milliseconds(started.elapsed());
            let text = object.body.collect(1 << 20).await?;
            if !peer {
                serde_json::from_slice::<Manifest>(&text)?;
            }
            let first_rendition = first_rendition.unwrap_or(manifest);
            return Ok(Times { first_rendition, manifest });
        }
        if stack.store.head(DESTINATION, &destination.error()).await?.is_some() {
            bail!("{key} could not be rendered; `obscura render` says why");
        }
        tokio::time::sleep(POLL).await;
    }
    bail!("{key}: nothing appeared within {} s", PATIENCE.as_secs())
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
