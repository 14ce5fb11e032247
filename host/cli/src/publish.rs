//! `obscura publish`: make a component the active one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use obscura::component::{Channel, TransformName};
use obscura::publish::{PublishError, Publisher, Report};
use obscura::sandbox::ENGINE_ID;
use obscura::store::Store;
use serde_json::json;

use crate::component::Component;
use crate::deployment::{Folder, User};
use crate::stack::{BUILT_IN, COMPONENTS};
use crate::upload::Upload;
use crate::{DONE, SOME_FAILED, built, check, style};

/// Publish a component: the next picture is rendered by it
///
/// It is uploaded to incoming/NAME/ in the components bucket, as with `aws s3
/// cp`; the publish function checks it, compiles it and makes it active. If it
/// is refused, the active component stays active. Nothing is redeployed or
/// restarted.
///
/// Exit status: 0 if it is active, 1 if it was refused, 2 if it could not be
/// checked.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The component. Default: the built-in `resize`
    #[arg(value_name = "C.wasm")]
    component: Option<PathBuf>,

    /// The transform's name. Default: the name of the file
    #[arg(long, value_name = "NAME")]
    name: Option<TransformName>,

    /// The channel: `stable`, or `canary` for a share of the pictures
    #[arg(long, value_name = "CHANNEL", default_value_t = Channel::Stable)]
    channel: Channel,

    /// The components bucket in AWS, with the credentials, region and endpoint
    /// of the environment. Default: the bucket of `obscura serve`
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<String>,

    /// Check, compile and store it with this program, for a deployment without
    /// a publish function. This needs permission to write transforms/, and
    /// functions of this machine's architecture. The name is the component's
    /// own
    #[arg(long, requires = "bucket", conflicts_with_all = ["name", "wait_s"])]
    here: bool,

    #[command(flatten)]
    folder: Folder,

    #[command(flatten)]
    user: User,

    /// Maximum time to wait for the report, in seconds
    #[arg(long, value_name = "S", default_value = "300")]
    wait_s: u64,

    /// Print the report, as JSON, to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura publish mine.wasm
      Into the pipeline that `obscura serve` runs, as the transform `mine`.
  obscura publish target/wasm32-wasip2/release/mine.wasm --bucket my-components
      Into a deployed pipeline.
  obscura publish mine.wasm --channel canary
      As the canary, for a share of the pictures.
  obscura check mine.wasm
      Without a bucket: would it be published?";

/// Publish, and print the active component.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let component = Component::read(arguments.component.as_deref())?;
    let (store, bucket) = match &arguments.bucket {
        Some(bucket) => (Store::from_environment().await, bucket.as_str()),
        None => (arguments.folder.store().await?, COMPONENTS),
    };
    if arguments.here {
        return here(arguments, Bytes::from(component.bytes), store, bucket).await;
    }
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => name_of(arguments.component.as_deref())?,
    };
    let bar = check::spinner();
    bar.set_message("waiting for the report");
    let upload = Upload {
        store: &store,
        bucket,
        transform: &name,
        channel: arguments.channel,
        by: &arguments.user.by,
        patience: Duration::from_secs(arguments.wait_s),
    };
    let report = upload.publish(Bytes::from(component.bytes)).await;
    bar.finish_and_clear();
    let report = report?;
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&report)?);
    }
    match &report.refusal {
        Some(refusal) if !arguments.json => check::complain(refusal),
        None if !arguments.json => anstream::println!("{}", sentence(&report)),
        _ => {}
    }
    Ok(if report.refusal.is_none() { DONE } else { SOME_FAILED })
}

/// Publish without the publish function.
async fn here(
    arguments: &Arguments,
    component: Bytes,
    store: Store,
    bucket: &str,
) -> anyhow::Result<u8> {
    let bar = check::spinner();
    bar.set_message("proving");
    let publisher = Publisher::new(store, bucket, built::prover()?);
    let (channel, by) = (arguments.channel, &arguments.user.by);
    let published = publisher.publish(component, channel, by).await;
    bar.finish_and_clear();
    match published {
        Ok(published) if arguments.json => {
            anstream::println!("{}", serde_json::to_string(&published)?);
        }
        Ok(published) => {
            let (name, version) = (&published.description.name, &published.description.version);
            let name = style::heading(style::plain(&format!("{name} {version}")));
            let digest = published.pointer.release.digest.short();
            anstream::println!("{name} ({digest}) is active in {channel}, for {ENGINE_ID}");
        }
        Err(PublishError::Refused(refusal)) => {
            if arguments.json {
                anstream::println!("{}", json!({ "refusal": refusal }));
            } else {
                check::complain(&refusal);
            }
            return Ok(SOME_FAILED);
        }
        Err(PublishError::Fault(fault)) => return Err(fault.into()),
    }
    Ok(DONE)
}

/// By default, a transform has the name of its file, as Cargo names it.
fn name_of(component: Option<&Path>) -> anyhow::Result<TransformName> {
    let stem = component.map_or(Some(BUILT_IN.as_ref()), Path::file_stem).unwrap_or_default();
    let name = stem.to_string_lossy().replace('_', "-");
    name.parse()
        .map_err(anyhow::Error::msg)
        .context("the file name is not a valid transform name; give one with --name")
}

fn sentence(report: &Report) -> String {
    let described = report.proof.as_ref().map(|proof| &proof.description);
    let name = described.map(|one| style::plain(&format!("{} {}", one.name, one.version)));
    let digest = report.digest.map(|digest| digest.short()).unwrap_or_default();
    let channel = report.channel.unwrap_or_default();
    let instead = report.previous.map(|digest| format!(", instead of {}", digest.short()));
    format!(
        "{} ({digest}) is active in {channel}{} {}",
        style::heading(name.unwrap_or_default()),
        instead.unwrap_or_default(),
        style::faint(format!("after {:.1} s", report.ms / 1e3)),
    )
}
