//! `obscura pipeline`: checks, compares and shows the pipeline document.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::Bytes;
use obscura::document::{Changes, Document};
use obscura::gate::Finding;
use obscura::publish::{DocumentReport, Documents};
use serde_json::{Value, json};

use crate::deployment::Deployment;
use crate::{DONE, SOME_FAILED, built, style};

/// Check a pipeline document, compare it with the active one, or show the active one
///
/// Exit status: 0 on success, 1 if the document is refused, 2 if it could not
/// be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Check whether a document would be accepted
    ///
    /// It runs the same checks as the publish function: the fields, the steps
    /// against their published components and each other, and the output of the
    /// routes for a few pictures.
    Check(Candidate),
    /// Show the changes that a document would make
    Diff(Candidate),
    /// Show the active document, and the state of a newer one
    Show(Current),
    /// List the last ten active documents, the newest first
    ///
    /// To restore one: `aws s3 cp s3://BUCKET/KEY s3://BUCKET/pipeline.json`.
    History(Current),
}

/// A new document.
#[derive(Debug, clap::Args)]
struct Candidate {
    /// The document
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    current: Current,
}

/// The document in force.
#[derive(Debug, clap::Args)]
struct Current {
    #[command(flatten)]
    deployment: Deployment,

    /// Print one JSON object to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura pipeline check pipeline.json
      See whether the pipeline of `obscura serve` would accept it.
  obscura pipeline diff pipeline.json --bucket my-components
      See which routes and steps would change in a deployment.
  obscura pipeline show
      Show the active document, and why a newer one is not active.";

/// Run the command.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    match &arguments.command {
        Command::Check(candidate) => check(candidate).await,
        Command::Diff(candidate) => diff(candidate).await,
        Command::Show(current) => show(current).await,
        Command::History(current) => history(current).await,
    }
}

async fn documents(current: &Current) -> anyhow::Result<Documents> {
    let opened = current.deployment.open().await?;
    Ok(Documents::new(opened.store, &opened.bucket, built::prover()?))
}

/// The document's text.
pub(crate) fn read(path: &Path) -> anyhow::Result<Bytes> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.into())
}

async fn check(candidate: &Candidate) -> anyhow::Result<u8> {
    let text = read(&candidate.file)?;
    let report = documents(&candidate.current).await?.check(&text, None).await?;
    if candidate.current.json {
        anstream::println!("{}", serde_json::to_string(&report)?);
    } else {
        anstream::print!("{}", verdict(&candidate.file.display().to_string(), &report));
    }
    Ok(if report.errors.is_empty() { DONE } else { SOME_FAILED })
}

async fn diff(candidate: &Candidate) -> anyhow::Result<u8> {
    let document = match Document::parse(&read(&candidate.file)?) {
        Ok(document) => document,
        Err(error) => {
            style::complain(&format!("{} {}", style::bad("refused"), finding(&error.into())));
            return Ok(SOME_FAILED);
        }
    };
    let changes = documents(&candidate.current).await?.changes(&document).await?;
    if candidate.current.json {
        anstream::println!("{}", serde_json::to_string(&changes)?);
    } else {
        anstream::print!("{}", changed(&changes));
    }
    Ok(DONE)
}

async fn show(current: &Current) -> anyhow::Result<u8> {
    let documents = documents(current).await?;
    let (text, etag) = documents.in_force().await?;
    let text = match text {
        Some(text) => String::from_utf8_lossy(&text).into_owned(),
        None => serde_json::to_string_pretty(&Document::default())?,
    };
    // The state of a document that is not active, or not yet.
    let newer = documents.report().await?.filter(|report| report.etag != etag);
    if current.json {
        let document: Value = serde_json::from_str(&text).unwrap_or_default();
        let shown = json!({ "etag": etag, "document": document, "newer": newer });
        anstream::println!("{shown}");
        return Ok(DONE);
    }
    anstream::println!("{}", style::lines(text.trim_end()));
    if etag.is_none() {
        style::complain(&style::faint("the default document: there is none in the bucket"));
    }
    if let Some(newer) = newer {
        style::complain(verdict("a newer document", &newer).trim_end());
    }
    Ok(DONE)
}

async fn history(current: &Current) -> anyhow::Result<u8> {
    let history = documents(current).await?.history().await?;
    if current.json {
        anstream::println!("{}", serde_json::to_string(&history)?);
        return Ok(DONE);
    }
    if history.is_empty() {
        style::complain("no document has been active yet");
    }
    for one in &history {
        let size = style::size(one.bytes);
        anstream::println!("{}  {size:>10}  {}", style::plain(&one.at), style::plain(&one.key));
    }
    Ok(DONE)
}

/// The report on a document, for people.
fn verdict(what: &str, report: &DocumentReport) -> String {
    let passed = report.errors.is_empty();
    let word = if passed { "passes".to_owned() } else { style::bad("is refused") };
    let mut text = format!("{} {word}\n", style::heading(style::plain(what)));
    // Writing to a string cannot fail.
    for error in &report.errors {
        let _ = writeln!(text, "  {} {}", style::bad("error"), finding(error));
    }
    for warning in &report.warnings {
        let _ = writeln!(text, "  warning {}", finding(warning));
    }
    for route in &report.routes {
        let name = style::plain(&route.route);
        let pictures = style::several(route.pictures.len(), "picture");
        let renditions = style::several(route.renditions, "rendition");
        let cost = format!("{:.0} ms of processor time", route.cpu_ms);
        let cost = style::faint(format!("{cost}, {}", style::size(route.peak_memory_bytes)));
        let _ = writeln!(text, "  `{name}`: {pictures}, {renditions}  {cost}");
    }
    text + &changed(&report.changes)
}

fn finding(one: &Finding) -> String {
    let place = if one.path.is_empty() { String::new() } else { format!("{}: ", one.path) };
    let text = format!("{}{}", style::heading(style::plain(&place)), style::plain(&one.message));
    format!("{text}\n    {}", style::plain(&one.remedy))
}

/// The changes, for people.
fn changed(changes: &Changes) -> String {
    let mut text = String::new();
    for route in &changes.added {
        let _ = writeln!(text, "  + route `{}`", style::plain(route));
    }
    for route in &changes.gone {
        let _ = writeln!(text, "  - route `{}`", style::plain(route));
    }
    for change in &changes.changed {
        let (route, fields) = (style::plain(&change.route), change.fields.join(", "));
        let _ = writeln!(text, "  ~ route `{route}`: {fields}");
        if !change.renders_anew.is_empty() {
            let _ = writeln!(text, "    renders again: {}", change.renders_anew.join(", "));
        }
    }
    if changes.reordered {
        text.push_str("  ~ the order of the routes changes\n");
    }
    if changes.is_empty() {
        text.push_str("  no route changes\n");
    }
    text
}
