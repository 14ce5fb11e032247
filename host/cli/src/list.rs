//! `obscura list`: the published components.

use obscura::component::TransformName;
use obscura::release::{Catalogue, Entry};

use crate::deployment::Deployment;
use crate::{DONE, style};

/// List the published components, and where each is active
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// List only those of this transform
    #[arg(value_name = "TRANSFORM")]
    transform: Option<TransformName>,

    #[command(flatten)]
    deployment: Deployment,

    /// Print a JSON array to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura list
      In the pipeline that `obscura serve` runs.
  obscura list resize --bucket my-components --json
      In a deployed pipeline, for a program.";

/// List them, the oldest first.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let opened = arguments.deployment.open().await?;
    let mut entries = Catalogue::read(&opened.store, &opened.bucket).await?.entries;
    let wanted = arguments.transform.as_ref();
    entries.retain(|entry| wanted.is_none_or(|transform| entry.transform == *transform));
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&entries)?);
        return Ok(DONE);
    }
    if entries.is_empty() {
        style::complain(&format!("nothing is published in s3://{}", opened.bucket));
    }
    for entry in &entries {
        anstream::println!("{}", line(entry));
    }
    Ok(DONE)
}

/// A component in one line.
pub(crate) fn line(entry: &Entry) -> String {
    let release = entry.release.as_ref();
    let version = release.map_or("?".to_owned(), |release| style::plain(&release.version));
    let published = release.map_or("its record is missing".to_owned(), |release| {
        let at = release.published_at.get(..16).unwrap_or_default().replace('T', " ");
        style::plain(&format!("{at} by {}", release.published_by))
    });
    let channels: Vec<&str> = entry.channels.iter().map(|channel| channel.as_str()).collect();
    format!(
        "{:<16} {version:<10} {}  {:>10}  {published}  {}",
        entry.transform.as_str(),
        entry.digest,
        style::size(entry.bytes),
        style::heading(channels.join(", ")),
    )
}
