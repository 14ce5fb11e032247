//! `obscura publish`: make a component the active one.

use std::path::PathBuf;

use bytes::Bytes;
use obscura::component::Channel;
use obscura::publish::{Published, Publisher};
use obscura::store::Store;

use crate::built;
use crate::component::Component;
use crate::stack::COMPONENTS;
use crate::{DONE, style};

/// Make a component the active one: the next picture is rendered by it
///
/// It is checked and compiled first; if anything is wrong with it, what was
/// active stays active. Nothing is redeployed and nothing is restarted.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The component; the built-in `resize` if none is named
    #[arg(value_name = "C.wasm")]
    component: Option<PathBuf>,

    /// The components bucket, in AWS: with the credentials, the region and the
    /// endpoint of the environment. Without it, the bucket of `obscura serve`
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<String>,

    /// The port of `obscura serve`
    #[arg(long, value_name = "PORT", default_value_t = obscura_local::DEFAULT_PORT,
          conflicts_with = "bucket")]
    port: u16,

    /// Who publishes it, for the record
    #[arg(long, value_name = "NAME", env = "USER", default_value = "unknown")]
    by: String,

    /// What was published, as JSON on the standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura publish mine.wasm
      Into the pipeline that `obscura serve` runs.
  obscura publish mine.wasm --bucket my-components
      Into a deployed pipeline.";

/// Publish, and say what is active now.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let component = Component::read(arguments.component.as_deref())?;
    let (store, bucket) = match &arguments.bucket {
        Some(bucket) => (Store::from_environment().await, bucket.as_str()),
        None => (local_store(arguments.port).await, COMPONENTS),
    };
    let publisher = Publisher::new(store, bucket, built::prover()?);
    let bytes = Bytes::from(component.bytes);
    let published = publisher.publish(bytes, Channel::Stable, &arguments.by).await?;
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&published)?);
    } else {
        anstream::println!("{}", sentence(&published));
    }
    Ok(DONE)
}

async fn local_store(port: u16) -> Store {
    let credentials = obscura_local::Credentials::default();
    let (id, secret) = (&credentials.access_key_id, &credentials.secret_access_key);
    let endpoint = format!("http://127.0.0.1:{port}");
    Store::at(&endpoint, obscura_local::s3::REGION, id, secret).await
}

fn sentence(published: &Published) -> String {
    let release = &published.pointer.release;
    let name = format!("{} {}", release.transform, release.version);
    let digest = release.digest.short();
    if published.unchanged {
        return format!("{} ({digest}) is active already", style::heading(name));
    }
    let instead =
        published.pointer.previous.map(|digest| format!(", instead of {}", digest.short()));
    format!(
        "{} ({digest}) is active{} {}",
        style::heading(name),
        instead.unwrap_or_default(),
        style::faint(format!("compiled in {:.1} s", published.compile_time.as_secs_f64())),
    )
}
