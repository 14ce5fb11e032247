//! Functions and their queues, for an external store: no S3 server is started.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::broadcast;

use crate::disk;
use crate::error::Error;
use crate::http::HttpServer;
use crate::inbox::Inbox;
use crate::lambda::{Event, Function, Lambda, LogSink};
use crate::lock::FolderLock;
use crate::notify::{Rule, Sorter};

/// What is to run; see [`Remote::start`].
pub struct RemoteSetup {
    /// The folder of the queues and the dead letters, created if need be.
    pub root: PathBuf,
    /// The functions. Their own `env` must say where the store is.
    pub functions: Vec<Function>,
    /// Which changes go to which function.
    pub rules: Vec<Rule>,
    /// Where the store's notifications are received, if they are.
    pub inbox: Option<Inbox>,
    /// Receives every line that a function prints.
    pub logs: LogSink,
}

/// Running functions.
pub struct Remote {
    lambda: Arc<Lambda>,
    sorter: Sorter,
    inbox: Option<HttpServer>,
    /// Released last.
    _lock: FolderLock,
}

impl Remote {
    /// Starts, and delivers what was pending.
    ///
    /// # Errors
    /// The folder is served already or cannot be used, the address is taken or needs a token, or a
    /// rule names a function that is not there.
    pub async fn start(setup: RemoteSetup) -> Result<Self, Error> {
        let RemoteSetup { root, functions, rules, inbox, logs } = setup;
        let unusable = |source: io::Error| Error::Folder { root: root.clone(), source };
        for rule in &rules {
            rule.check_function(&functions)?;
        }
        disk::create_private_root(&root).map_err(unusable)?;
        let lock = FolderLock::take(&root)?;
        let lambda = Lambda::open(&root.join(".store"), functions, &logs).map_err(unusable)?;
        let lambda = Arc::new(lambda);
        let sorter = Sorter::new(rules, Arc::clone(&lambda));
        let inbox = match inbox {
            Some(inbox) => Some(inbox.start(sorter.clone(), Arc::clone(&lambda)).await?),
            None => None,
        };
        lambda.resume().map_err(unusable)?;
        Ok(Self { lambda, sorter, inbox, _lock: lock })
    }

    /// Where notifications are received.
    pub fn inbox(&self) -> Option<SocketAddr> {
        self.inbox.as_ref().map(HttpServer::address)
    }

    /// Accepts records that did not come through the inbox.
    pub fn sorter(&self) -> &Sorter {
        &self.sorter
    }

    /// Invocations, dead letters, queues.
    pub fn lambda(&self) -> &Arc<Lambda> {
        &self.lambda
    }

    /// Everything that happens to functions and their events from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.lambda.events()
    }

    /// Stops. What is queued is there at the next start.
    pub async fn shutdown(self) {
        // Senders first: events accepted from now on would only wait.
        if let Some(inbox) = self.inbox {
            inbox.shutdown().await;
        }
        self.lambda.shutdown().await;
    }
}
