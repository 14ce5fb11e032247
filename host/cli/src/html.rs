//! `obscura html`: the `<picture>` for a page.
//!
//! Its output equals that of the npm package in `host/page`; `host/page/tests/cases.json` tests
//! both.
//!
//! - [`members`]: the renditions of a family, in the order in which a page offers them
//! - [`picture`]: the attributes, and the HTML
//! - [`placeholder`], [`thumbhash`]: the background until the picture has loaded

mod members;
mod picture;
mod placeholder;
mod thumbhash;

use anyhow::{Context as _, bail};
use obscura::store::Store;

use crate::DONE;
use crate::deployment::Folder;
use crate::stack::DESTINATION;
use members::Renditions;
use picture::{Options, Picture};
use placeholder::Placeholder;

/// The maximum size of a manifest or placeholder.
const MAX_BYTES: u64 = 4 << 20;

/// Print the HTML <picture> element of an uploaded picture
///
/// It lists the renditions of a family with their widths, best format first,
/// including those that are made on request; width and height, so that the
/// layout does not shift; and the output of the transform `placeholder` as the
/// background. All text is escaped.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The picture's key in the source bucket
    #[arg(value_name = "KEY")]
    key: String,

    /// The common prefix of the renditions' names; optional if there is only one family
    #[arg(value_name = "FAMILY")]
    family: Option<String>,

    /// The destination bucket in AWS, with the credentials, region and endpoint
    /// of the environment. Default: the bucket of `obscura serve`
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<String>,

    #[command(flatten)]
    folder: Folder,

    /// The prefix of the renditions' keys
    #[arg(long, value_name = "PREFIX", default_value = "")]
    destination_prefix: String,

    /// Where renditions are served, such as https://cdn.example.com. Default:
    /// the page's own site
    #[arg(long, value_name = "URL", default_value = "")]
    base_url: String,

    /// The width at which the page shows it, as in the attribute `sizes`
    #[arg(long, value_name = "CSS", default_value = "100vw")]
    sizes: String,

    /// Alternative text
    #[arg(long, value_name = "TEXT", default_value = "")]
    alt: String,

    /// Load it immediately instead of lazily
    #[arg(long)]
    eager: bool,

    /// Print the attributes as a JSON object to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura html photos/cat.jpg card --base-url http://127.0.0.1:9556
      A family of renditions, from the pipeline that `obscura serve` runs.
  obscura html photos/cat.jpg card --alt 'A cat' --sizes '(min-width: 60rem) 50vw, 100vw'
      With alternative text, for a page that shows it at half width on wide screens.
  obscura html photos/cat.jpg --bucket my-renditions --base-url https://cdn.example.com
      From a deployed pipeline.
  obscura html photos/cat.jpg card --json
      The attributes, for a program.";

/// Print it.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let (store, bucket) = match &arguments.bucket {
        Some(bucket) => (Store::from_environment().await, bucket.as_str()),
        None => (arguments.folder.store().await?, DESTINATION),
    };
    let key = format!("{}{}/manifest.json", arguments.destination_prefix, arguments.key);
    let record = store.read_record::<Renditions>(bucket, &key, MAX_BYTES).await?;
    let renditions = match (record.value, record.unreadable) {
        (Some(renditions), _) => renditions,
        (None, Some(why)) => bail!("s3://{bucket}/{key} cannot be read: {why}"),
        (None, None) => {
            bail!("s3://{bucket}/{key} does not exist; was {} uploaded?", arguments.key)
        }
    };
    let family = match &arguments.family {
        Some(family) => family.clone(),
        None => renditions.only_family()?,
    };
    let mut options = Options {
        base: arguments.base_url.clone(),
        alt: arguments.alt.clone(),
        sizes: arguments.sizes.clone(),
        ..Options::default()
    };
    if arguments.eager {
        options.loading = "eager".to_owned();
    }
    if let Some(facts) = renditions.placeholder() {
        options.placeholder =
            store.read_record::<Placeholder>(bucket, facts, MAX_BYTES).await?.value;
    }
    let picture = Picture::of(&renditions, &family, &options)
        .with_context(|| format!("{} has {}", arguments.key, renditions.families()))?;
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&picture)?);
    } else {
        anstream::println!("{picture}");
    }
    Ok(DONE)
}
