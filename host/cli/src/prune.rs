//! `obscura prune`: delete components that are no longer needed.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use obscura::digest::Digest;
use obscura::release::{Catalogue, Destination, Kept, Need, idle_outcomes, judge};
use serde_json::json;

use crate::deployment::{Deployment, DestinationFlags};
use crate::{DONE, list, style};

/// Delete components that are no longer needed
///
/// A component is kept if it is active, the target of a rollback, named by a route, less than a day
/// old, or the origin of existing renditions. Without --yes, nothing is deleted.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    deployment: Deployment,

    #[command(flatten)]
    destination: DestinationFlags,

    /// Also delete components whose renditions exist, which then can no longer be verified
    #[arg(long)]
    ignore_manifests: bool,

    /// Keep components that were written within this many hours
    #[arg(long, value_name = "N", default_value_t = 24)]
    young_hours: u64,

    /// Delete them
    #[arg(long)]
    yes: bool,

    /// Print one JSON object per component, then a summary, to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura prune
      Print what would be deleted from the pipeline that `obscura serve` runs.
  obscura prune --bucket my-components --destination my-renditions --yes
      Delete it, in a deployed pipeline.";

/// Print what would be deleted and kept, and with --yes, delete it.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let opened = arguments.deployment.open().await?;
    let (store, bucket) = (&opened.store, opened.bucket.as_str());
    let manifests = if arguments.ignore_manifests {
        None
    } else {
        Some(makers(&opened.destination(&arguments.destination)?).await?)
    };
    let catalogue = Catalogue::read(store, bucket).await?;
    let document = opened.document().await?;
    let need = Need {
        document: &document,
        manifests: manifests.as_ref(),
        young: Duration::from_secs(arguments.young_hours.saturating_mul(3600)),
    };
    let (mut components, mut bytes) = (0_u64, 0);
    for entry in &catalogue.entries {
        let mut kept = judge(&catalogue, entry, &need);
        if kept.is_none() && arguments.yes {
            kept = entry.delete(store, bucket).await?;
        }
        if arguments.json {
            let line = json!({ "component": entry, "kept": kept, "deleted": arguments.yes && kept.is_none() });
            anstream::println!("{line}");
        } else {
            let why = kept.as_ref().map_or(style::bad("goes"), why);
            anstream::println!("{}  {why}", list::line(entry));
        }
        if kept.is_none() {
            components += 1;
            bytes += entry.bytes;
        }
    }
    let outcomes = idle_outcomes(store, bucket, &catalogue).await?;
    if arguments.yes {
        store.delete(bucket, &outcomes).await?;
    }
    if arguments.json {
        let counts = outcomes.len();
        anstream::println!(
            "{}",
            json!({ "components": components, "bytes": bytes, "counts": counts, "deleted": arguments.yes })
        );
    } else {
        let verb =
            if arguments.yes { "deleted" } else { "would be deleted; use --yes to delete them" };
        let size = style::size(bytes);
        anstream::println!(
            "{}, {size}, and {} of finished trials {verb}",
            style::several(components, "component"),
            style::several(outcomes.len(), "count")
        );
    }
    Ok(DONE)
}

/// How many manifests name each component.
async fn makers(destination: &Destination) -> anyhow::Result<BTreeMap<Digest, u64>> {
    let keys = destination.manifest_keys().await?;
    let mut counts = BTreeMap::new();
    let mut manifests = std::pin::pin!(destination.manifests(keys));
    while let Some(manifest) = manifests.next().await {
        if let Some(manifest) = manifest? {
            let mut digests: Vec<Digest> = manifest.digests().collect();
            digests.sort_unstable();
            digests.dedup();
            digests.into_iter().for_each(|digest| *counts.entry(digest).or_default() += 1);
        }
    }
    Ok(counts)
}

fn why(kept: &Kept) -> String {
    style::faint(match kept {
        Kept::Active { .. } => "stays: it is active".to_owned(),
        Kept::Previous { .. } => "stays: it is the target of a rollback".to_owned(),
        Kept::Unreadable { channel } => {
            format!("stays: the pointer of `{channel}` cannot be read; publish, or roll back")
        }
        Kept::Route { route } => format!("stays: the route `{}` names it", style::plain(route)),
        Kept::Young => "stays: it was written recently".to_owned(),
        Kept::Manifests { pictures } => {
            format!("stays: it made renditions of {}", style::several(*pictures, "picture"))
        }
    })
}
