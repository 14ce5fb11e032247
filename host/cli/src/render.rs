//! `obscura render`: a transform, or a whole route, on local files, in the sandbox, without S3.

mod destination;
mod picture;
mod progress;
mod report;
mod route;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, bail};
use obscura::sandbox::{Failure, Sandbox};

use crate::component::Component;
use crate::limits::LimitFlags;
use crate::{DONE, NOTHING_DONE, SOME_FAILED};
use destination::Destination;
use picture::Renderer;
pub(crate) use progress::Progress;
use report::{Fault, Report, Reporter};

/// Render local pictures in the sandbox, without S3
///
/// Each picture gets its own directory, as in the destination bucket: DIR/<file
/// name>/<rendition>.<extension>. Of several pictures with the same file name, the second goes to
/// DIR/<file name>~2, and so on. For a picture that cannot be rendered, nothing is written, and the
/// others continue.
///
/// Exit status: 0 if every picture was rendered, 1 if some were not, 2 if
/// nothing was rendered because the arguments, the component or the parameters
/// are wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The pictures
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The output directory; created if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// The transform. Default: the built-in `resize`. With --pipeline,
    /// NAME=C.wasm for each transform in it
    #[arg(long, value_name = "[NAME=]C.wasm")]
    component: Vec<PathBuf>,

    /// Use the routes of this pipeline document; key patterns match the paths
    /// as given
    #[arg(long, value_name = "FILE", conflicts_with_all = ["params", "repeat", "LimitFlags"])]
    pipeline: Option<PathBuf>,

    /// The transform's parameters, as JSON or @FILE. Default: its own defaults
    /// if none are given
    #[arg(long, value_name = "JSON|@FILE")]
    params: Option<String>,

    /// Render each picture this many times, each in a fresh instance, to
    /// measure
    #[arg(long, value_name = "N", default_value = "1")]
    repeat: NonZeroU32,

    /// Number of pictures rendered in parallel. Default: the number of
    /// processors, or 1 with --repeat
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    jobs: Option<u8>,

    /// Print one line of JSON per picture to standard output
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    limits: LimitFlags,
}

impl Arguments {
    /// The number of pictures rendered in parallel.
    fn jobs(&self) -> usize {
        // Measurements must not run in parallel.
        let most = if self.repeat.get() > 1 { 1 } else { MOST_JOBS };
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or(processors.min(most), usize::from)
    }
}

/// The sandbox has room for this many components at a time.
const MOST_JOBS: usize = 8;

const EXAMPLES: &str = "\
Examples:
  obscura render photo.jpg --out renditions
      The default web sizes.
  obscura render *.jpg --out renditions --params @sizes.json
      Sizes of your own; sizes.json holds, for example,
      {\"renditions\": [{\"name\": \"tile\", \"width\": 320, \"format\": \"webp\"}]}
  obscura render photo.jpg --out renditions --component mine.wasm
      A transform of your own, in the same sandbox as in Lambda.
  obscura render photo.jpg --out renditions --pipeline pipeline.json \\
      --component watermark=watermark.wasm
      The whole route that the picture takes.
  obscura render photo.jpg --out renditions --repeat 20 --json
      Measure the cost of a picture over twenty runs, for other programs.";

/// Render every file, and print the result.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    if let Some(path) = &arguments.pipeline {
        let document = route::document(path)?;
        let router = route::Router::new(&document, &arguments.component)?;
        let reporter = Reporter::new(arguments.json, None);
        return each(arguments, reporter, |path, directory| router.render(path, directory));
    }
    let component = match arguments.component.as_slice() {
        [] => Component::read(None)?,
        [path] => Component::read(Some(path))?,
        _ => bail!("several components can only be given with --pipeline"),
    };
    let parameters = arguments.params.as_deref().map(parameters).transpose()?;
    let mut reporter = Reporter::new(arguments.json, Some(component.digest));

    let renderer = match prepare(arguments, &component, parameters) {
        Ok(renderer) => renderer,
        Err(failure) => {
            // With one JSON line per picture, each picture gets its line even on an error.
            let sources = arguments.files.iter().map(|path| path.display().to_string());
            reporter.nothing_done(sources, &Fault::from(failure))?;
            return Ok(NOTHING_DONE);
        }
    };
    each(arguments, reporter, |path, directory| renderer.render(path, directory))
}

/// Render the files in parallel, and report on them in order.
fn each(
    arguments: &Arguments,
    mut reporter: Reporter,
    render: impl Fn(&Path, &Path) -> Report + Sync,
) -> anyhow::Result<u8> {
    let progress = &Progress::over(arguments.files.len());
    let mut destination = Destination::new(&arguments.out);
    let files: Vec<_> =
        arguments.files.iter().map(|path| (path, destination.directory(path))).collect();
    let (next, render) = (AtomicUsize::new(0), &render);
    std::thread::scope(|scope| {
        let (done, reports) = std::sync::mpsc::channel();
        for _ in 0..arguments.jobs().min(files.len()) {
            let (done, next, files) = (done.clone(), &next, &files);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((path, directory)) = files.get(at) else { break };
                    progress.at(path);
                    let sent = done.send((at, render(path, directory)));
                    progress.next();
                    if sent.is_err() {
                        break;
                    }
                }
            });
        }
        drop(done);
        let mut waiting: BTreeMap<usize, Report> = BTreeMap::new();
        let mut due = 0;
        for (at, report) in reports {
            waiting.insert(at, report);
            while let Some(report) = waiting.remove(&due) {
                progress.suspend(|| reporter.picture(&report))?;
                due += 1;
            }
        }
        anyhow::Ok(())
    })?;
    progress.end();
    reporter.summary(&arguments.out);
    Ok(if reporter.failed() == 0 { DONE } else { SOME_FAILED })
}

/// Check everything that can be checked before a picture is read.
fn prepare(
    arguments: &Arguments,
    component: &Component,
    parameters: Option<String>,
) -> Result<Renderer, Failure> {
    let transform = component.load(&Sandbox::new()?)?;
    let parameters = match parameters {
        Some(parameters) => parameters,
        None => transform.describe()?.default_parameters,
    };
    transform.plan(&parameters)?;
    let limits = arguments.limits.limits();
    Ok(Renderer { transform, parameters, limits, repeat: arguments.repeat })
}

/// The parameters' text.
pub(crate) fn parameters(argument: &str) -> anyhow::Result<String> {
    match argument.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the parameters from {path}")),
        None => Ok(argument.to_owned()),
    }
}
