//! From a notification to renditions.
//!
//! - `converge`: make the destination match the newest source
//! - `work`: what one event has done so far, and what it has seen
//! - `admission`: what can be refused before a byte of it is decoded
//! - `render`: one picture through the sandbox, while it downloads and uploads
//! - `trial`: a canary has its try, and costs no picture
//! - `shadow`: a candidate renders as well, and nothing of it is stored
//! - `difference`: how its renditions differ from those that were stored
//! - `strays`: what may be left over in the destination
//! - `flow`: what connects the sandbox's thread with the store's tasks
//! - `manifest`: the record that makes renditions count
//! - `failure`: the record of a picture that cannot be rendered
//! - `outcome`: what became of a notification, and what it cost

mod admission;
mod converge;
mod difference;
mod failure;
mod flow;
mod manifest;
mod outcome;
mod render;
mod shadow;
mod strays;
mod trial;
mod work;

pub use failure::ErrorRecord;
pub use manifest::{Manifest, RenditionRecord, RouteRecord, SourceRecord, TransformRecord};
pub use outcome::{Cost, Outcome, Report};
pub use shadow::ShadowTask;
pub use trial::FailedCanary;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::component::Registry;
use crate::config::Config;
use crate::document::{Route, Watch};
use crate::outcomes::Recorder;
use crate::sandbox::Sandbox;
use crate::store::Store;

/// The longest that a start waits for connections that it may not need.
const CONNECT: Duration = Duration::from_secs(1);
/// What is asked for to have a connection.
const NO_OBJECT: &str = ".obscura/connect";

/// What warming up took.
#[derive(Debug, Clone, Copy, Default)]
pub struct WarmUp {
    /// Until the pipeline document was read.
    pub document: Duration,
    /// From there until its components were ready.
    pub components: Duration,
}

/// Everything that a picture needs on its way.
#[derive(Debug, Clone)]
pub struct Pipeline {
    config: Arc<Config>,
    store: Store,
    document: Arc<Watch>,
    registry: Arc<Registry>,
    outcomes: Arc<Recorder>,
}

impl Pipeline {
    /// A pipeline with this configuration.
    pub fn new(config: Config, store: Store, sandbox: Sandbox) -> Self {
        let document = Arc::new(Watch::new(store.clone(), &config.components_bucket));
        let registry = Arc::new(Registry::new(store.clone(), &config.components_bucket, sandbox));
        let outcomes = Arc::new(Recorder::new(store.clone(), &config.components_bucket));
        Self { config: Arc::new(config), store, document, registry, outcomes }
    }

    /// Load what the next picture is likely to need: the pipeline document and
    /// the components that its routes name, and meanwhile connections to the
    /// buckets of pictures. What is missing is not an error yet.
    pub async fn warm_up(&self) -> WarmUp {
        let started = Instant::now();
        let load = async {
            let Ok(document) = self.document.current().await else { return WarmUp::default() };
            let read = started.elapsed();
            for route in &document.routes {
                self.warm_up_route(route).await;
            }
            WarmUp { document: read, components: started.elapsed().saturating_sub(read) }
        };
        let connect = tokio::time::timeout(CONNECT, self.connect());
        tokio::join!(load, connect).0
    }

    /// Have a connection to each bucket of pictures, which are hosts of their own
    /// in AWS, by asking for an object that is not there.
    async fn connect(&self) {
        let Config { source_bucket, destination_bucket, .. } = &*self.config;
        let source = self.store.head(source_bucket, NO_OBJECT);
        let destination = self.store.head(destination_bucket, NO_OBJECT);
        // Whatever they answer.
        let _ = tokio::join!(source, destination);
    }

    async fn warm_up_route(&self, route: &Route) {
        let loaded = async { self.registry.load(self.registry.release(route).await?).await };
        if let Err(error) = loaded.await {
            tracing::warn!(route = route.name, code = %error.code(), %error, "not ready yet");
        }
        if route.canary.is_some() || route.shadow.is_some() {
            self.warm_up_canary(route).await;
        }
    }

    async fn warm_up_canary(&self, route: &Route) {
        let Some(pointer) = self.registry.canary(&route.transform).await else { return };
        if let Err(error) = self.registry.load(pointer.release).await {
            tracing::warn!(route = route.name, code = %error.code(), %error, "no canary yet");
        }
    }
}
