//! `obscura bench load`: many pictures, through our function and others.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use obscura::store::{Condition, Put, Store};
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval};

use super::photos::Photos;
use super::process::Usage;
use super::watch::{Percentiles, Watch};
use crate::stack::{DESTINATION, FUNCTION, SOURCE, Stack, StackFlags};
use crate::{DONE, style};

/// Uploads of a burst under way at the same time.
const UPLOADS: usize = 8;

/// Measure the throughput and latency of many pictures, next to other functions
///
/// Each function has its own folder and S3 server; the pictures are the same. First they are
/// uploaded as fast as possible, to measure the throughput. Then they are uploaded at a steady
/// rate, to measure the latency. The functions take turns, one round each.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Photographs, JPEG
    #[arg(value_name = "PHOTO", required = true)]
    photos: Vec<PathBuf>,

    /// Pictures per burst
    #[arg(long, value_name = "N", default_value = "100")]
    pictures: u64,

    /// Pictures per second at the steady rate
    #[arg(long, value_name = "N", default_value = "2.0")]
    rate: f64,

    /// Duration of the steady rate, in seconds
    #[arg(long, value_name = "S", default_value = "20")]
    seconds: u64,

    /// Execution environments
    #[arg(long, value_name = "N", default_value = "2")]
    environments: usize,

    /// Rounds; the medians are reported
    #[arg(long, value_name = "N", default_value = "3")]
    rounds: u32,

    #[command(flatten)]
    programs: super::Programs,

    /// Print one JSON object to standard output
    #[arg(long)]
    json: bool,
}

/// Medians of a function's rounds.
#[derive(Debug, Serialize)]
struct Figures {
    name: String,
    pictures_per_second: f64,
    renditions_per_second: f64,
    /// Processors that the function's processes were busy with, during the burst.
    cores: f64,
    /// The same for S3, the queue and the uploader.
    cores_of_server: f64,
    /// Processor time of the function's processes, per picture.
    cpu_ms: f64,
    burst: Percentiles,
    steady: Percentiles,
    /// All processes of the function together, after a burst; the largest of the rounds.
    rss_bytes: u64,
}

/// One round of one function.
struct Round {
    seconds: f64,
    renditions: usize,
    function: Usage,
    server: Usage,
    burst: Percentiles,
    steady: Percentiles,
}

/// A function and its measurements.
struct Function {
    name: String,
    flags: StackFlags,
    peer: bool,
    rounds: Vec<Round>,
    /// Emptied by the drop.
    _folder: tempfile::TempDir,
}

/// Measure, and print the figures.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let photos = Photos::read(&arguments.photos)?;
    let mut functions =
        vec![Function::new("Obscura", arguments.programs.bootstrap.clone(), arguments)?];
    for program in &arguments.programs.peer {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut function = Function::new(&name, Some(program.clone()), arguments)?;
        function.peer = true;
        functions.push(function);
    }
    for round in 0..arguments.rounds.max(1) {
        for function in &mut functions {
            style::complain(&format!("{}: round {}", function.name, round + 1));
            let found = function.round(round, arguments, &photos).await?;
            function.rounds.push(found);
        }
    }
    let figures: Vec<_> = functions.iter().map(|one| one.figures(arguments.pictures)).collect();
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&figures)?);
    } else {
        figures.iter().for_each(print);
    }
    Ok(DONE)
}

