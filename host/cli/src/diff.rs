//! `obscura diff`: compares the renditions of two components.

pub(crate) mod compare;
pub(crate) mod pictures;
mod report;
pub(crate) mod score;
mod sheet;

use std::num::NonZeroU32;
use std::path::PathBuf;

use anyhow::Context as _;
use obscura::error::Error;
use obscura::sandbox::{Failure, Sandbox};

use crate::component::Component;
use crate::limits::LimitFlags;
use crate::render::{Progress, parameters};
use crate::{DONE, SOME_FAILED};
use compare::{Comparer, Side};
use report::Report;

/// Render pictures with two components, and show the differences
///
/// For every rendition: its size in bytes, and the SSIMULACRA2 score of the new one against the old
/// one: 100 is identical, 90 is indistinguishable side by side, 70 is good, 50 is fair, below 30 is
/// poor. For every picture: the processor time of both. A page shows them side by side, with the
/// differences amplified eight times.
///
/// Exit status: 0 if NEW renders every picture that OLD renders, into the same
/// renditions, none below --at-least; 1 if it does not; 2 if nothing was
/// compared, because the arguments, a component or the parameters are wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The component to compare with
    #[arg(value_name = "OLD.wasm")]
    old: PathBuf,

    /// The component that may replace it
    #[arg(value_name = "NEW.wasm")]
    new: PathBuf,

    /// The pictures. Default: the photographs in examples/photos, if they are
    /// here, and a few small generated ones
    #[arg(value_name = "PICTURE")]
    pictures: Vec<PathBuf>,

    /// The parameters of both, as JSON or @FILE. Default: the defaults of each
    #[arg(long, value_name = "JSON|@FILE")]
    params: Option<String>,

    /// The file of the page
    #[arg(long, value_name = "FILE.html", default_value = "diff.html")]
    out: PathBuf,

    /// The lowest score that passes
    #[arg(long, value_name = "SCORE")]
    at_least: Option<f64>,

    /// Number of times that each component renders each picture; the median time is reported
    #[arg(long, value_name = "N", default_value = "3")]
    repeat: NonZeroU32,

    /// Print one line of JSON per picture to standard output
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    limits: LimitFlags,
}

const EXAMPLES: &str = "\
Examples:
  obscura diff old.wasm new.wasm
      Compare on the example photographs; then open diff.html.
  obscura diff old.wasm new.wasm *.jpg --params @sizes.json --out sizes.html
      On your own pictures, with your own parameters.
  obscura diff old.wasm new.wasm --at-least 90 --json >differences.jsonl
      In CI: exit status 1 if a rendition can be told from the old one.";

/// Compare on every picture, write the page, and print the result.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let pictures = pictures::read(&arguments.pictures)?;
    let parameters = arguments.params.as_deref().map(parameters).transpose()?;
    let sandbox = Sandbox::new()?;
    let mut sides = Vec::new();
    for path in [&arguments.old, &arguments.new] {
        let component = Component::read(Some(path))?;
        let side = side(&sandbox, &component, parameters.as_deref()).map_err(Error::from);
        sides.push(side.with_context(|| path.display().to_string())?);
    }
    let [old, new] = <[Side; 2]>::try_from(sides).map_err(|_| anyhow::anyhow!("two components"))?;
    let comparer =
        Comparer { old, new, limits: arguments.limits.limits(), repeat: arguments.repeat };

    let mut report = Report::new(arguments.json, arguments.at_least);
    let mut page = sheet::Page::default();
    let progress = Progress::over(pictures.len());
    for picture in &pictures {
        progress.at(picture.name.as_ref());
        let comparison = comparer.compare(picture);
        progress.suspend(|| report.picture(&comparison))?;
        page.add(&comparison);
        progress.next();
    }
    progress.end();
    let html = page.finish(&comparer.old, &comparer.new);
    std::fs::write(&arguments.out, html)
        .with_context(|| format!("cannot write {}", arguments.out.display()))?;
    report.summary(&arguments.out);
    Ok(if report.well() { DONE } else { SOME_FAILED })
}

fn side(
    sandbox: &Sandbox,
    component: &Component,
    parameters: Option<&str>,
) -> Result<Side, Failure> {
    Side::new(component.load(sandbox)?, component.digest, parameters)
}
