//! `obscura rollback`: go back to an earlier component.

use obscura::component::{Channel, TransformName};
use obscura::digest::Digest;

use serde_json::json;

use crate::deployment::{Author, Deployment};
use crate::{DONE, style};

/// Go back to an earlier component, or withdraw the canary
///
/// The next picture is rendered by it; nothing is deployed or compiled. Existing renditions stay
/// unchanged until `obscura repair`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The transform; optional if there is only one
    #[arg(value_name = "TRANSFORM")]
    transform: Option<TransformName>,

    /// The digest of the component to go back to, as in `obscura list`.
    /// Default: the previous one
    #[arg(long, value_name = "DIGEST")]
    to: Option<Digest>,

    /// `stable`, or `canary` to withdraw the canary
    #[arg(long, value_name = "CHANNEL", default_value = "stable")]
    channel: Channel,

    #[command(flatten)]
    deployment: Deployment,

    #[command(flatten)]
    author: Author,

    /// Print what is active now, as JSON, to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura rollback
      To the previous stable component, in the pipeline that `obscura serve` runs.
  obscura rollback resize --bucket my-components --function obscura-publish
      In a deployed pipeline, through its publish function.
  obscura rollback resize --to 3f1c…e2
      To any component that is still published.
  obscura rollback --channel canary
      Withdraw the canary: every picture gets the stable component.
Exit codes: 0 rolled back, 2 nothing has changed.";

/// Roll back, and print the active component.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let opened = arguments.deployment.open().await?;
    let transform = opened.transform(arguments.transform.as_ref()).await?;
    let (author, channel, to) = (&arguments.author, arguments.channel, arguments.to);
    if channel == Channel::Canary && to.is_some() {
        anyhow::bail!("--to is for the channel `stable`; publish another canary instead");
    }
    let change = match (author.function(&opened), channel) {
        (Some(function), _) => {
            let command = json!({
                "obscura": "rollback", "transform": transform, "channel": channel, "to": to,
            });
            author.ask(function, command).await?
        }
        (None, Channel::Stable) => opened.changes(author).roll_back(&transform, to).await?,
        (None, Channel::Canary) => opened.changes(author).take_back(&transform).await?,
    };
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&change)?);
        return Ok(DONE);
    }
    let release = &change.pointer.release;
    let name = format!("{} {}", release.transform, style::plain(&release.version));
    let digest = release.digest.short();
    match change.channel {
        Channel::Stable => {
            anstream::println!("{} ({digest}) is stable now", style::heading(name));
            if let Some(bad) = change.pointer.previous {
                let hint = format!(
                    "to render the pictures of the replaced component again: obscura repair \
                     --digest {bad}{}",
                    arguments.deployment.flags()
                );
                anstream::println!("{}", style::faint(hint));
            }
        }
        Channel::Canary => {
            anstream::println!("{} ({digest}) is no longer the canary", style::heading(name));
        }
    }
    Ok(DONE)
}
