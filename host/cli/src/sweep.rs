//! `obscura sweep`: remove renditions that no manifest names any more.

use std::time::Duration;

use obscura::release::{Stray, Sweep};
use serde_json::json;

use crate::deployment::{Deployment, DestinationFlags};
use crate::{DONE, SOME_FAILED, style};

/// Remove renditions that no manifest names any more
///
/// Such renditions are kept for some days, so that cached pages still find them, and a rollback to
/// an older component or older parameters needs no rendering. In AWS a lifecycle rule removes them;
/// `obscura serve` sweeps automatically. This command also finds objects that a killed function
/// left behind. Without --yes, nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    deployment: Deployment,

    #[command(flatten)]
    destination: DestinationFlags,

    /// Grace period in days; the functions' `OBSCURA_UNREFERENCED_GRACE_DAYS`
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=365))]
    grace_days: u64,

    /// Remove them
    #[arg(long)]
    yes: bool,

    /// Print one JSON object to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura sweep
      Print what would be removed from the pipeline that `obscura serve` runs.
  obscura sweep --bucket my-components --destination my-renditions --yes
      Remove it, in a deployed pipeline.";

/// Print unreferenced objects, and with --yes, remove them.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let opened = arguments.deployment.open().await?;
    let destination = opened.destination(&arguments.destination)?;
    let grace = Duration::from_secs(arguments.grace_days * 24 * 3600);
    let swept = Sweep::new(opened.store.clone(), destination, grace).run(arguments.yes).await?;
    if arguments.json {
        anstream::println!("{}", json!({ "swept": swept, "done": arguments.yes }));
    } else {
        for (key, stray) in &swept.strays {
            let what = match stray {
                Stray::Mark => "is named by no manifest, and is removed after the grace period",
                Stray::Remove => "goes",
            };
            anstream::println!("{}  {what}", style::heading(style::plain(key)));
        }
        for key in &swept.unreadable {
            let what = style::bad("cannot be read, so nothing is removed");
            anstream::println!("{}  {what}", style::heading(style::plain(key)));
        }
        let verb =
            if arguments.yes { "done" } else { "nothing was changed; use --yes to remove them" };
        let strays = style::several(swept.strays.len(), "object");
        style::complain(&format!("{strays} that no manifest names; {verb}"));
    }
    Ok(if swept.unreadable.is_empty() { DONE } else { SOME_FAILED })
}
