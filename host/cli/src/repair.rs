//! `obscura repair`: render the pictures of a bad component again.

use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::{StreamExt as _, stream};
use indicatif::{ProgressBar, ProgressStyle};
use obscura::component::Channel;
use obscura::digest::Digest;
use obscura::document::Document;
use obscura::pipeline::SourceRecord;
use obscura::release::{Catalogue, Destination};
use obscura::store::{Store, StoreError};
use serde_json::{Value, json};

use crate::deployment::{Deployment, DestinationFlags};
use crate::functions::Functions;
use crate::streak::Streak;
use crate::{DONE, SOME_FAILED, style};

/// The waits before retries of a picture after a temporary failure.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// Render again the pictures that a bad component made
///
/// These are exactly the pictures whose manifests name its digest. Without --yes, they are only
/// counted; with it, the transform function is invoked for each of them, and renders it with the
/// active components. If this is interrupted, run it again: repaired pictures no longer name the
/// digest. This needs permission to read the components and destination buckets and to invoke the
/// function.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The digest of the bad component
    #[arg(long, value_name = "DIGEST")]
    digest: Digest,

    /// Also repair pictures that it failed on
    #[arg(long)]
    failures: bool,

    #[command(flatten)]
    deployment: Deployment,

    #[command(flatten)]
    destination: DestinationFlags,

    /// The transform function; needed with --bucket and --yes
    #[arg(long, value_name = "NAME", requires = "bucket")]
    function: Option<String>,

    /// Number of pictures in parallel
    #[arg(long, value_name = "N", default_value_t = 8,
          value_parser = clap::value_parser!(u64).range(1..=1000))]
    concurrency: u64,

    /// Print the key of each picture
    #[arg(long)]
    keys: bool,

    /// Render them again
    #[arg(long)]
    yes: bool,

    /// Print one JSON object per picture, then a summary, to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura repair --digest 3f1c…e2
      Count its pictures, in the pipeline that `obscura serve` runs.
  obscura repair --digest 3f1c…e2 --yes
      Render them again.
  obscura repair --digest 3f1c…e2 --deployment terraform/examples/minimal --yes
      In a deployment of this project's Terraform module.
  obscura repair --digest 3f1c…e2 --bucket my-components \\
      --destination my-renditions --function my-transform --yes
      In another one.
Exit codes: 0 everything was done, 1 some pictures failed, 2 nothing was done.";

/// A picture to be rendered again.
#[derive(Clone)]
pub(crate) struct Affected {
    pub(crate) source: SourceRecord,
    /// The component only failed on it.
    failure: bool,
}

/// Selects the affected pictures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// The component.
    pub(crate) digest: Digest,
    /// Also those that it failed on.
    pub(crate) failures: bool,
}

/// The result for one.
pub(crate) enum Repaired {
    Done(String),
    /// It failed because of the picture or the component.
    Failed(String),
    /// A service is down: the next picture would fail, too.
    Down(String),
}

/// Count, and with --yes, repair.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let opened = arguments.deployment.open().await?;
    let destination = opened.destination(&arguments.destination)?;
    let wanted = Wanted { digest: arguments.digest, failures: arguments.failures };
    let document = opened.document().await?;
    still_active(&opened.store, &opened.bucket, &document, wanted.digest).await?;
    let bar = bar(arguments.json, 0, "reading manifests");
    let affected = find(wanted, &destination, |read, all| {
        bar.set_length(all as u64);
        bar.set_position(read as u64);
    });
    let affected = affected.await?;
    bar.finish_and_clear();
    let failures = affected.iter().filter(|one| one.failure).count();
    if !arguments.json {
        let made = affected.len() - failures;
        anstream::println!(
            "{} made by {}{}",
            style::several(made, "picture"),
            arguments.digest.short(),
            if arguments.failures { format!(", {failures} failed by it") } else { String::new() },
        );
    }
    if !arguments.yes {
        for one in affected.iter().filter(|_| arguments.keys || arguments.json) {
            let key = &one.source.key;
            if arguments.json {
                anstream::println!("{}", json!({ "key": key, "failure": one.failure }));
            } else {
                anstream::println!("  {}", style::plain(key));
            }
        }
        if arguments.json {
            anstream::println!(
                "{}",
                json!({ "affected": affected.len(), "repaired": 0, "failed": 0 })
            );
        } else if !affected.is_empty() {
            style::complain("nothing was rendered; use --yes to render them");
        }
        return Ok(DONE);
    }
    let found = opened.transform_function(arguments.function.as_deref()).await?;
    let (functions, function) = found.context("name the transform function with --function")?;
    repair(arguments, &destination, &functions, &function, affected).await
}

