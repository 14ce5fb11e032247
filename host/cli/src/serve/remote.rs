//! The pipeline against an external S3 server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use obscura::document;
use obscura::store::{Condition, Fetched, Put, Store};
use obscura_local::lambda::Lambda;
use obscura_local::{Inbox, Remote, RemoteSetup};
use serde_json::json;

use super::poll::{Found, Poll, event};
use super::{probe, redrive, report_troubles, server, stop, tell_of_failures};
use crate::stack::{self, PUBLISH, Places, StackFlags};
use crate::{DONE, style};

/// Obscura Studio uses 9557.
const DEFAULT_ADDRESS: &str = "127.0.0.1:9558";
/// The token that senders of notifications need.
const TOKEN: &str = "OBSCURA_EVENTS_TOKEN";
const SHORTEST_TOKEN: usize = 16;
/// How long the first poll waits for events of the last run.
const PATIENCE: Duration = Duration::from_secs(600);
/// Retries of an event, for half an hour: the store may be down for a while.
const RETRIES: u32 = 10;
const RETRY_BACKOFF: Duration = Duration::from_secs(2);
/// Environment variables that the functions inherit besides those of AWS: the places of profiles
/// and certificates.
const PASSED_ON: [&str; 3] = ["HOME", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The S3 server, and how its changes are noticed.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "With an S3 server of yours")]
pub(super) struct RemoteFlags {
    /// Use this S3 server (MinIO, R2, Garage, Ceph, ...) instead of starting one,
    /// with the credentials and the region of the environment or of AWS_PROFILE
    #[arg(long, value_name = "URL", value_parser = endpoint,
          requires_all = ["source", "destination", "components"],
          conflicts_with_all = ["port", "delivery_port", "no_delivery", "on_event", "origins",
                                "public_read", "studio_port", "no_studio"])]
    pub(super) s3: Option<String>,

    /// The bucket that pictures are uploaded to
    #[arg(long, value_name = "BUCKET", requires = "s3")]
    source: Option<String>,

    /// The prefix of the pictures' keys
    #[arg(long, value_name = "PREFIX", default_value = "", requires = "s3")]
    source_prefix: String,

    /// The bucket that renditions are written to
    #[arg(long, value_name = "BUCKET", requires = "s3")]
    destination: Option<String>,

    /// The prefix of the renditions' keys
    #[arg(long, value_name = "PREFIX", default_value = "", requires = "s3")]
    destination_prefix: String,

    /// The bucket of components and of the pipeline document, and nothing else
    #[arg(long, value_name = "BUCKET", requires = "s3", visible_alias = "bucket")]
    components: Option<String>,

    /// The address for notifications of the buckets, as JSON posted to /events;
    /// also for /health. An address other than loopback needs a token for
    /// senders in OBSCURA_EVENTS_TOKEN
    #[arg(long, value_name = "ADDRESS:PORT", default_value = DEFAULT_ADDRESS, requires = "s3")]
    listen: SocketAddr,

    /// Poll the buckets at this interval, for changes without a notification; 0
    /// for never
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "s3",
          value_parser = clap::value_parser!(u64).range(0..=86_400))]
    poll: u64,
}

impl RemoteFlags {
    fn places(&self) -> anyhow::Result<Places> {
        let named = |bucket: &Option<String>, flag: &str| {
            bucket.clone().with_context(|| format!("name the bucket with {flag}"))
        };
        let places = Places {
            source: named(&self.source, "--source")?,
            source_prefix: self.source_prefix.clone(),
            destination: named(&self.destination, "--destination")?,
            destination_prefix: self.destination_prefix.clone(),
            components: named(&self.components, "--components")?,
        };
        let (from, to) = (&places.source_prefix, &places.destination_prefix);
        if places.source == places.destination && (from.starts_with(to) || to.starts_with(from)) {
            bail!(
                "renditions would start the pipeline again: {} is both source and destination, so \
                 --source-prefix and --destination-prefix are needed, and neither may begin with \
                 the other",
                places.source
            );
        }
        ensure!(
            places.components != places.source && places.components != places.destination,
            "{} cannot hold components and pictures: whoever writes pictures could publish \
             components; name a bucket of its own with --components",
            places.components
        );
        Ok(places)
    }

