//! `obscura serve`: the whole pipeline on this machine.

mod console;

use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;
use obscura::document::{self, Document};
use obscura::store::{Condition, Put};

use crate::stack::{COMPONENTS, DESTINATION, SOURCE, Stack, StackFlags};
use crate::{DONE, style};

/// Run the whole pipeline on this machine, with no AWS account
///
/// An S3 server on loopback keeps three buckets in a directory. The functions
/// that Lambda runs are run here, by the very protocol that Lambda speaks: an
/// upload to the bucket `source` becomes renditions in the bucket `destination`,
/// and a component uploaded to `components` under incoming/ becomes the active
/// one. Ctrl-C stops it; what is stored is there at the next start,
/// and so are events that were not finished.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    stack: StackFlags,

    /// Put this file into the components bucket as the pipeline document
    #[arg(long, value_name = "FILE")]
    pipeline: Option<PathBuf>,

    /// Try events again that failed for good
    #[arg(long)]
    redrive: bool,

    /// Print the functions' own log lines: JSON, with metrics
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura serve
      Then, in another terminal, what it prints: the environment variables, and
      aws s3 cp photo.jpg s3://source/photo.jpg
  obscura serve --pipeline pipeline.json
      With routes and parameters of your own.
  obscura serve --redrive
      Try again what ended in the dead-letter queue.";

/// Serve until Ctrl-C.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let json = arguments.json;
    let logs = move |_: &str, line: &str| {
        if json {
            println!("{line}");
        } else {
            console::print(line);
        }
    };
    let document = arguments.pipeline.as_ref().map(read_document).transpose()?;
    let stack = Stack::start(&arguments.stack, logs).await?;
    if let Some(document) = document {
        let put = Put { body: document, content_type: "application/json", ..Put::default() };
        stack.store.put(COMPONENTS, document::KEY, put, Condition::Always).await?;
    }
    if !stack.has_default_transform().await? {
        style::complain("publishing the built-in transform: proving and compiling it");
        stack.publish_built_in().await?;
    }
    greet(&stack);
    let dead = stack.local.lambda().dead_letters()?.len();
    if dead > 0 && arguments.redrive {
        let events = stack.local.lambda().redrive()?;
        style::complain(&format!("trying {events} failed events again"));
    } else if dead > 0 {
        style::complain(&format!("{dead} events have failed for good; --redrive tries them again"));
    }
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    style::complain("stopping; what is stored stays");
    stack.local.shutdown().await;
    Ok(DONE)
}

/// A pipeline document, checked before it replaces one that works.
fn read_document(path: &PathBuf) -> anyhow::Result<Bytes> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Document::parse(&text).with_context(|| path.display().to_string())?;
    Ok(text.into())
}

fn greet(stack: &Stack) {
    let local = &stack.local;
    let credentials = local.credentials();
    style::complain(&format!(
        "{}\n\n  endpoint     {}\n  credentials  {} / {}\n  buckets      {SOURCE}, \
         {DESTINATION}, {COMPONENTS}\n  files        {}\n\n{}\n\n{}\n\
         aws s3 cp photo.jpg s3://{SOURCE}/photo.jpg\n\
         aws s3 ls --recursive s3://{DESTINATION}/\n\
         aws s3 cp mine.wasm s3://{COMPONENTS}/incoming/mine/\n",
        style::heading("Obscura is running. Ctrl-C stops it."),
        local.endpoint(),
        credentials.access_key_id,
        credentials.secret_access_key,
        local.root().display(),
        style::faint("In another terminal:"),
        stack.environment(),
    ));
}
