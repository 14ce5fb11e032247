//! From a notification to renditions.
//!
//! - `converge`: make the destination match the newest source
//! - `render`: one picture through the sandbox, while it downloads and uploads
//! - `strays`: what may be left over in the destination
//! - `flow`: what connects the sandbox's thread with the store's tasks
//! - `manifest`: the record that makes renditions count
//! - `failure`: the record of a picture that cannot be rendered
//! - `outcome`: what became of a notification, and what it cost

mod converge;
mod failure;
mod flow;
mod manifest;
mod outcome;
mod render;
mod strays;

pub use failure::ErrorRecord;
pub use manifest::{Manifest, RenditionRecord, RouteRecord, SourceRecord, TransformRecord};
pub use outcome::{Cost, Outcome, Report};

use std::sync::Arc;

use crate::component::Registry;
use crate::config::Config;
use crate::document::Watch;
use crate::sandbox::Sandbox;
use crate::store::Store;

/// Everything that a picture needs on its way.
#[derive(Debug, Clone)]
pub struct Pipeline {
    config: Arc<Config>,
    store: Store,
    document: Arc<Watch>,
    registry: Arc<Registry>,
}

impl Pipeline {
    /// A pipeline with this configuration.
    pub fn new(config: Config, store: Store, sandbox: Sandbox) -> Self {
        let document = Arc::new(Watch::new(store.clone(), &config.components_bucket));
        let registry = Arc::new(Registry::new(store.clone(), &config.components_bucket, sandbox));
        Self { config: Arc::new(config), store, document, registry }
    }

    /// Load what the next picture is likely to need: the pipeline document and
    /// the components that its routes name. What is missing is not an error
    /// yet.
    pub async fn warm_up(&self) {
        let Ok(document) = self.document.current().await else { return };
        for route in &document.routes {
            let loaded = async { self.registry.load(self.registry.release(route).await?).await };
            if let Err(error) = loaded.await {
                tracing::warn!(route = route.name, code = error.code(), %error, "not ready yet");
            }
        }
    }
}
