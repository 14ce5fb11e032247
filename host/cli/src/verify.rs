//! `obscura verify`: render again, and compare bytes.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use indicatif::{ProgressBar, ProgressStyle};
use obscura::pipeline::Manifest;
use obscura::release::{Verdict, Verifier};
use obscura::sandbox::Sandbox;
use obscura::store::StoreError;
use serde_json::json;

use crate::deployment::{Deployment, DestinationFlags};
use crate::streak::Streak;
use crate::{DONE, SOME_FAILED, style};

/// Render pictures again, and compare them with the stored renditions
///
/// The component and the parameters are those that the manifest names; the component is compiled on
/// this machine. The bytes are the same unless something was tampered with or lost.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The keys of pictures in the source bucket
    #[arg(value_name = "KEY", required_unless_present = "all")]
    keys: Vec<String>,

    /// Every picture that has a manifest
    #[arg(long, conflicts_with = "keys")]
    all: bool,

    #[command(flatten)]
    deployment: Deployment,

    #[command(flatten)]
    destination: DestinationFlags,

    /// Number of pictures in parallel. Default: the number of processors
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=8))]
    concurrency: Option<u64>,

    /// Print one JSON object per picture, then a summary, to standard output
    #[arg(long)]
    json: bool,
}

/// The end of a manifest's key.
const RECORD: &str = "/manifest.json";

const EXAMPLES: &str = "\
Examples:
  obscura verify holiday/photo.jpg
      One picture, in the pipeline that `obscura serve` runs.
  obscura verify --all --bucket my-components --destination my-renditions
      All of them, in a deployed pipeline.
Exit codes: 0 all match, 1 some differ or cannot be verified, 2 nothing was done.";

/// Verify, and print differences.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let opened = arguments.deployment.open().await?;
    let destination = opened.destination(&arguments.destination)?;
    let verifier = Verifier::new(
        opened.store.clone(),
        &opened.bucket,
        destination.bucket(),
        opened.document().await?,
        Sandbox::new()?,
    );
    let mut tally = Tally { json: arguments.json, ..Tally::default() };
    let (total, manifests) = if arguments.all {
        let keys = destination.manifest_keys().await?;
        let total = keys.len();
        let named = destination.manifests_with_keys(keys).map_ok(|(key, manifest)| {
            (key.strip_suffix(RECORD).unwrap_or(&key).to_owned(), manifest)
        });
        (total, named.boxed())
    } else {
        let keys = stream::iter(&arguments.keys);
        let named = keys.then(|key| async {
            let manifest = destination.manifest(key).await?;
            Ok((key.clone(), manifest))
        });
        (arguments.keys.len(), named.boxed())
    };
    tally.left = total;
    let bar = tally.bar(total);
    let processors = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let at_a_time = arguments.concurrency.map_or(processors, |n| usize::try_from(n).unwrap_or(1));
    let verifier = &verifier;
    let mut verdicts = manifests
        .map(|named| async move {
            let (key, manifest) = named?;
            let Some(manifest) = manifest else { return Ok(Looked::Missing(key)) };
            let verdict = verifier.verify(&manifest).await;
            let down = verdict.is_err();
            // An unreadable one does not stop the others.
            let verdict =
                verdict.unwrap_or_else(|error| Verdict::Unknown { reason: error.to_string() });
            Ok::<_, StoreError>(Looked::Judged(Box::new(manifest), verdict, down))
        })
        .buffer_unordered(at_a_time);
    let mut streak = Streak::default();
    while let Some(verdict) = verdicts.next().await {
        bar.inc(1);
        tally.left = tally.left.saturating_sub(1);
        let down = match verdict {
            Ok(Looked::Judged(manifest, verdict, down)) => {
                bar.suspend(|| tally.count(&manifest, &verdict));
                down
            }
            Ok(Looked::Missing(key)) => {
                bar.suspend(|| tally.missing(&key));
                false
            }
            Err(error) => {
                bar.suspend(|| tally.unread(&error));
                true
            }
        };
        if streak.is_over(down) {
            break;
        }
    }
    drop(verdicts);
    bar.finish_and_clear();
    tally.summary();
    Ok(if tally.differ + tally.unknown + tally.missing == 0 { DONE } else { SOME_FAILED })
}

/// The result of a picture.
enum Looked {
    /// The key has no manifest.
    Missing(String),
    /// The verdict, and whether it is the store's fault.
    Judged(Box<Manifest>, Verdict, bool),
}

#[derive(Default)]
struct Tally {
    json: bool,
    hold: u64,
    renditions: usize,
    differ: u64,
    unknown: u64,
    missing: u64,
    /// Not tried.
    left: usize,
}

impl Tally {
    fn bar(&self, pictures: usize) -> ProgressBar {
        if self.json {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {eta}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(pictures as u64).with_style(style)
    }

    fn count(&mut self, manifest: &Manifest, verdict: &Verdict) {
        let key = &manifest.source.key;
        let digest = manifest.steps.first().map(|step| step.transform.digest);
        match verdict {
            Verdict::Holds { renditions } => {
                self.hold += 1;
                self.renditions += renditions;
            }
            Verdict::Differs { .. } => self.differ += 1,
            Verdict::Unknown { .. } => self.unknown += 1,
        }
        if self.json {
            anstream::println!("{}", json!({ "key": key, "digest": digest, "result": verdict }));
            return;
        }
        let (what, why) = match verdict {
            Verdict::Holds { .. } => return,
            Verdict::Differs { differences } => (style::bad("differs"), differences.join("; ")),
            Verdict::Unknown { reason } => (style::bad("cannot be verified"), reason.clone()),
        };
        anstream::println!("{}  {what}  {}", style::heading(style::plain(key)), style::plain(&why));
    }

    /// A picture without a manifest.
    fn missing(&mut self, key: &str) {
        const WHY: &str = "check the key and --destination-prefix, or upload the picture again";
        self.missing += 1;
        if self.json {
            let result = json!({ "verdict": "missing", "reason": "it has no manifest" });
            anstream::println!("{}", json!({ "key": key, "result": result }));
            return;
        }
        let (key, what) = (style::heading(style::plain(key)), style::bad("has no manifest"));
        anstream::println!("{key}  {what}  {WHY}");
    }

    /// A manifest that cannot be read.
    fn unread(&mut self, error: &StoreError) {
        self.unknown += 1;
        if self.json {
            let result = Verdict::Unknown { reason: error.to_string() };
            anstream::println!("{}", json!({ "key": error.key, "result": result }));
            return;
        }
        let (key, why) = (style::plain(&error.key), style::plain(&error.message));
        anstream::println!("{}  {}  {why}", style::heading(key), style::bad("cannot be verified"));
    }

    fn summary(&self) {
        let Self { hold, renditions, differ, unknown, missing, left, .. } = self;
        if *left > 0 {
            style::complain(&style::bad(Streak::reason(*left)));
        }
        if self.json {
            anstream::println!(
                "{}",
                json!({ "hold": hold, "renditions": renditions, "differ": differ,
                        "unknown": unknown, "missing": missing, "not_tried": left })
            );
            return;
        }
        let (pictures, renditions) =
            (style::several(*hold, "picture"), style::several(*renditions, "rendition"));
        anstream::println!("{pictures} verified: {renditions}, byte for byte");
        for (count, what) in
            [(differ, "differ"), (unknown, "cannot be verified"), (missing, "have no manifest")]
        {
            if *count > 0 {
                anstream::println!("{}", style::bad(format!("{count} {what}")));
            }
        }
    }
}
