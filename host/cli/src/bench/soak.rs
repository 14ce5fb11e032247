//! `obscura bench soak`: a long run of everything at once, after which every key must be right.
//!
//! - [`traffic`]: uploads and deletions of pictures, and their events
//! - [`changes`]: concurrent changes of components and the document
//! - [`settled`]: whether each key shows its newest source

mod changes;
mod settled;
mod traffic;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval};

use self::changes::Changes;
use self::settled::Settled;
use self::traffic::{Counts, Traffic};
use super::photos::Photos;
use super::process::Usage;
use super::watch::{Percentiles, Watch};
use crate::stack::{FUNCTION, Stack, StackFlags};
use crate::{DONE, SOME_FAILED, style};

/// Put the pipeline under load for a long time, while everything changes, and check every key
///
/// Keys follow Zipf's law: few are overwritten often. Among the uploads are broken pictures; others
/// are deleted; events come twice, late and out of order; components are published and rolled back,
/// and the pipeline document changes. At the end, every key must show its newest source, and the
/// destination must contain nothing else.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Photographs, JPEG
    #[arg(value_name = "PHOTO", required = true)]
    photos: Vec<PathBuf>,

    /// Duration, in seconds
    #[arg(long, value_name = "S", default_value = "60")]
    seconds: u64,

    /// Steps per second, most of which are uploads
    #[arg(long, value_name = "N", default_value = "8.0")]
    rate: f64,

    /// Different keys
    #[arg(long, value_name = "N", default_value = "500")]
    keys: usize,

    /// Execution environments
    #[arg(long, value_name = "N", default_value = "2")]
    environments: usize,

    /// Seconds between two changes of components or of the document; 0 for none
    #[arg(long, value_name = "S", default_value = "15")]
    change_every: u64,

    /// Seconds between two samples
    #[arg(long, value_name = "S", default_value = "10")]
    sample_every: u64,

    /// The same seed gives the same steps
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,

    /// The transform function
    #[arg(long, value_name = "PROGRAM")]
    bootstrap: Option<PathBuf>,

    /// The publish function
    #[arg(long, value_name = "PROGRAM")]
    publisher: Option<PathBuf>,

    /// Print one JSON object to standard output
    #[arg(long)]
    json: bool,
}

/// The system at one moment.
#[derive(Debug, Serialize)]
struct Sample {
    at_s: f64,
    /// Events processed since the last sample.
    delivered: usize,
    outstanding: usize,
    latency: Percentiles,
    function: Usage,
    server: Usage,
}

/// All measurements.
#[derive(Debug, Serialize)]
struct Report {
    seed: u64,
    seconds: f64,
    /// The time until all work was done.
    settling_s: f64,
    traffic: Counts,
    published: u64,
    rolled_back: u64,
    documents: u64,
    retried: u64,
    dead: u64,
    latency: Percentiles,
    samples: Vec<Sample>,
    settled: Settled,
}

/// Measure, and print the figures.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let photos = Photos::read(&arguments.photos)?;
    let folder = tempfile::tempdir()?;
    let flags = StackFlags::for_measuring(folder.path(), arguments.bootstrap.clone())
        .environments(arguments.environments)
        .open(arguments.publisher.clone());
    let stack = Stack::start(&flags, |_, _| {}).await?;
    stack.publish_built_in().await?;
    let watch = Watch::begin(FUNCTION, stack.local.events());
    let report = soak(arguments, &photos, &stack, &watch).await?;
    stack.local.shutdown().await;
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&report)?);
    } else {
        print(&report);
    }
    Ok(if report.settled.problems.is_empty() { DONE } else { SOME_FAILED })
}