    fn inbox(&self) -> anyhow::Result<Inbox> {
        let token = std::env::var(TOKEN).ok().filter(|token| !token.is_empty());
        let length = token.as_ref().map(String::len);
        ensure!(
            length.is_none_or(|length| length >= SHORTEST_TOKEN),
            "{TOKEN} has {} characters, and can be guessed; use {SHORTEST_TOKEN} or more, such as \
             those of `openssl rand -hex 32`",
            length.unwrap_or_default()
        );
        ensure!(
            token.is_some() || self.listen.ip().is_loopback(),
            "others than this machine reach {}, so senders of notifications need a token: set \
             {TOKEN}, such as to the output of `openssl rand -hex 32`, or listen on 127.0.0.1",
            self.listen
        );
        Ok(Inbox { address: self.listen, token })
    }
}

/// What to run, besides the flags of the store.
pub(super) struct Asked<'a> {
    pub(super) stack: &'a StackFlags,
    /// The pipeline document to store.
    pub(super) document: Option<bytes::Bytes>,
    pub(super) redrive: bool,
}

/// Serve until it is asked to stop.
pub(super) async fn run(
    endpoint: &str,
    flags: &RemoteFlags,
    asked: Asked<'_>,
    logs: impl Fn(&str, &str) + Send + Sync + 'static,
) -> anyhow::Result<u8> {
    let (places, inbox) = (flags.places()?, flags.inbox()?);
    report_troubles();
    let store = Store::with_endpoint(endpoint).await;
    let able =
        probe::run(&store, &places).await.with_context(|| format!("the store at {endpoint}"))?;
    let (mut transform, mut publish) =
        (asked.stack.transform(&places)?, asked.stack.publish(&places)?);
    let variables = variables(endpoint, store.region());
    for function in [&mut transform, &mut publish] {
        function.env.extend(variables.clone());
        (function.retries, function.retry_backoff) = (RETRIES, RETRY_BACKOFF);
    }
    let mut rules = vec![places.pictures()];
    rules.extend(places.publications());
    let remote = Remote::start(RemoteSetup {
        root: asked.stack.dir.clone(),
        functions: vec![transform, publish],
        rules,
        inbox: Some(inbox),
        logs: Arc::new(logs),
    });
    let remote = remote.await?;
    let ready = prepare(&remote, &store, &places, asked.document);
    let stopped = tokio::select! {
        ready = ready => { ready?; false }
        stopped = stop() => { stopped?; true }
    };
    if !stopped {
        greet(&remote, endpoint, flags, &places, asked.stack);
        if !able.tags {
            style::complain(
                "the store keeps no tags: renditions that are replaced under keys with {version} \
                 stay",
            );
        }
        redrive(remote.lambda(), asked.redrive)?;
        tokio::select! {
            stopped = stop() => stopped?,
            () = poll(&remote, &store, &places, flags.poll) => {}
            () = tell_of_failures(remote.lambda()) => {}
        }
    }
    style::complain("stopping; unfinished events are kept");
    remote.shutdown().await;
    Ok(DONE)
}

/// Publish the built-in transform if nothing is published, or compile what is live for this
/// program's engine.
async fn prepare(
    remote: &Remote,
    store: &Store,
    places: &Places,
    document: Option<bytes::Bytes>,
) -> anyhow::Result<()> {
    let bucket = &places.components;
    let told = |key: &str| {
        let event = event("ObjectCreated:Put", bucket, key, None);
        remote.sorter().take(&[event]).context("an event cannot be kept")?;
        Ok(())
    };
    if stack::has_default_transform(store, bucket).await? {
        // Another version may have compiled them for another engine.
        let command = json!({ "obscura": "precompile", "by": "obscura serve" });
        let compiled = remote.lambda().invoke(PUBLISH, &command).await;
        compiled.context("what is published cannot be compiled for this version")?;
    } else {
        style::complain("publishing the built-in transform: checking and compiling it");
        stack::publish_built_in(store, bucket, &told).await?;
    }
    if let Some(document) = document {
        let stored = match store.get(bucket, document::KEY, None).await? {
            Fetched::Object(object) => Some(object.body.collect(document::MAX_BYTES).await?),
            Fetched::Missing | Fetched::NotModified => None,
        };
        if stored.as_ref() != Some(&document) {
            let put = Put { body: document, content_type: "application/json", ..Put::default() };
            store.put(bucket, document::KEY, put, Condition::Always).await?;
            told(document::KEY)?;
        }
    }
    Ok(())
}

