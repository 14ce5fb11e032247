//! `obscura backfill`: renders pictures that were in the source bucket before the deployment.
//!
//! - [`keys`]: the pictures
//! - [`jobs`], [`direct`]: the two ways to invoke the function
//! - [`progress`]: the progress, in a file
//! - [`estimate`]: the cost
//! - [`csv`]: manifests and reports

mod csv;
mod direct;
pub(crate) mod estimate;
mod jobs;
mod keys;
mod progress;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use obscura::store::Store;
use serde_json::json;

use crate::aws::{Aws, AwsError};
use crate::deployment::{Named, Outputs};
use crate::functions::Functions;
use crate::{DONE, SOME_FAILED, style};
use direct::Direct;
use estimate::{Estimate, measured};
use jobs::{Jobs, Unfinished};
use keys::{Found, Inventory, Keys, Listing};
use progress::Progress;

/// With --direct, the progress is saved after this many pictures.
const DIRECT_CHUNK: u64 = 100;
/// The number of failures that are shown; the file has all of them.
const MOST_SHOWN: usize = 10;

/// Render pictures that were uploaded before the deployment, or process all pictures again
///
/// S3 Batch Operations invokes the transform function, job by job, even while this machine is off;
/// with --direct, this machine invokes the function instead. The progress is kept in a file: if it
/// is interrupted, run it again to resume. A picture whose renditions are up to date costs a few
/// requests and is not rendered again.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    deployment: Named,

    /// Count and estimate, and render nothing
    #[arg(long)]
    dry_run: bool,

    /// Only keys with this prefix. Default: the deployment's source prefix
    #[arg(long, value_name = "PREFIX", default_value = "")]
    prefix: String,

    /// An S3 Inventory (CSV) instead of a listing: its manifest,
    /// s3://BUCKET/…/manifest.json
    #[arg(long, value_name = "ADDRESS")]
    inventory: Option<String>,

    /// Stop after this many pictures
    #[arg(long, value_name = "N")]
    most: Option<u64>,

    /// Stop before the cost exceeds about this many dollars
    #[arg(long, value_name = "DOLLARS")]
    most_dollars: Option<f64>,

    /// Pictures per job
    #[arg(long, value_name = "N", default_value_t = 100_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    job_size: u64,

    /// Invoke the function from this machine, without S3 Batch Operations
    #[arg(long)]
    direct: bool,

    /// Number of pictures in parallel, with --direct and for the estimate
    #[arg(long, value_name = "N", default_value_t = 20,
          value_parser = clap::value_parser!(u64).range(1..=1000))]
    concurrency: u64,

    /// Seconds per picture, for the estimate. Default: the recent average
    #[arg(long, value_name = "S")]
    seconds: Option<f64>,

    /// The file with the progress. Default: backfill-BUCKET.json
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Cancel the running job
    #[arg(long, conflicts_with_all = ["dry_run", "direct", "json"])]
    cancel: bool,

    /// Print one JSON object to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  just backfill --dry-run
      Print the number of pictures, the time and the cost.
  just backfill --most 100
      Render some of them first.
  just backfill --most-dollars 5
      Render as many as five dollars pay for.
  obscura backfill --deployment terraform/examples/minimal --direct --prefix 2023/
      Invoke the function from this machine. `just backfill` uses the deployment of `just deploy`.
Exit codes: 0 done, 1 some pictures failed, 2 it was stopped: run it again to resume.";

/// A running backfill.
struct Backfill<'a> {
    arguments: &'a Arguments,
    progress: Progress,
    estimate: Estimate,
    way: Way,
    store: Store,
    bucket: String,
    prefix: String,
}

enum Way {
    Jobs(Jobs),
    Direct(Direct),
}

