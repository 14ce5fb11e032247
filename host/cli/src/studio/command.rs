//! `obscura studio`: the page for a deployment.

use anyhow::Context as _;
use obscura::digest::Digest;

use super::{DEFAULT_PORT, Invoker, Served, Setup, Studio};
use crate::deployment::{Author, Deployment, DestinationFlags};
use crate::{DONE, style};

/// Open a page for a deployed pipeline: view pictures, try parameters, compare components
///
/// It is served on loopback, only for this machine, and uses the credentials, the region and the
/// endpoint of the environment. It is read-only unless --allow-changes is given. `obscura serve`
/// already serves such a page, and prints its address at the start.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    deployment: Deployment,

    #[command(flatten)]
    destination: DestinationFlags,

    /// The source bucket; without it, only pictures that have a manifest are shown
    #[arg(long, value_name = "BUCKET", requires = "bucket")]
    source: Option<String>,

    /// The transform function, to render pictures again; with --allow-changes
    #[arg(long, value_name = "NAME", requires = "bucket")]
    transform_function: Option<String>,

    /// The port of the page; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = DEFAULT_PORT)]
    studio_port: u16,

    /// Let the page upload, publish, promote, roll back and save documents
    #[arg(long)]
    allow_changes: bool,

    #[command(flatten)]
    author: Author,
}

const EXAMPLES: &str = "\
Examples:
  obscura studio --bucket my-components --destination my-renditions
      View pictures, try parameters and compare components; read-only.
  obscura studio --bucket my-components --destination my-renditions \\
      --source my-pictures --allow-changes
      Also upload and publish.
  obscura studio
      For the pipeline that `obscura serve` runs in another terminal.";

/// Serve it until Ctrl-C.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let opened = arguments.deployment.open().await?;
    let destination = opened.destination(&arguments.destination)?;
    let source = arguments.source.clone().or_else(|| opened.source());
    let function = match (&arguments.transform_function, arguments.allow_changes) {
        // A read-only studio needs no client of Lambda.
        (None, false) if !arguments.deployment.is_local() => None,
        (named, _) => opened.transform_function(named.as_deref()).await?,
    };
    let invoker = function.map(|(functions, name)| Invoker { functions, name });
    let publisher = arguments.author.function(&opened).map(str::to_owned);
    let author = Author { function: publisher, ..arguments.author.clone() };
    let studio = Studio::new(Setup {
        store: opened.store,
        source,
        components: opened.bucket,
        destination,
        may_change: arguments.allow_changes,
        local: None,
        invoker,
        author,
    })?;
    let served = Served::start(&studio, arguments.studio_port, fresh_token()?).await?;
    let what =
        if arguments.allow_changes { "may change what is stored" } else { "reads and previews" };
    style::complain(&format!(
        "{}\n\n  {}\n\nIt {what}. Ctrl-C stops it.",
        style::heading("Obscura Studio is open at"),
        served.url()
    ));
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    Ok(DONE)
}

/// A random token.
pub(crate) fn fresh_token() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(Digest::of(&bytes).to_string().chars().take(32).collect())
}
