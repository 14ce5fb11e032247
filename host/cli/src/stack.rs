//! The whole pipeline on this machine: S3, Lambda and the real functions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use obscura::component::{Channel, INCOMING, OUTCOMES, Pointer, Pointers, TransformName};
use obscura::document;
use obscura::store::Store;
use obscura_local::{Delivery, EventPattern, Function, Local, OnSuccess, Rule, Sharing};

use crate::built;
use crate::component::Component;
use crate::upload::Upload;

/// Pictures are uploaded here.
pub(crate) const SOURCE: &str = "source";
/// Renditions appear here.
pub(crate) const DESTINATION: &str = "destination";
/// Components and the pipeline document are read from here.
pub(crate) const COMPONENTS: &str = "components";
/// The transform that is built in.
pub(crate) const BUILT_IN: &str = "resize";
/// The transform function.
pub(crate) const FUNCTION: &str = "transform";
/// The deliver function, and the announcing one: the same program in other roles.
pub(crate) const DELIVER: &str = "deliver";
const ANNOUNCE: &str = "announce";
/// The publish function.
pub(crate) const PUBLISH: &str = "publish";
/// Whether only proved documents are used.
const PROVED_DOCUMENTS: &str = "OBSCURA_PROVED_DOCUMENTS";
/// The longest that publishing may take, as in a deployment.
const PUBLISH_TIME: Duration = Duration::from_secs(300);

/// The buckets of a pipeline, and prefixes in them.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub(crate) source: String,
    /// The prefix of the pictures' keys.
    pub(crate) source_prefix: String,
    pub(crate) destination: String,
    /// The prefix of the renditions' keys.
    pub(crate) destination_prefix: String,
    pub(crate) components: String,
}

impl Places {
    /// The buckets of this machine's own S3.
    fn local() -> Self {
        Self {
            source: SOURCE.to_owned(),
            source_prefix: String::new(),
            destination: DESTINATION.to_owned(),
            destination_prefix: String::new(),
            components: COMPONENTS.to_owned(),
        }
    }

    /// The rule for the transform function.
    pub(crate) fn pictures(&self) -> Rule {
        Rule::new(&self.source, FUNCTION).prefix(&self.source_prefix)
    }

    /// The rules for the publish function.
    pub(crate) fn publications(&self) -> [Rule; 3] {
        let created = Rule::new(&self.components, PUBLISH).events([EventPattern::Created]);
        let document = Rule::new(&self.components, PUBLISH).prefix(document::KEY);
        [
            document.events([EventPattern::Created, EventPattern::Removed]),
            created.clone().prefix(INCOMING),
            created.prefix(OUTCOMES),
        ]
    }
}

/// How the pipeline is set up.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct StackFlags {
    /// The directory for all data
    #[arg(long, value_name = "DIR", default_value = ".obscura")]
    pub(crate) dir: PathBuf,

    /// The port of the S3 server; 0 for any free port
    #[arg(long, value_name = "PORT", default_value_t = obscura_local::DEFAULT_PORT)]
    pub(crate) port: u16,

    /// Number of execution environments, each of which processes one picture at
    /// a time. Default: the number of processors
    #[arg(long, value_name = "N")]
    environments: Option<usize>,

    /// Timeout of an invocation, in seconds
    #[arg(long, value_name = "S", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=900))]
    timeout_s: u64,

    /// The transform function's program. Default: the one next to this program
    #[arg(long, value_name = "PROGRAM")]
    bootstrap: Option<PathBuf>,

    /// The publish function's program. Default: the one next to this program
    #[arg(long, value_name = "PROGRAM")]
    publisher: Option<PathBuf>,

    /// What can be read without the key.
    #[arg(skip)]
    pub(crate) sharing: Sharing,

    /// The port that renditions are delivered on, if they are.
    #[arg(skip)]
    pub(crate) delivery_port: Option<u16>,

    /// Who is told what became of pictures.
    #[arg(skip)]
    pub(crate) announce_to: Option<OnSuccess>,

    /// Uploaded components are not published.
    #[arg(skip)]
    closed: bool,
}

#[cfg(feature = "measure")]
impl StackFlags {
    /// One environment, on any free port.
    pub(crate) fn for_measuring(dir: &Path, bootstrap: Option<PathBuf>) -> Self {
        Self {
            dir: dir.to_owned(),
            port: 0,
            environments: Some(1),
            timeout_s: 60,
            bootstrap,
            publisher: None,
            sharing: Sharing::default(),
            delivery_port: None,
            announce_to: None,
            closed: true,
        }
    }

    /// So many environments.
    pub(crate) fn environments(self, environments: usize) -> Self {
        Self { environments: Some(environments), ..self }
    }

    /// Uploaded components and documents are published.
    pub(crate) fn open(self, publisher: Option<PathBuf>) -> Self {
        Self { publisher, closed: false, ..self }
    }
}

impl StackFlags {
    /// The transform function.
    pub(crate) fn transform(&self, places: &Places) -> anyhow::Result<Function> {
        let program = found(self.bootstrap.as_deref(), built::bootstrap)?;
        let mut function = Function::new(FUNCTION, program);
        function.timeout = Duration::from_secs(self.timeout_s);
        if let Some(environments) = self.environments {
            function.concurrency = environments.max(1);
        }
        function.env = variables(&[
            ("OBSCURA_SOURCE_BUCKET", &places.source),
            ("OBSCURA_SOURCE_PREFIX", &places.source_prefix),
            ("OBSCURA_DESTINATION_BUCKET", &places.destination),
            ("OBSCURA_DESTINATION_PREFIX", &places.destination_prefix),
            ("OBSCURA_COMPONENTS_BUCKET", &places.components),
            (PROVED_DOCUMENTS, if self.closed { "0" } else { "1" }),
        ]);
        Ok(function)
    }