/// The transform function's answer for a deleted picture.
pub(crate) const REMOVED: &str = "removed";

/// As long as the component is active, pictures would be rendered by it again.
pub(crate) async fn still_active(
    store: &Store,
    bucket: &str,
    document: &Document,
    digest: Digest,
) -> anyhow::Result<()> {
    let catalogue = Catalogue::read(store, bucket).await?;
    for (transform, pointers) in &catalogue.channels {
        for (channel, pointer) in pointers {
            if pointer.release.digest != digest || pointer.withdrawn.is_some() {
                continue;
            }
            let how = match channel {
                Channel::Stable => format!("`obscura rollback {transform}`"),
                Channel::Canary => format!("`obscura rollback {transform} --channel canary`"),
            };
            bail!("{} is still {channel}; {how} first", digest.short());
        }
    }
    if let Some((route, step)) = document.steps().find(|(_, step)| step.digest == Some(digest)) {
        bail!("`{}` pins {}; change it first", route.label(step), digest.short());
    }
    Ok(())
}

/// The pictures that a component made, by their keys. `told` is called with the number of manifests
/// read, and the total.
pub(crate) async fn find(
    wanted: Wanted,
    destination: &Destination,
    mut told: impl FnMut(usize, usize),
) -> anyhow::Result<Vec<Affected>> {
    let keys = destination.manifest_keys().await?;
    let all = keys.len();
    let (mut affected, mut read) = (Vec::new(), 0);
    let mut manifests = std::pin::pin!(destination.manifests(keys));
    while let Some(manifest) = manifests.next().await {
        read += 1;
        told(read, all);
        let Some(manifest) = manifest? else { continue };
        let mut by = manifest.steps.iter().filter(|step| step.transform.digest == wanted.digest);
        let made = by.clone().any(|step| step.error.is_none());
        let failed = wanted.failures && by.any(|step| step.error.is_some());
        if made || failed {
            affected.push(Affected { source: manifest.source, failure: !made });
        }
    }
    // The failure records of version 1.
    if wanted.failures {
        let mut errors = std::pin::pin!(destination.errors(destination.error_keys().await?));
        while let Some(error) = errors.next().await {
            let by = error?.filter(|record| record.digest == wanted.digest);
            affected.extend(by.map(|one| Affected { source: one.source, failure: true }));
        }
    }
    affected.sort_by(|a, b| (&a.source.key, a.failure).cmp(&(&b.source.key, b.failure)));
    affected.dedup_by(|a, b| a.source.key == b.source.key);
    Ok(affected)
}

