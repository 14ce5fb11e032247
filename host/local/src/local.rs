//! Combines S3, notifications and Lambda for one folder.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::broadcast;

use crate::credentials::{self, Credentials};
use crate::delivery::{Delivery, DeliveryServer, Origins};
use crate::disk;
use crate::error::Error;
use crate::lambda::{Event, Function, InvokeApi, Lambda, LogSink};
use crate::lock::FolderLock;
use crate::notify::{Notifier, Rule, Tampering};
use crate::s3::{Faults, S3Server, Sharing};

/// The default port of S3.
pub const DEFAULT_PORT: u16 = 9555;

/// The settings of a server, from [`Local::builder`].
#[must_use]
pub struct Builder {
    root: PathBuf,
    port: u16,
    buckets: Vec<String>,
    functions: Vec<Function>,
    rules: Vec<Rule>,
    sharing: Sharing,
    delivery: Option<Delivery>,
    sink: LogSink,
}

/// A running server.
pub struct Local {
    s3: S3Server,
    delivery: Option<DeliveryServer>,
    lambda: Arc<Lambda>,
    tampering: Tampering,
    credentials: Credentials,
    root: PathBuf,
    /// Dropped last.
    _lock: FolderLock,
}

impl Builder {
    /// The port of S3; 0 for any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Creates a bucket, if missing.
    pub fn bucket(mut self, name: impl Into<String>) -> Self {
        self.buckets.push(name.into());
        self
    }

    /// Adds a function. It gets the endpoint and credentials of S3 in `AWS_ENDPOINT_URL_S3` and the
    /// usual variables, unless its own `env` overrides them.
    pub fn function(mut self, function: Function) -> Self {
        self.functions.push(function);
        self
    }

    /// Adds a notification rule.
    pub fn notify(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Makes one bucket readable without the key.
    pub fn share(mut self, sharing: Sharing) -> Self {
        self.sharing = sharing;
        self
    }

    /// Delivers a bucket over HTTP, with a cache in front and a function for missing objects.
    pub fn deliver(mut self, delivery: Delivery) -> Self {
        self.delivery = Some(delivery);
        self
    }

    /// Receives every line of the functions' output. By default, they go to `tracing`.
    pub fn logs(mut self, sink: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        self.sink = Arc::new(sink);
        self
    }

    /// Starts the server, and delivers pending events.
    ///
    /// # Errors
    /// The folder is already served or cannot be used, the port is taken, or a rule has an unknown
    /// name.
    pub async fn start(self) -> Result<Local, Error> {
        let root = self.root;
        let unusable = |source: io::Error| Error::Folder { root: root.clone(), source };
        check_rules(&self.rules, &self.buckets, &self.functions)?;
        if let Some(delivery) = &self.delivery {
            check_delivery(delivery, &self.buckets, &self.functions)?;
        }
        disk::create_private_root(&root).map_err(unusable)?;
        let lock = FolderLock::take(&root)?;
        let listener = bind(self.port).await?;
        let delivery = match self.delivery {
            Some(delivery) => Some((bind(delivery.port).await?, delivery)),
            None => None,
        };
        let address = listener.local_addr().map_err(unusable)?;
        let credentials = Credentials::of_folder(&root).map_err(unusable)?;
        credentials::write_config(&root, &format!("http://{address}")).map_err(unusable)?;
        let functions = self.functions.into_iter();
        let functions = functions.map(|f| equipped(f, address, &credentials));
        let lambda = Lambda::open(&root.join(".store"), functions.collect(), &self.sink)
            .map(Arc::new)
            .map_err(unusable)?;
        let tampering = Tampering::default();
        let notifier = Notifier::new(self.rules, Arc::clone(&lambda), tampering.clone());
        let invoke = InvokeApi { lambda: Arc::clone(&lambda), credentials: credentials.clone() };
        let s3 = S3Server::start(
            &root,
            listener,
            &credentials,
            self.sharing,
            Arc::new(notifier),
            Arc::new(invoke),
        )
        .map_err(unusable)?;
        for bucket in &self.buckets {
            s3.ensure_bucket(bucket).map_err(unusable)?;
        }
        let delivery = delivery.map(|(listener, delivery)| {
            let origins = Origins {
                reader: s3.reader(),
                lambda: Arc::clone(&lambda),
                bucket: delivery.bucket.clone(),
                function: delivery.function.clone(),
            };
            DeliveryServer::start(listener, &delivery, origins)
        });
        let delivery = delivery.transpose().map_err(unusable)?;
        lambda.resume().map_err(unusable)?;
        Ok(Local { s3, delivery, lambda, tampering, credentials, root, _lock: lock })
    }
}

impl Local {
    /// Settings for serving `root`, which is created if missing.
    pub fn builder(root: impl Into<PathBuf>) -> Builder {
        Builder {
            root: root.into(),
            port: DEFAULT_PORT,
            buckets: Vec::new(),
            functions: Vec::new(),
            rules: Vec::new(),
            sharing: Sharing::default(),
            delivery: None,
            sink: Arc::new(|function, line| tracing::info!(function, "{line}")),
        }
    }