impl Function {
    fn new(name: &str, program: Option<PathBuf>, arguments: &Arguments) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let flags =
            StackFlags::for_measuring(folder.path(), program).environments(arguments.environments);
        let name = name.to_owned();
        Ok(Self { name, flags, peer: false, rounds: Vec::new(), _folder: folder })
    }

    async fn round(
        &mut self,
        round: u32,
        arguments: &Arguments,
        photos: &Photos,
    ) -> anyhow::Result<Round> {
        if !self.peer && round == 0 {
            let stack = Stack::start(&self.flags.clone().open(None), |_, _| {}).await?;
            stack.publish_built_in().await?;
            stack.local.shutdown().await;
        }
        let stack = Stack::start(&self.flags, |_, _| {}).await?;
        let watch = Watch::begin(FUNCTION, stack.local.events());
        // All environments start before the measurement.
        let warm = arguments.environments as u64 * 2;
        burst(&stack.store, &format!("warm-{round}"), warm, photos).await?;
        watch.all(warm).await?;

        let pids = watch.lock().pids.clone();
        let usage = || (Usage::sum(pids.iter().copied()), Usage::sum([std::process::id()]));
        let (function, server) = usage();
        let started = Instant::now();
        burst(&stack.store, &format!("burst-{round}"), arguments.pictures, photos).await?;
        let latencies = watch.all(arguments.pictures).await?;
        let seconds = started.elapsed().as_secs_f64();
        let (function_after, server_after) = usage();
        let burst = Percentiles::of(latencies);
        let made = stack.store.list(DESTINATION, &format!("burst-{round}/")).await?;

        let count = steady(&stack.store, &format!("steady-{round}"), arguments, photos).await?;
        let steady = Percentiles::of(watch.all(count).await?);
        stack.local.shutdown().await;
        Ok(Round {
            seconds,
            renditions: made.iter().filter(|key| !key.ends_with("/manifest.json")).count(),
            function: spent(function, function_after),
            server: spent(server, server_after),
            burst,
            steady,
        })
    }

    fn figures(&self, pictures: u64) -> Figures {
        let median = |value: &dyn Fn(&Round) -> f64| {
            super::figures::median(self.rounds.iter().map(value).collect())
        };
        let percentiles = |of: fn(&Round) -> Percentiles| Percentiles {
            p50_ms: median(&|round| of(round).p50_ms),
            p95_ms: median(&|round| of(round).p95_ms),
            p99_ms: median(&|round| of(round).p99_ms),
        };
        Figures {
            name: self.name.clone(),
            pictures_per_second: median(&|round| pictures as f64 / round.seconds),
            renditions_per_second: median(&|round| round.renditions as f64 / round.seconds),
            cores: median(&|round| round.function.cpu_s / round.seconds),
            cores_of_server: median(&|round| round.server.cpu_s / round.seconds),
            cpu_ms: median(&|round| round.function.cpu_s * 1e3 / pictures as f64),
            burst: percentiles(|round| round.burst),
            steady: percentiles(|round| round.steady),
            rss_bytes: self.rounds.iter().map(|round| round.function.rss_bytes).max().unwrap_or(0),
        }
    }
}

/// The time between the two, and the content of the second one.
fn spent(before: Usage, after: Usage) -> Usage {
    Usage { cpu_s: after.cpu_s - before.cpu_s, ..after }
}

/// Upload as fast as possible.
async fn burst(store: &Store, folder: &str, count: u64, photos: &Photos) -> anyhow::Result<()> {
    let uploads = stream::iter(0..count).map(|number| upload(store, folder, number, photos));
    uploads.buffer_unordered(UPLOADS).try_collect().await
}

/// Upload at the steady rate, whether or not the function keeps up; return the number of uploads.
async fn steady(
    store: &Store,
    folder: &str,
    arguments: &Arguments,
    photos: &Photos,
) -> anyhow::Result<u64> {
    let mut ticks = interval(Duration::from_secs_f64(1.0 / arguments.rate.max(0.01)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let count = (arguments.seconds as f64 * arguments.rate) as u64;
    for number in 0..count {
        ticks.tick().await;
        upload(store, folder, number, photos).await?;
    }
    Ok(count)
}

async fn upload(store: &Store, folder: &str, number: u64, photos: &Photos) -> anyhow::Result<()> {
    let put = Put { body: photos.of(number), content_type: "image/jpeg", ..Put::default() };
    store.put(SOURCE, &format!("{folder}/{number}.jpg"), put, Condition::Always).await?;
    Ok(())
}

fn print(figures: &Figures) {
    let row = |name: &str, value: String| anstream::println!("  {name:<42}{value:>20}");
    let percentiles =
        |of: Percentiles| format!("{:.0} / {:.0} / {:.0}", of.p50_ms, of.p95_ms, of.p99_ms);
    anstream::println!("{}", style::heading(&figures.name));
    row("pictures a second", format!("{:.1}", figures.pictures_per_second));
    row("renditions a second", format!("{:.1}", figures.renditions_per_second));
    row("processors, of the function", format!("{:.2}", figures.cores));
    row("processors, of S3, queue and uploads", format!("{:.2}", figures.cores_of_server));
    row("processor time a picture, ms", format!("{:.0}", figures.cpu_ms));
    row("in a burst, p50 / p95 / p99, ms", percentiles(figures.burst));
    row("at a steady rate, p50 / p95 / p99, ms", percentiles(figures.steady));
    row("memory of the function's processes", style::size(figures.rss_bytes));
}