async fn repair(
    arguments: &Arguments,
    destination: &Destination,
    functions: &Functions,
    function: &str,
    affected: Vec<Affected>,
) -> anyhow::Result<u8> {
    let bar = bar(arguments.json, affected.len(), "rendering");
    let total = affected.len();
    let (mut repaired, mut removed, mut failed, mut left) = (0_u64, 0_u64, 0_u64, total);
    let mut streak = Streak::default();
    let at_a_time = usize::try_from(arguments.concurrency).unwrap_or(1);
    let mut results = stream::iter(affected)
        .map(|one| async move {
            let digest = arguments.digest;
            let result = mend(functions, function, destination, digest, &one).await;
            (one, result)
        })
        .buffer_unordered(at_a_time);
    while let Some((one, result)) = results.next().await {
        bar.inc(1);
        left -= 1;
        let key = &one.source.key;
        let (done, said) = match &result {
            Repaired::Done(said) => (true, said),
            Repaired::Failed(why) | Repaired::Down(why) => (false, why),
        };
        // A deleted picture was not repaired: its renditions were removed with it.
        let gone = done && said == REMOVED;
        repaired += u64::from(done && !gone);
        removed += u64::from(gone);
        failed += u64::from(!done);
        if arguments.json {
            let line = json!({ "key": key, "repaired": done && !gone, "said": said });
            anstream::println!("{line}");
        } else if !done {
            let line = format!("{}  {}", style::heading(style::plain(key)), style::plain(said));
            bar.suspend(|| anstream::println!("{line}"));
        }
        if streak.is_over(matches!(result, Repaired::Down(_))) {
            break;
        }
    }
    drop(results);
    bar.finish_and_clear();
    if arguments.json {
        let line = json!({
            "affected": total, "repaired": repaired, "removed": removed, "failed": failed,
            "not_tried": left,
        });
        anstream::println!("{line}");
    } else {
        let gone = match removed {
            0 => String::new(),
            removed => format!("{removed} removed with their pictures, "),
        };
        anstream::println!("{repaired} of {total} repaired, {gone}{failed} failed");
    }
    if left > 0 {
        style::complain(&style::bad(Streak::reason(left)));
    }
    Ok(if failed == 0 { DONE } else { SOME_FAILED })
}

/// Have a picture rendered again, and check the result. A function caches pointers for up to a
/// second, so right after a rollback a second invocation may be needed.
pub(crate) async fn mend(
    functions: &Functions,
    function: &str,
    destination: &Destination,
    digest: Digest,
    one: &Affected,
) -> Repaired {
    let mut pauses = PAUSES.iter();
    loop {
        let said = match again(functions, function, &one.source.bucket, &one.source.key).await {
            Repaired::Done(said) => said,
            failed => return failed,
        };
        match (check(digest, destination, one).await, pauses.next()) {
            (Ok(true), _) => return Repaired::Done(said),
            (Ok(false), Some(pause)) => tokio::time::sleep(*pause).await,
            (Ok(false), None) => {
                let why = format!("{said}, but the manifest still names the component");
                return Repaired::Failed(why);
            }
            (Err(error), _) => return Repaired::Down(error.to_string()),
        }
    }
}

/// Invoke the function for a picture, as S3 Batch Operations would.
pub(crate) async fn again(
    functions: &Functions,
    function: &str,
    bucket: &str,
    key: &str,
) -> Repaired {
    let event = json!({
        "invocationSchemaVersion": "2.0",
        "invocationId": "repair",
        "job": { "id": "repair", "userArguments": {} },
        "tasks": [{
            "taskId": "0",
            "s3Bucket": bucket,
            "s3Key": obscura_local::key::encode(key),
            "s3VersionId": Value::Null,
        }],
    });
    let mut pauses = PAUSES.iter();
    loop {
        let answer = match functions.invoke(function, &event).await {
            Ok(answer) => answer,
            Err(error) => return Repaired::Down(format!("{error:#}")),
        };
        let text = |name: &str| answer["results"][0][name].as_str().unwrap_or_default().to_owned();
        let (code, said) = (text("resultCode"), text("resultString"));
        match (code.as_str(), pauses.next()) {
            ("Succeeded", _) => return Repaired::Done(said),
            ("TemporaryFailure", Some(pause)) => tokio::time::sleep(*pause).await,
            ("TemporaryFailure", None) => return Repaired::Down(format!("{code}: {said}")),
            _ => return Repaired::Failed(format!("{code}: {said}")),
        }
    }
}

/// Whether the manifest no longer names the component.
async fn check(
    digest: Digest,
    destination: &Destination,
    one: &Affected,
) -> Result<bool, StoreError> {
    let manifest = destination.manifest(&one.source.key).await?;
    Ok(manifest.is_none_or(|manifest| manifest.digests().all(|other| other != digest)))
}

fn bar(hidden: bool, total: usize, what: &'static str) -> ProgressBar {
    if hidden {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}  {eta}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total as u64).with_style(style).with_message(what)
}