/// Run the command.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let outputs = arguments.deployment.outputs()?;
    let bucket = outputs.source_bucket_name.clone();
    let state = arguments.state.clone();
    let state = state.unwrap_or_else(|| PathBuf::from(format!("backfill-{bucket}.json")));
    let mut progress = Progress::read(&state)?;
    let (aws, store) = (Aws::from_environment().await?, Store::from_environment().await);
    if arguments.cancel {
        let running = progress.running().cloned();
        let running = running.with_context(|| format!("{} contains no job", state.display()))?;
        match &running.job {
            Some(job) => {
                Jobs::new(store, aws.s3control(), &outputs)?.cancel(job).await?;
                anstream::println!("job {job} is being cancelled");
            }
            None => {
                progress.forget()?;
                anstream::println!("the job could not be created; it is forgotten");
            }
        }
        return Ok(DONE);
    }
    let function = outputs.transform_function_name.clone();
    let estimate = estimate(arguments, &aws, &function).await?;
    let way = if arguments.direct {
        let functions = Functions::from_environment().await?;
        let concurrency = usize::try_from(arguments.concurrency)?;
        Way::Direct(Direct { functions, function, bucket: bucket.clone(), concurrency })
    } else {
        Way::Jobs(Jobs::new(store.clone(), aws.s3control(), &outputs)?)
    };
    let prefix = prefix(arguments, &outputs);
    let mut backfill = Backfill { arguments, progress, estimate, way, store, bucket, prefix };
    tokio::select! {
        done = backfill.run() => done?,
        _ = tokio::signal::ctrl_c() => bail!(
            "stopped waiting; a running job continues. Run this again to resume, or with --cancel"
        ),
    }
    if arguments.dry_run || backfill.progress.failed().is_empty() {
        return Ok(DONE);
    }
    if !arguments.json {
        backfill.tell_failures(&state);
    }
    Ok(SOME_FAILED)
}

fn prefix(arguments: &Arguments, outputs: &Outputs) -> String {
    let given = &arguments.prefix;
    if given.is_empty() { outputs.source_prefix.clone() } else { given.clone() }
}

async fn estimate(arguments: &Arguments, aws: &Aws, function: &str) -> anyhow::Result<Estimate> {
    let asked = aws.lambda().get_function_configuration().function_name(function).send().await;
    let asked = asked.map_err(|error| AwsError::of("lambda:GetFunctionConfiguration", error))?;
    let memory = f64::from(asked.memory_size().unwrap_or(0));
    let seconds = match arguments.seconds {
        Some(_) => None,
        None => measured(&aws.cloudwatch()?, function).await?,
    };
    let size = (!arguments.direct).then_some(arguments.job_size);
    Ok(Estimate::new(arguments.seconds, seconds, memory, arguments.concurrency, size))
}

