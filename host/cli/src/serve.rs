//! `obscura serve`: the whole pipeline on this machine.

mod console;
mod poll;
mod probe;
mod remote;
mod webhook;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use obscura::document::{self, Document};
use obscura::release::{Destination, Sweep};
use obscura::store::{Condition, Put, Store};
use obscura_local::lambda::Lambda;
use obscura_local::{DEFAULT_DELIVERY_PORT, Event, OnSuccess, Sharing};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast::error::RecvError;

use crate::stack::{COMPONENTS, DESTINATION, SOURCE, Stack, StackFlags};
use crate::studio::{Lines, Served, StudioFlags};
use crate::{DONE, style};
use remote::{Asked, RemoteFlags};
use webhook::Webhook;

/// How long renditions stay that nothing names, as the functions are told if
/// nobody says otherwise.
const GRACE: Duration = Duration::from_secs(7 * 24 * 3600);
const BETWEEN_SWEEPS: Duration = Duration::from_secs(600);

/// Run the whole pipeline on this machine, with no AWS account
///
/// An S3 server on loopback keeps three buckets in a directory. The functions
/// run as in Lambda, with the same protocol: an upload to the bucket `source`
/// becomes renditions in the bucket `destination`, and a component uploaded to
/// `components` under incoming/ becomes the active one. Renditions are
/// delivered to web pages on a separate port, and made on request where a route
/// says so. Ctrl-C stops it; stored objects and unfinished events are kept for
/// the next start.
///
/// With --s3, it uses an S3 server of yours instead of starting one:
/// host/docs/servers.md shows how, with MinIO and R2.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    stack: StackFlags,

    /// Store this file in the components bucket as the pipeline document
    #[arg(long, value_name = "FILE")]
    pipeline: Option<PathBuf>,

    /// Retry the events that failed for good
    #[arg(long)]
    redrive: bool,

    /// The port on which renditions are delivered, as by CloudFront:
    /// http://127.0.0.1:9556/KEY/RENDITION; 0 for any free port. Default: 9556,
    /// or any free port with --port 0
    #[arg(long, value_name = "PORT")]
    delivery_port: Option<u16>,

    /// Do not deliver renditions
    #[arg(long, conflicts_with = "delivery_port")]
    no_delivery: bool,

    /// Post an event to this URL, as JSON, when a picture is ready, has failed
    /// or is gone. Deliveries are retried, and in order for each picture
    #[arg(long, value_name = "URL", value_parser = Webhook::parse)]
    on_event: Option<Webhook>,

    /// Let web pages of this origin, such as http://localhost:3000, read the
    /// destination bucket; all others are refused
    #[arg(long = "allow-origin", value_name = "ORIGIN", value_parser = origin)]
    origins: Vec<String>,

    /// Let objects of the destination bucket be read without a signature, as in
    /// a public bucket
    #[arg(long)]
    public_read: bool,

    #[command(flatten)]
    studio: StudioFlags,

    /// Print the functions' own log lines: JSON, with metrics
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    remote: RemoteFlags,
}

const EXAMPLES: &str = "\
Examples:
  obscura serve
      Then, in another terminal, what it prints: the environment variables, and
      aws s3 cp photo.jpg s3://source/photo.jpg
  obscura serve --pipeline pipeline.json
      With routes and parameters of your own.
  obscura serve --public-read --allow-origin http://localhost:3000
      A page that is served there can show renditions.
  obscura serve --on-event http://localhost:3000/pictures
      An application there is told when a picture is ready, has failed or is gone.
  obscura serve --redrive
      Try again what ended in the dead-letter queue.
  obscura serve --s3 http://127.0.0.1:9000 --source pictures --destination renditions \\
      --components components
      With the MinIO server of this machine: it accepts notifications at
      http://127.0.0.1:9558/events, and polls every minute.";

/// Serve until Ctrl-C, or until it is asked to stop.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let json = arguments.json;
    let lines = Lines::default();
    let heard = lines.clone();
    let logs = move |_: &str, line: &str| {
        heard.take(line);
        if json {
            println!("{line}");
        } else {
            console::print(line);
        }
    };
    let document = arguments.pipeline.as_ref().map(read_document).transpose()?;
    if let Some(endpoint) = &arguments.remote.s3 {
        let (stack, redrive) = (&arguments.stack, arguments.redrive);
        let asked = Asked { stack, document, redrive };
        return remote::run(endpoint, &arguments.remote, asked, logs).await;
    }
    let mut flags = arguments.stack.clone();
    flags.sharing = Sharing {
        bucket: DESTINATION.to_owned(),
        public_read: arguments.public_read,
        origins: arguments.origins.clone(),
    };
    let usual = if flags.port == 0 { 0 } else { DEFAULT_DELIVERY_PORT };
    let port = arguments.delivery_port.unwrap_or(usual);
    flags.delivery_port = (!arguments.no_delivery).then_some(port);
    flags.announce_to = arguments.on_event.clone().map(OnSuccess::new);
    report_troubles();
    let stack = Stack::start(&flags, logs).await?;
    if !stack.has_default_transform().await? {
        style::complain("publishing the built-in transform: checking and compiling it");
        stack.publish_built_in().await?;
    }
    // What its routes name is proved with it, so the built-in transform comes first.
    if let Some(document) = document {
        let put = Put { body: document, content_type: "application/json", ..Put::default() };
        stack.store.put(COMPONENTS, document::KEY, put, Condition::Always).await?;
    }
    let page = arguments.studio.serve(&stack, &lines, flags.port).await?;
    greet(&stack, page.as_ref());
    redrive(stack.local.lambda(), arguments.redrive)?;
    tokio::select! {
        stopped = stop() => stopped?,
        () = sweep(stack.store.clone()) => {}
        () = tell_of_failures(stack.local.lambda()) => {}
    }
    style::complain("stopping; stored objects are kept");
    stack.local.shutdown().await;
    Ok(DONE)
}