async fn soak(
    arguments: &Arguments,
    photos: &Photos,
    stack: &Stack,
    watch: &Watch,
) -> anyhow::Result<Report> {
    let started = Instant::now();
    let end = Duration::from_secs(arguments.seconds);
    let mut traffic = Traffic::new(stack, photos, arguments.keys, arguments.seed);
    let mut changes = Changes::new(stack)?;
    let mut latencies = Vec::new();
    let mut samples = Vec::new();
    let mut steps = ticks(Duration::from_secs_f64(1.0 / arguments.rate.max(0.01)));
    let mut sampling = ticks(Duration::from_secs(arguments.sample_every.max(1)));
    let changing = async {
        if arguments.change_every == 0 {
            return Ok(());
        }
        let mut due = ticks(Duration::from_secs(arguments.change_every));
        due.tick().await;
        while started.elapsed() < end {
            due.tick().await;
            changes.next().await?;
        }
        anyhow::Ok(())
    };
    let moving = async {
        while started.elapsed() < end {
            tokio::select! {
                _ = steps.tick() => traffic.step().await?,
                _ = sampling.tick() => {
                    let sample = sample(stack, watch, started);
                    style::complain(&line(&sample.1));
                    latencies.extend(sample.0);
                    samples.push(sample.1);
                }
            }
        }
        anyhow::Ok(())
    };
    tokio::try_join!(moving, changing)?;
    let seconds = started.elapsed().as_secs_f64();
    traffic.calm();
    settle(stack).await?;
    let settling_s = started.elapsed().as_secs_f64() - seconds;
    let last = sample(stack, watch, started);
    latencies.extend(last.0);
    samples.push(last.1);
    let settled = Settled::read(&stack.store).await?;
    let seen = watch.lock();
    anyhow::ensure!(seen.missed == 0, "{} events were not seen", seen.missed);
    Ok(Report {
        seed: arguments.seed,
        seconds,
        settling_s,
        traffic: traffic.counts,
        published: changes.published,
        rolled_back: changes.rolled_back,
        documents: changes.documents,
        retried: seen.retried,
        dead: seen.dead,
        latency: Percentiles::of(latencies),
        samples,
        settled,
    })
}

fn ticks(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// The latencies since the last sample, and a new sample.
fn sample(stack: &Stack, watch: &Watch, started: Instant) -> (Vec<Duration>, Sample) {
    let latencies = watch.take();
    let pids = watch.lock().pids.clone();
    let sample = Sample {
        at_s: started.elapsed().as_secs_f64(),
        delivered: latencies.len(),
        outstanding: stack.local.lambda().outstanding(),
        latency: Percentiles::of(latencies.clone()),
        function: Usage::sum(pids),
        server: Usage::sum([std::process::id()]),
    };
    (latencies, sample)
}

/// Wait until all work is done; dead letters are retried, as an operator would.
async fn settle(stack: &Stack) -> anyhow::Result<()> {
    for _ in 0..20 {
        stack.local.idle().await;
        if stack.local.lambda().redrive()? == 0 {
            return Ok(());
        }
    }
    anyhow::bail!("events keep ending in the dead-letter queue")
}

fn line(sample: &Sample) -> String {
    format!(
        "{:6.0} s: {} processed, {} waiting, p50 {:.0} ms, p99 {:.0} ms; function {}, {} files; server {}, {} files",
        sample.at_s,
        sample.delivered,
        sample.outstanding,
        sample.latency.p50_ms,
        sample.latency.p99_ms,
        style::size(sample.function.rss_bytes),
        sample.function.open_files,
        style::size(sample.server.rss_bytes),
        sample.server.open_files,
    )
}

fn print(report: &Report) {
    let row = |name: &str, value: String| anstream::println!("  {name:<34}{value:>24}");
    let traffic = &report.traffic;
    row("uploads", traffic.uploads.to_string());
    row("of which broken", traffic.broken.to_string());
    row("deletions", traffic.deletions.to_string());
    row("published, rolled back", format!("{}, {}", report.published, report.rolled_back));
    row("documents", report.documents.to_string());
    row("retried, given up on", format!("{}, {}", report.retried, report.dead));
    let Percentiles { p50_ms, p95_ms, p99_ms } = report.latency;
    row("p50 / p95 / p99, ms", format!("{p50_ms:.0} / {p95_ms:.0} / {p99_ms:.0}"));
    row("keys", report.settled.keys.to_string());
    row("renditions", report.settled.renditions.to_string());
    row("problems", report.settled.problems.len().to_string());
    for problem in &report.settled.problems {
        anstream::println!("  {}", style::bad(style::plain(problem)));
    }
}
