//! The transform function, which Lambda runs for every uploaded picture. The same package is also
//! the deliver function, for requests for renditions, and the announce function, for writes of
//! records.

// The runtime's futures are nested deeper than the default limit.
#![recursion_limit = "256"]

use std::process::ExitCode;
use std::time::Instant;

use lambda_runtime::{LambdaEvent, service_fn};
use obscura::announce::Announcer;
use obscura::config::{Config, Role};
use obscura::pipeline::{Pipeline, WarmUp};
use obscura::sandbox::Sandbox;
use obscura::store::Store;
use obscura::telemetry::{self, ColdStart, Metrics};
use obscura::{deliver, lambda};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bootstrap: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let started = Instant::now();
    telemetry::start()?;
    let config = Config::from_environment(std::env::vars())?;
    if config.role == Role::Announce {
        return announce(&config).await;
    }
    // The sandbox maps its memory while the store's client is created.
    let sandbox = tokio::task::spawn_blocking(Sandbox::new);
    let store = Store::from_environment().await;
    let sandbox = sandbox.await??;
    let client = started.elapsed();
    let role = config.role;
    let pipeline = Pipeline::new(config, store, sandbox);
    let WarmUp { document, components } = pipeline.warm_up().await;
    let init = started.elapsed();
    Metrics::of_cold_start(ColdStart { init, client, document, components }).emit();

    let pipeline = &pipeline;
    lambda_runtime::run(service_fn(|event: LambdaEvent<serde_json::Value>| async move {
        match role {
            Role::Transform => lambda::handle(pipeline, event).await,
            _ => deliver::handle(pipeline, event).await,
        }
    }))
    .await
}

/// The announce function renders nothing, and needs no sandbox.
async fn announce(config: &Config) -> Result<(), lambda_runtime::Error> {
    let announcer = &Announcer::new(config, Store::from_environment().await);
    let answer = |event| async move { announcer.handle(event).await };
    lambda_runtime::run(service_fn(answer)).await
}
