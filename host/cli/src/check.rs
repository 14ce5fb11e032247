//! `obscura check`: runs the gate on a local file.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use obscura::digest::Digest;
use obscura::gate::{Candidate, Picture, Proof, ProveError, Refusal, Setting, Step};
use serde_json::json;

use crate::component::Component;
use crate::{DONE, SOME_FAILED, built, style};

/// Check whether a component would be published, without a bucket
///
/// It runs the same checks as the publish function: the file format, imports
/// and exports, declared resources, whether it compiles, its description, and
/// its output for some thirty golden pictures.
///
/// Exit status: 0 if it passes, 1 if it is refused, 2 if it could not be
/// checked.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The component. Default: the built-in `resize`
    #[arg(value_name = "C.wasm")]
    component: Option<PathBuf>,

    /// A directory of your own pictures to test it with, in addition to the project's
    #[arg(long, value_name = "DIR")]
    golden: Option<PathBuf>,

    /// Parameters that it must accept, in addition to its defaults: JSON or
    /// @FILE
    #[arg(long, value_name = "JSON|@FILE")]
    params: Vec<String>,

    /// Print one JSON object to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura check mine.wasm
      Run every step of the gate, and say what to change if one fails.
  obscura check mine.wasm --golden pictures --params @route.json
      With pictures and parameters of your own.
  obscura check mine.wasm --json
      Print the cost of each step and each picture, for other programs.";

/// Run the gate, and print the result.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let component = Component::read(arguments.component.as_deref())?;
    let candidate = Candidate {
        component: Bytes::from(component.bytes),
        settings: settings(&arguments.params)?,
        pictures: arguments.golden.as_deref().map(pictures).transpose()?.unwrap_or_default(),
        ..Candidate::default()
    };
    let bar = spinner();
    let proved = built::prover()?.prove(&candidate, None, |step| bar.set_message(doing(step)));
    bar.finish_and_clear();
    match proved {
        Ok(proved) => {
            show(&proved.proof, component.digest, arguments.json);
            Ok(DONE)
        }
        Err(ProveError::Refused(refusal)) => {
            if arguments.json {
                let digest = component.digest;
                anstream::println!("{}", json!({ "digest": digest, "refusal": refusal }));
            } else {
                complain(&refusal);
            }
            Ok(SOME_FAILED)
        }
        Err(ProveError::Fault(fault)) => Err(fault.into()),
    }
}

/// A spinner; hidden if standard error is not a terminal.
pub(crate) fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}");
    let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    bar
}

/// Say why it was refused.
pub(crate) fn complain(refusal: &Refusal) {
    style::complain(&format!(
        "{} at the step `{}`: {}\n  {}\n  {}",
        style::bad("refused"),
        refusal.step,
        style::heading(refusal.code.as_str()),
        style::plain(&refusal.message),
        style::plain(&refusal.remedy),
    ));
}

fn doing(step: Step) -> &'static str {
    match step {
        Step::File | Step::World | Step::Resources => "reading",
        Step::Compile => "compiling",
        Step::Describe | Step::Schema | Step::Plan => "reading its description",
        Step::Golden => "rendering golden pictures",
        Step::Activate => "activating",
    }
}

fn settings(params: &[String]) -> anyhow::Result<Vec<Setting>> {
    let read = |argument: &String| {
        let parameters = match argument.strip_prefix('@') {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the parameters from {path}"))?,
            None => argument.clone(),
        };
        Ok(Setting { used_by: "--params".to_owned(), parameters })
    };
    params.iter().map(read).collect()
}

fn pictures(folder: &Path) -> anyhow::Result<Vec<Picture>> {
    let unreadable = || format!("cannot read {}", folder.display());
    let mut pictures = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let body =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            pictures.push(Picture { name, body: body.into() });
        }
    }
    pictures.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(pictures)
}

fn show(proof: &Proof, digest: Digest, json: bool) {
    if json {
        anstream::println!("{}", json!({ "digest": digest, "proof": proof }));
        return;
    }
    let description = &proof.description;
    let name = style::plain(&format!("{} {}", description.name, description.version));
    anstream::println!("{} ({}) passes", style::heading(name), digest.short());
    let took = |step| {
        let steps = proof.steps.iter().filter(|time| time.step == step);
        steps.map(|time| time.ms).sum::<f64>()
    };
    let row = |what: &str, value: String| anstream::println!("  {what:<18}{value}");
    row("size", style::size(proof.component_bytes));
    row(
        "compiled",
        format!("{} in {:.0} ms", style::size(proof.artifact_bytes), took(Step::Compile)),
    );
    row("load, start", format!("{:.1} ms, {:.1} ms", proof.load_ms, proof.start_ms));
    let rendered = proof.pictures.iter().filter(|one| one.renditions > 0).count();
    row(
        "golden pictures",
        format!(
            "{rendered} of {} rendered, twice, in {:.0} ms; the others were refused with an error",
            proof.pictures.len(),
            took(Step::Golden)
        ),
    );
    row("whole gate", format!("{:.0} ms", proof.steps.iter().map(|time| time.ms).sum::<f64>()));
}
