//! From a notification to renditions.
//!
//! - `converge`: make the destination match the newest source
//! - `work`: the progress of one event
//! - `plan`: the runs for a picture, with their inputs and outputs
//! - `plans`: a cache of components' plans
//! - `action`: digests of everything that a run depends on
//! - `standing`: the existing record and renditions
//! - `found`: an earlier run that can be reused
//! - `build`: executes runs in waves
//! - `schedule`: selects the next runs
//! - `feed`: the inputs of runs
//! - `ended`: the results of started runs
//! - `built`: a plan and its results
//! - `run`: runs a component, with concurrent download and upload
//! - `flow`: channels between the sandbox's thread and the store's tasks
//! - `workers`: limits concurrent components
//! - `upload`: store the renditions of a run
//! - `commit`: commits results by writing the record
//! - `assemble`: assembles the record
//! - `retire`: keeps unreferenced renditions for rollback
//! - `clear`: removes all objects of a key
//! - `canary`: fall back to the stable component when the canary fails
//! - `failed_canary`: a canary that failed on a picture
//! - `shadow`: renders with a candidate, without storing the output
//! - `shadow_task`: a run that a candidate may repeat
//! - `difference`: differences between a candidate's renditions and the stored ones
//! - `manifest`: the record of a picture
//! - `legacy`: records of version 1
//! - `outcome`: the result of a notification
//! - `cost`: the cost of a run

mod action;
mod assemble;
mod build;
mod built;
mod canary;
mod clear;
mod commit;
mod converge;
mod cost;
mod difference;
mod ended;
mod failed_canary;
mod feed;
mod flow;
mod found;
mod legacy;
mod manifest;
mod outcome;
mod plan;
mod plans;
mod retire;
mod run;
mod schedule;
mod shadow;
mod shadow_task;
mod source;
mod standing;
mod upload;
mod work;
mod workers;

pub use cost::Cost;
pub use failed_canary::FailedCanary;
pub use legacy::ErrorRecord;
pub use manifest::{
    Cause, InputRecord, IntermediateRecord, MAX_RECORD_BYTES, Manifest, RenditionRecord,
    RequestedRecord, RetiredRecord, RouteRecord, SourceRecord, Status, StepRecord, StepStatus,
    TransformRecord,
};
pub use outcome::{Outcome, Report, StepReport};
pub use shadow_task::ShadowTask;
pub use upload::{SOURCE_MARK, source_mark};

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::component::Registry;
use crate::config::Config;
use crate::document::{Document, Step, Watch};
use crate::error::Error;
use crate::key::{Destination, SourceKey};
use crate::outcomes::Recorder;
use crate::sandbox::Sandbox;
use crate::store::{Record, Store, StoreError};
use plans::Plans;
use workers::Workers;

/// The maximum time that a start waits for connections that it may not need.
const CONNECT: Duration = Duration::from_secs(1);
/// The key that is requested to open a connection.
const NO_OBJECT: &str = ".obscura/connect";

/// The times of warming up.
#[derive(Debug, Clone, Copy, Default)]
pub struct WarmUp {
    /// Until the pipeline document was read.
    pub document: Duration,
    /// From there until its components were ready.
    pub components: Duration,
}

/// The shared state for processing pictures.
#[derive(Debug, Clone)]
pub struct Pipeline {
    config: Arc<Config>,
    store: Store,
    document: Arc<Watch>,
    registry: Arc<Registry>,
    outcomes: Arc<Recorder>,
    plans: Arc<Plans>,
    workers: Arc<Workers>,
}

impl Pipeline {
    /// A pipeline with this configuration.
    pub fn new(config: Config, store: Store, sandbox: Sandbox) -> Self {
        let document = Watch::new(store.clone(), &config.components_bucket);
        let document = Arc::new(document.of_proved(config.proved_documents));
        let registry = Arc::new(Registry::new(store.clone(), &config.components_bucket, sandbox));
        let outcomes = Arc::new(Recorder::new(store.clone(), &config.components_bucket));
        let (plans, workers) = (Arc::default(), Arc::new(Workers::of_process()));
        Self { config: Arc::new(config), store, document, registry, outcomes, plans, workers }
    }

    /// The pipeline document.
    ///
    /// # Errors
    /// If none could ever be read.
    pub async fn document(&self) -> Result<Arc<Document>, Error> {
        self.document.current().await
    }

    /// The record of a picture, if there is one that can be read.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn record_of(&self, key: &SourceKey) -> Result<Record<Manifest>, StoreError> {
        let destination = Destination::new(&self.config.destination_prefix, key);
        let bucket = &self.config.destination_bucket;
        self.store.read_record(bucket, &destination.manifest(), MAX_RECORD_BYTES).await
    }

    /// Where it reads and writes.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store of its objects.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Load what the next picture is likely to need: the pipeline document and the components that
    /// its routes name; at the same time, open connections to the buckets of pictures. Missing
    /// components are not an error yet.
    pub async fn warm_up(&self) -> WarmUp {
        let started = Instant::now();
        let load = async {
            let Ok(document) = self.document.current().await else { return WarmUp::default() };
            let read = started.elapsed();
            for (route, step) in document.steps() {
                self.warm_up_step(step, &route.label(step)).await;
            }
            WarmUp { document: read, components: started.elapsed().saturating_sub(read) }
        };
        let connect = tokio::time::timeout(CONNECT, self.connect());
        tokio::join!(load, connect).0
    }

    /// Open a connection to each bucket of pictures, which are separate hosts in AWS, by requesting
    /// a missing object.
    async fn connect(&self) {
        let Config { source_bucket, destination_bucket, .. } = &*self.config;
        let source = self.store.head(source_bucket, NO_OBJECT);
        let destination = self.store.head(destination_bucket, NO_OBJECT);
        // The answers do not matter.
        let _ = tokio::join!(source, destination);
    }

    async fn warm_up_step(&self, step: &Step, label: &str) {
        let loaded = async { self.registry.load(self.registry.release(step, label).await?).await };
        if let Err(error) = loaded.await {
            tracing::warn!(step = label, code = error.code().as_str(), %error, "not ready yet");
        }
        if step.canary.is_some() || step.shadow.is_some() {
            self.warm_up_canary(step, label).await;
        }
    }

    async fn warm_up_canary(&self, step: &Step, label: &str) {
        let Some(pointer) = self.registry.canary(&step.transform).await else { return };
        if let Err(error) = self.registry.load(pointer.release).await {
            tracing::warn!(step = label, code = error.code().as_str(), %error, "no canary yet");
        }
    }
}