    /// The S3 endpoint, `http://127.0.0.1:<port>`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.s3.address())
    }

    /// Its credentials.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The region to sign for.
    pub fn region(&self) -> &'static str {
        crate::account::REGION
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// S3: its buckets, its faults, its counters.
    pub fn s3(&self) -> &S3Server {
        &self.s3
    }

    /// Delivery, if there is one.
    pub fn delivery(&self) -> Option<&DeliveryServer> {
        self.delivery.as_ref()
    }

    /// Injects faults into S3, and counts requests.
    pub fn faults(&self) -> &Faults {
        self.s3.faults()
    }

    /// Lambda: invocations, dead letters, queues.
    pub fn lambda(&self) -> &Arc<Lambda> {
        &self.lambda
    }

    /// Injects duplicates and reordering of events.
    pub fn notifications(&self) -> &Tampering {
        &self.tampering
    }

    /// Subscribes to everything that happens to functions and their events.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.lambda.events()
    }

    /// Waits until every event is processed, or in the dead-letter queue.
    pub async fn idle(&self) {
        self.lambda.idle().await;
    }

    /// Stops. Stored objects and queued events are kept for the next start.
    ///
    /// Delivery stops first, so that there are no new requests; then functions, so that they can
    /// still store their results.
    pub async fn shutdown(self) {
        if let Some(delivery) = self.delivery {
            delivery.shutdown().await;
        }
        self.lambda.shutdown().await;
        self.s3.shutdown().await;
        self.tampering.leave();
    }
}

async fn bind(port: u16) -> Result<TcpListener, Error> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|source| Error::Port { port, source })
}

/// Adds the settings of S3 to a function.
fn equipped(mut function: Function, s3: SocketAddr, credentials: &Credentials) -> Function {
    let own = std::mem::take(&mut function.env);
    function.env = vec![
        ("AWS_ENDPOINT_URL_S3".to_owned(), format!("http://{s3}")),
        ("AWS_ACCESS_KEY_ID".to_owned(), credentials.access_key_id.clone()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), credentials.secret_access_key.clone()),
    ];
    function.env.extend(own);
    function
}

fn check_delivery(
    delivery: &Delivery,
    buckets: &[String],
    functions: &[Function],
) -> Result<(), Error> {
    if !buckets.contains(&delivery.bucket) {
        return Err(Error::Delivery { kind: "bucket", name: delivery.bucket.clone() });
    }
    match &delivery.function {
        Some(name) if !functions.iter().any(|f| &f.name == name) => {
            Err(Error::Delivery { kind: "function", name: name.clone() })
        }
        _ => Ok(()),
    }
}

fn check_rules(rules: &[Rule], buckets: &[String], functions: &[Function]) -> Result<(), Error> {
    for rule in rules {
        if !buckets.contains(&rule.bucket) {
            return Err(Error::Rule { kind: "bucket", name: rule.bucket.clone() });
        }
        rule.check_function(functions)?;
    }
    Ok(())
}