impl Backfill<'_> {
    async fn run(&mut self) -> anyhow::Result<()> {
        if !self.arguments.dry_run {
            self.take_up(false).await?;
        }
        let paid = self.arguments.most_dollars.map(|dollars| self.estimate.affordable(dollars));
        let most = paid.into_iter().chain(self.arguments.most).min();
        let mut keys = self.keys().await?;
        if self.arguments.dry_run {
            return self.count(&mut keys, most).await;
        }
        let size = if self.arguments.direct {
            self.arguments.job_size.min(DIRECT_CHUNK)
        } else {
            self.arguments.job_size
        };
        let mut rendered = 0;
        loop {
            let left = most.map_or(u64::MAX, |most| most - rendered);
            let chunk = keys.chunk(size.min(left)).await?;
            if chunk.is_empty() {
                break;
            }
            let started = Instant::now();
            self.render(&chunk).await?;
            rendered += chunk.len() as u64;
            self.say(&format!(
                "{} done, {} failed, {:.0} s, about ${:.4} this time",
                self.progress.done(),
                self.progress.failed().len(),
                started.elapsed().as_secs_f64(),
                self.estimate.dollars(rendered)
            ));
        }
        let stopped = most.is_some_and(|most| rendered >= most) && keys.next().await?.is_some();
        if stopped {
            self.say(&format!(
                "stopped after {rendered}, the requested maximum; run it again to continue"
            ));
        }
        if self.arguments.json {
            let (done, failed) = (self.progress.done(), self.progress.failed());
            let dollars = self.estimate.dollars(rendered);
            let said = json!({
                "rendered": rendered, "done": done, "failed": failed, "dollars": dollars,
                "stopped": stopped,
            });
            anstream::println!("{said}");
        }
        Ok(())
    }

    /// The remaining pictures.
    async fn keys(&self) -> anyhow::Result<Keys> {
        let (store, mark) = (self.store.clone(), self.progress.mark());
        let (bucket, prefix) = (&self.bucket, &self.prefix);
        Ok(match &self.arguments.inventory {
            Some(address) => {
                Keys::Inventory(Inventory::open(store, address, bucket, prefix, mark).await?)
            }
            None => Keys::Listing(Listing::new(store, bucket, prefix, mark)?),
        })
    }

    async fn count(&self, keys: &mut Keys, most: Option<u64>) -> anyhow::Result<()> {
        let bar =
            if self.arguments.json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        bar.enable_steady_tick(Duration::from_millis(200));
        let mut count = 0;
        while most.is_none_or(|most| count < most) && keys.next().await?.is_some() {
            count += 1;
            if count % 1000 == 0 {
                bar.set_message(format!("{count} pictures so far"));
            }
        }
        bar.finish_and_clear();
        let done = self.progress.done();
        if self.arguments.json {
            let (jobs, dollars) = (self.estimate.jobs(count), self.estimate.dollars(count));
            let said = json!({
                "pictures": count, "done": done, "jobs": jobs, "dollars": dollars,
                "seconds": self.estimate.time(count),
            });
            anstream::println!("{said}");
            return Ok(());
        }
        self.estimate.lines(count, done).iter().for_each(|line| self.say(line));
        Ok(())
    }

    async fn render(&mut self, chunk: &[Found]) -> anyhow::Result<()> {
        let Some((_, mark)) = chunk.last() else { return Ok(()) };
        match &self.way {
            Way::Jobs(jobs) => {
                // The state is saved before the job is created: if the program is killed in
                // between, the same token gives the same job.
                let prepared = jobs.prepare(chunk).await?;
                self.progress.begin(prepared)?;
                self.take_up(true).await
            }
            Way::Direct(direct) => {
                let bar = self.bar(chunk.len() as u64);
                let failed = direct.run(chunk, || bar.inc(1)).await;
                bar.finish_and_clear();
                self.progress.end(mark.clone(), chunk.len() as u64, failed?)
            }
        }
    }

    /// Wait for the running job, if there is one; `own` if this run created it.
    async fn take_up(&mut self, own: bool) -> anyhow::Result<()> {
        let Some(mut running) = self.progress.running().cloned() else { return Ok(()) };
        let Way::Jobs(jobs) = &self.way else {
            bail!("a job is running; run this without --direct first, or with --cancel")
        };
        let job = match running.job.clone() {
            Some(job) => job,
            None => {
                let job = jobs.start(&running).await?;
                running.job = Some(job.clone());
                self.progress.begin(running.clone())?;
                job
            }
        };
        if !own {
            let count = running.count;
            let pictures = style::several(count, "picture");
            self.say(&format!("job {job} is running; its {pictures} come first"));
        }
        let done = self.progress.done();
        let ended = jobs.finish(&running, &job, done, |line| self.say(&line)).await;
        match ended {
            Ok(failed) => self.progress.end(running.mark, running.count, failed),
            Err(error) => {
                if error.is::<Unfinished>() {
                    self.progress.forget()?;
                }
                Err(error)
            }
        }
    }

    fn say(&self, line: &str) {
        if !self.arguments.json {
            anstream::println!("{line}");
        }
    }

    fn bar(&self, total: u64) -> ProgressBar {
        if self.arguments.json {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("rendering {bar:30} {pos}/{len}  {eta}");
        ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    fn tell_failures(&self, state: &std::path::Path) {
        let failed = self.progress.failed();
        for (key, why) in failed.iter().take(MOST_SHOWN) {
            anstream::println!("  {}: {}", style::heading(style::plain(key)), style::plain(why));
        }
        let pictures = style::several(failed.len(), "picture");
        let text = format!("{pictures} failed; {} says which and why", state.display());
        style::complain(&style::bad(text));
    }
}
