//! The publish function, which Lambda runs for every uploaded component.
//!
//! With the argument `prove`, it is the child process that compiles and tests one component.

// The runtime's futures are nested deeper than the default limit.
#![recursion_limit = "256"]

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use obscura::config::PublishConfig;
use obscura::gate::{Bounds, Prover, apart};
use obscura::publish::{PublishFunction, Publisher};
use obscura::store::Store;
use obscura::telemetry;

fn main() -> ExitCode {
    let done = if std::env::args().nth(1).as_deref() == Some(apart::ARGUMENT) {
        apart::child().map_err(Into::into)
    } else {
        run()
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("publisher: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run() -> Result<(), lambda_runtime::Error> {
    telemetry::start()?;
    // The child process, and anything that escapes in it, runs as the same user.
    apart::protect()?;
    let config = PublishConfig::from_environment(std::env::vars())?;
    let store = Store::from_environment().await;
    let prover = Prover::new(std::env::current_exe()?).within(bounds());
    let publisher = Publisher::new(store, &config.components_bucket, prover)
        .proving_documents(config.proved_documents);
    let function = &PublishFunction::new(publisher);
    lambda_runtime::run(service_fn(|event: LambdaEvent<serde_json::Value>| function.handle(event)))
        .await
}

/// The child gets a part of the function's memory.
fn bounds() -> Bounds {
    let mib = std::env::var("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").ok();
    let mib: Option<u64> = mib.and_then(|text| text.parse().ok());
    let bounds = Bounds::default();
    let memory = mib.map_or(bounds.memory, |mib| bounds.memory.min((mib << 20) / 4 * 3));
    Bounds { memory, ..bounds }
}
