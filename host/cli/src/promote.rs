//! `obscura promote`: make the canary the stable component.

use obscura::component::TransformName;

use serde_json::json;

use crate::deployment::{Author, Deployment};
use crate::{DONE, style};

/// Make the canary the stable component: every picture is rendered by it
///
/// Nothing is deployed; the next picture uses it. `obscura rollback` goes back
/// to the component that was stable before.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The transform; optional if there is only one
    #[arg(value_name = "TRANSFORM")]
    transform: Option<TransformName>,

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
  obscura promote
      In the pipeline that `obscura serve` runs.
  obscura promote resize --bucket my-components --function obscura-publish
      In a deployed pipeline, through its publish function; --deployment names both.
Exit codes: 0 promoted, 2 nothing has changed.";

/// Promote, and print the active component.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let opened = arguments.deployment.open().await?;
    let transform = opened.transform(arguments.transform.as_ref()).await?;
    let author = &arguments.author;
    let change = match author.function(&opened) {
        Some(function) => {
            author.ask(function, json!({ "obscura": "promote", "transform": transform })).await?
        }
        None => opened.changes(author).promote(&transform).await?,
    };
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&change)?);
        return Ok(DONE);
    }
    let pointer = &change.pointer;
    let instead = pointer.previous.map(|digest| format!(", instead of {}", digest.short()));
    anstream::println!(
        "{} {} ({}) is stable now{}",
        style::heading(&transform),
        style::plain(&pointer.release.version),
        pointer.release.digest.short(),
        instead.unwrap_or_default(),
    );
    Ok(DONE)
}