    /// The publish function.
    pub(crate) fn publish(&self, places: &Places) -> anyhow::Result<Function> {
        let program = found(self.publisher.as_deref(), built::publisher)?;
        let mut function = Function::new(PUBLISH, program);
        function.timeout = PUBLISH_TIME;
        function.env = variables(&[
            ("OBSCURA_COMPONENTS_BUCKET", &places.components),
            (PROVED_DOCUMENTS, "1"),
        ]);
        Ok(function)
    }
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The running pipeline.
pub(crate) struct Stack {
    pub(crate) local: Local,
    pub(crate) store: Store,
}

impl Stack {
    /// Start it. What functions print goes to `logs`.
    pub(crate) async fn start(
        flags: &StackFlags,
        logs: impl Fn(&str, &str) + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let places = Places::local();
        let function = flags.transform(&places)?;
        let in_role = |role: &str| {
            let mut other = Function { name: role.to_owned(), ..function.clone() };
            other.env.push(("OBSCURA_FUNCTION".to_owned(), role.to_owned()));
            other
        };
        let mut builder = Local::builder(&flags.dir)
            .port(flags.port)
            .bucket(SOURCE)
            .bucket(DESTINATION)
            .bucket(COMPONENTS);
        if let Some(port) = flags.delivery_port {
            let mut delivery = Delivery::new(DESTINATION);
            delivery.port = port;
            delivery.function = Some(DELIVER.to_owned());
            delivery.origins.clone_from(&flags.sharing.origins);
            builder = builder.function(in_role(DELIVER)).deliver(delivery);
        }
        if let Some(taker) = &flags.announce_to {
            let mut announce = in_role(ANNOUNCE);
            announce.on_success = Some(taker.clone());
            let records = Rule::new(DESTINATION, ANNOUNCE).suffix("/manifest.json").in_order();
            let kinds = [EventPattern::Created, EventPattern::Removed];
            builder = builder.function(announce).notify(records.events(kinds));
        }
        builder = builder
            .function(function)
            .notify(places.pictures())
            .share(flags.sharing.clone())
            .logs(logs);
        if !flags.closed {
            builder = builder.function(flags.publish(&places)?);
            for rule in places.publications() {
                builder = builder.notify(rule);
            }
        }
        let local = builder.start().await?;
        let credentials = local.credentials();
        let (id, secret) = (&credentials.access_key_id, &credentials.secret_access_key);
        let store = Store::at(&local.endpoint(), local.region(), id, secret).await;
        Ok(Self { local, store })
    }

    /// Publish the built-in transform, by an upload as any other. Gives what is
    /// active.
    pub(crate) async fn publish_built_in(&self) -> anyhow::Result<Pointer> {
        publish_built_in(&self.store, COMPONENTS, &|_| Ok(())).await
    }

    /// Whether the transform of the default route is published.
    pub(crate) async fn has_default_transform(&self) -> anyhow::Result<bool> {
        has_default_transform(&self.store, COMPONENTS).await
    }

    /// The commands that let other programs at it.
    pub(crate) fn environment(&self) -> String {
        let credentials = self.local.credentials();
        format!(
            "export AWS_ENDPOINT_URL={} AWS_REGION={} \\\n       AWS_ACCESS_KEY_ID={} \
             AWS_SECRET_ACCESS_KEY={}",
            self.local.endpoint(),
            self.local.region(),
            credentials.access_key_id,
            credentials.secret_access_key,
        )
    }
}

/// Publish the built-in transform by an upload, and pass its key to `told` once it is stored.
/// Returns the active pointer.
pub(crate) async fn publish_built_in(
    store: &Store,
    bucket: &str,
    told: &(dyn Fn(&str) -> anyhow::Result<()> + Sync),
) -> anyhow::Result<Pointer> {
    let transform: TransformName = BUILT_IN.parse().map_err(anyhow::Error::msg)?;
    let upload = Upload {
        store,
        bucket,
        transform: &transform,
        channel: Channel::Stable,
        by: "obscura",
        patience: PUBLISH_TIME,
    };
    let component = Bytes::from(Component::read(None)?.bytes);
    let report = upload.publish_telling(component, told).await?;
    if let Some(refusal) = report.refusal {
        return Err(refusal.into());
    }
    let active = Pointers::new(store.clone(), bucket).read(&transform, Channel::Stable).await?;
    active.value.context("the pointer is missing")
}

/// Whether the transform of the default route is published.
pub(crate) async fn has_default_transform(store: &Store, bucket: &str) -> anyhow::Result<bool> {
    let name: TransformName = BUILT_IN.parse().map_err(anyhow::Error::msg)?;
    let key = obscura::component::pointer_key(&name, Channel::Stable);
    Ok(store.head(bucket, &key).await?.is_some())
}

/// The program that a flag names, or the one that was built.
fn found(
    named: Option<&Path>,
    built: impl FnOnce() -> anyhow::Result<PathBuf>,
) -> anyhow::Result<PathBuf> {
    let program = named.map_or_else(built, |program| Ok(program.to_owned()))?;
    program.canonicalize().with_context(|| format!("cannot find {}", program.display()))
}