/// Retry dead letters if wanted, or say that there are some.
fn redrive(lambda: &Lambda, wanted: bool) -> anyhow::Result<()> {
    let dead = lambda.dead_letters()?.len();
    if dead > 0 && wanted {
        let events = lambda.redrive()?;
        style::complain(&format!("retrying {}", style::several(events, "failed event")));
    } else if dead > 0 {
        let events = style::several(dead, "event");
        style::complain(&format!("{events} failed for good; --redrive retries them"));
    }
    Ok(())
}

/// Say which events fail for good, and why.
async fn tell_of_failures(lambda: &Lambda) {
    let mut events = lambda.events();
    loop {
        match events.recv().await {
            Ok(Event::DeadLettered { function, error, .. }) => {
                let why = style::plain(&error.message);
                let remedy = "`obscura serve --redrive` tries it again";
                style::complain(&format!(
                    "an event of {function} failed for good: {why}; {remedy}"
                ));
            }
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

/// Wait for Ctrl-C, or for SIGTERM, which service managers and container engines send.
async fn stop() -> anyhow::Result<()> {
    let mut terminated = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot wait for Ctrl-C"),
        _ = terminated.recv() => Ok(()),
    }
}

/// Remove what no manifest names any more, as a lifecycle rule does in AWS.
async fn sweep(store: Store) {
    let destination = Destination::new(store.clone(), DESTINATION, "");
    let sweep = Sweep::new(store, destination, GRACE);
    let mut times = tokio::time::interval(BETWEEN_SWEEPS);
    loop {
        times.tick().await;
        if let Err(error) = sweep.run(true).await {
            style::complain(&format!("unreferenced renditions were not removed: {error}"));
        }
    }
}

/// An origin as browsers write it.
fn origin(text: &str) -> Result<String, &'static str> {
    const FORM: &str = "an origin is a scheme, a host and a port: http://localhost:3000";
    server(text).ok_or(FORM)
}

/// The scheme and the authority of a URL that has nothing else.
fn server(text: &str) -> Option<String> {
    let uri: http::Uri = text.trim_end_matches('/').parse().ok()?;
    match (uri.scheme_str(), uri.authority(), uri.path_and_query().map(|path| path.as_str())) {
        (Some(scheme @ ("http" | "https")), Some(authority), None | Some("/")) => {
            Some(format!("{scheme}://{authority}"))
        }
        _ => None,
    }
}

/// What the server itself has to complain of, a full disk above all.
fn report_troubles() {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    let ours = Targets::new().with_target("obscura_local", LevelFilter::WARN);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .without_time();
    // An error means that somebody listens already.
    let _ = tracing_subscriber::registry().with(lines).with(ours).try_init();
}

/// A pipeline document, checked before it replaces one that works.
fn read_document(path: &PathBuf) -> anyhow::Result<Bytes> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Document::parse(&text).with_context(|| path.display().to_string())?;
    Ok(text.into())
}

fn greet(stack: &Stack, page: Option<&Served>) {
    let local = &stack.local;
    let delivery = local.delivery();
    let delivery =
        delivery.map(|one| format!("  renditions   http://{}/KEY/RENDITION\n", one.address()));
    let page = page.map(|page| format!("  studio       {}\n", page.url())).unwrap_or_default();
    style::complain(&format!(
        "{}\n\n  endpoint     {}\n{}{page}  credentials  {}/.aws/credentials, for you alone\n  \
         buckets      {SOURCE}, {DESTINATION}, {COMPONENTS}\n  files        {}\n\n{}\n\n{}\n\
         aws s3 cp photo.jpg s3://{SOURCE}/photo.jpg\n\
         aws s3 ls --recursive s3://{DESTINATION}/\n\
         aws s3 cp mine.wasm s3://{COMPONENTS}/incoming/mine/\n",
        style::heading("Obscura is running. Ctrl-C stops it."),
        local.endpoint(),
        delivery.unwrap_or_default(),
        local.root().display(),
        local.root().display(),
        style::faint("In another terminal:"),
        stack.environment(),
    ));
}