/// Poll the buckets without end.
async fn poll(remote: &Remote, store: &Store, places: &Places, seconds: u64) {
    if seconds == 0 {
        return std::future::pending().await;
    }
    let lambda: &Arc<Lambda> = remote.lambda();
    let mut poll =
        Poll::new(store.clone(), places.clone(), remote.sorter().clone(), Arc::clone(lambda));
    // Events of the last run are still pending, and the poll would queue them again.
    let _ = tokio::time::timeout(PATIENCE, lambda.idle()).await;
    let mut said = String::new();
    loop {
        match poll.look().await {
            Ok(found) => {
                said.clear();
                tell(found);
            }
            // A store that stays down is reported once.
            Err(error) => {
                let reason = style::plain(&format!("{error:#}"));
                if reason != said {
                    style::complain(&style::bad(format!("cannot poll the buckets: {reason}")));
                    said = reason;
                }
            }
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

fn tell(found: Found) {
    if found.is_nothing() {
        return;
    }
    let Found { changed, gone, published } = found;
    style::complain(&style::faint(format!(
        "found by polling: {} new or changed, {gone} gone, {published} to publish",
        style::several(changed, "picture")
    )));
}

/// The variables that the functions need for the store: they start with an empty environment.
fn variables(endpoint: &str, region: Option<&str>) -> Vec<(String, String)> {
    let own = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"];
    let passed = std::env::vars().filter(|(name, _)| {
        let aws = name.starts_with("AWS_") && !name.starts_with("AWS_LAMBDA_");
        (aws && !own.contains(&name.as_str())) || PASSED_ON.contains(&name.as_str())
    });
    let mut variables: Vec<(String, String)> = passed.collect();
    variables.push(("AWS_ENDPOINT_URL".to_owned(), endpoint.to_owned()));
    if let Some(region) = region {
        variables.push(("AWS_REGION".to_owned(), region.to_owned()));
    }
    variables
}

/// A URL without a path.
fn endpoint(text: &str) -> Result<String, &'static str> {
    const FORM: &str = "a URL is like http://127.0.0.1:9000 or https://s3.example.org";
    server(text).ok_or(FORM)
}

fn greet(
    remote: &Remote,
    endpoint: &str,
    flags: &RemoteFlags,
    places: &Places,
    stack: &StackFlags,
) {
    let inbox = remote.inbox().map(|address| format!("http://{address}/events"));
    let poll = match flags.poll {
        0 => "no polling (--poll 0)".to_owned(),
        seconds => format!("polls every {seconds} s"),
    };
    let Places { source, source_prefix, destination, destination_prefix, components } = places;
    style::complain(&format!(
        "{}\n\n  store        {endpoint}\n  pictures     s3://{source}/{source_prefix}\n  \
         renditions   s3://{destination}/{destination_prefix}\n  components   \
         s3://{components}/\n  \
         events       {}, and {poll}\n  queues       {}\n",
        style::heading("Obscura is running. Ctrl-C stops it."),
        inbox.unwrap_or_default(),
        stack.dir.display(),
    ));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_endpoint_is_a_server_and_no_path() {
        assert_eq!(endpoint("http://127.0.0.1:9000/").unwrap(), "http://127.0.0.1:9000");
        assert_eq!(endpoint("https://s3.example.org").unwrap(), "https://s3.example.org");
        for odd in
            ["127.0.0.1:9000", "s3://bucket", "http://", "http://a/bucket", "http://a?b", "x y"]
        {
            assert!(endpoint(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn functions_are_told_of_the_store_by_one_endpoint_and_one_region() {
        let variables = variables("http://store", Some("garage"));
        let of = |wanted: &str| {
            let all = variables.iter().filter(|(name, _)| name == wanted);
            all.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(of("AWS_ENDPOINT_URL"), ["http://store"]);
        assert_eq!(of("AWS_REGION").last(), Some(&"garage"));
        assert!(of("PATH").is_empty());
    }
}
