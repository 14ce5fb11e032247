//! Obscura Studio: a page to view pictures, try parameters, swap and compare components, and
//! operate.
//!
//! It is served on loopback, by `obscura serve` or for a deployment. It offers the operations of
//! the commands in a form that a page can use:
//!
//! - `command`: `obscura studio`, for a deployment
//! - `server`: the server and its routes
//! - `door`: access control
//! - `wire`: requests and responses
//! - `api`: typed operations, and their OpenAPI document
//! - `page`: the files of the page, in the folder `page/`
//! - `feed`, `watch`: events for every open page
//! - `gallery`, `pictures`: uploads and their state
//! - `preview`, `shelf`: renditions with other parameters, kept in memory
//! - `document`: the pipeline document
//! - `swap`: publish, compare, promote and withdraw components
//! - `operate`: failures, dead letters, environments, verify and repair
//! - `jobs`: long operations
//! - `files`: objects and previews, for the browser
//! - `problem`: errors, with a code and a remedy

mod api;
pub(crate) mod command;
mod document;
mod door;
mod feed;
mod files;
mod gallery;
mod job;
mod jobs;
mod operate;
mod page;
mod pictures;
mod preview;
mod problem;
mod server;
mod shelf;
mod swap;
mod watch;
mod wire;

use std::sync::{Arc, OnceLock};

use obscura::component::Registry;
use obscura::document::{Document, Watch};
use obscura::release::Destination;
use obscura::sandbox::Sandbox;
use obscura::store::Store;
use obscura_local::lambda::Lambda;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::deployment::Author;
use crate::functions::Functions;
use crate::stack::Stack;
pub(crate) use server::Served;

/// The default port.
pub(crate) const DEFAULT_PORT: u16 = 9557;
/// MiB of uploads in memory at a time.
const ROOM_MIB: u32 = 512;
/// Previews at a time.
const PREVIEWS: usize = 2;

/// Options of the page that `obscura serve` serves.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct StudioFlags {
    /// The port of the web page Obscura Studio. Default: 9557, or any free port with --port 0
    #[arg(long, value_name = "PORT")]
    studio_port: Option<u16>,

    /// Do not serve the page
    #[arg(long, conflicts_with = "studio_port")]
    no_studio: bool,
}

impl StudioFlags {
    /// Serve the page for a pipeline whose S3 has this port, unless it is disabled.
    pub(crate) async fn serve(
        &self,
        stack: &Stack,
        lines: &Lines,
        s3_port: u16,
    ) -> anyhow::Result<Option<Served>> {
        if self.no_studio {
            return Ok(None);
        }
        let usual = if s3_port == 0 { 0 } else { DEFAULT_PORT };
        let port = self.studio_port.unwrap_or(usual);
        Ok(Some(Served::beside(stack, lines, port).await?))
    }
}

/// The pipeline that the page shows.
pub(crate) struct Studio {
    store: Store,
    /// The source bucket, if known.
    source: Option<String>,
    /// The components bucket.
    components: String,
    destination: Destination,
    /// Whether it may change what is stored.
    may_change: bool,
    /// The functions of `obscura serve`.
    local: Option<Arc<Lambda>>,
    /// Invokes the transform function, if known.
    invoker: Option<Arc<Invoker>>,
    /// The name that is recorded for changes.
    author: Author,
    sandbox: Sandbox,
    registry: Registry,
    gallery: gallery::Gallery,
    shelf: shelf::Shelf,
    feed: feed::Feed,
    activity: watch::Activity,
    jobs: jobs::Jobs,
    room: Arc<Semaphore>,
    previews: Semaphore,
    /// Scoring takes longer than rendering, so it has its own limit, and previews do not wait for
    /// it.
    judging: Semaphore,
}

/// The shared state of all requests.
pub(crate) type Shared = Arc<Studio>;

/// The pipeline, and the permitted operations.
pub(crate) struct Setup {
    pub(crate) store: Store,
    pub(crate) source: Option<String>,
    pub(crate) components: String,
    pub(crate) destination: Destination,
    pub(crate) may_change: bool,
    pub(crate) local: Option<Arc<Lambda>>,
    pub(crate) invoker: Option<Invoker>,
    pub(crate) author: Author,
}

/// Invokes the transform function.
pub(crate) struct Invoker {
    pub(crate) functions: Functions,
    /// Its name.
    pub(crate) name: String,
}

impl Studio {
    pub(crate) fn new(setup: Setup) -> anyhow::Result<Shared> {
        let Setup { store, source, components, destination, may_change, local, invoker, author } =
            setup;
        let sandbox = Sandbox::new()?;
        Ok(Arc::new(Self {
            registry: Registry::new(store.clone(), &components, sandbox.clone()),
            store,
            source,
            components,
            destination,
            may_change,
            local,
            invoker: invoker.map(Arc::new),
            author,
            sandbox,
            gallery: gallery::Gallery::default(),
            shelf: shelf::Shelf::default(),
            feed: feed::Feed::new(),
            activity: watch::Activity::new(),
            jobs: jobs::Jobs::default(),
            room: Arc::new(Semaphore::new(ROOM_MIB as usize)),
            previews: Semaphore::new(PREVIEWS),
            judging: Semaphore::new(1),
        }))
    }

    /// The active pipeline document.
    async fn document(&self) -> Result<Arc<Document>, problem::Problem> {
        let watch = Watch::new(self.store.clone(), &self.components).of_proved(true);
        Ok(watch.current().await?)
    }

    /// Wait for memory for a file of this many bytes.
    async fn room(&self, bytes: u64) -> OwnedSemaphorePermit {
        let mib = u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(ROOM_MIB).clamp(1, ROOM_MIB);
        match Arc::clone(&self.room).acquire_many_owned(mib).await {
            Ok(permit) => permit,
            // It is never closed.
            Err(_) => std::future::pending().await,
        }
    }
}

/// The log of the functions of `obscura serve`, for a studio that is started later.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<OnceLock<Shared>>);

impl Lines {
    /// A line of a function's log.
    pub(crate) fn take(&self, line: &str) {
        if let Some(studio) = self.0.get() {
            watch::line(studio, line);
        }
    }
}
