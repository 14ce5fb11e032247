//! S3 and Lambda on loopback: a folder that is served as S3, and programs that are run as Lambda
//! runs them when something in it changes.
//!
//! It knows buckets, events, functions and delivery, and nothing of what they are for. `obscura serve` sits
//! on it, and so do the integration tests.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use obscura_local::{Event, Function, Local, Rule};
//! use std::time::Duration;
//!
//! let mut transform = Function::new("transform", "target/release/bootstrap");
//! transform.timeout = Duration::from_secs(60);
//! transform.env = vec![("DESTINATION".into(), "pictures-out".into())];
//!
//! let local = Local::builder(".obscura")
//!     .port(0) // without it: obscura_local::DEFAULT_PORT
//!     .bucket("pictures-in")
//!     .bucket("pictures-out")
//!     .function(transform)
//!     .notify(Rule::new("pictures-in", "transform"))
//!     .logs(|function, line| eprintln!("{function}: {line}"))
//!     .start()
//!     .await?;
//! println!("{} {:?}", local.endpoint(), local.credentials());
//!
//! let mut events = local.events();
//! while let Ok(event) = events.recv().await {
//!     if let Event::InvocationFinished { request_id, duration, error, .. } = event {
//!         println!("{request_id} took {duration:?}: {error:?}");
//!     }
//! }
//! local.idle().await; // every event dealt with
//! println!("{} failed for good", local.lambda().dead_letters()?.len());
//! local.lambda().redrive()?; // try those again
//! local.shutdown().await; // what is stored and queued is there at the next start
//! # Ok(())
//! # }
//! ```
//!
//! # Logs
//!
//! What functions print goes to [`Builder::logs`]. Beneath, `s3s` logs every refusal at the level of
//! an error, an ordinary 404 or 412 among them: leave the target `s3s` out of what people see.
//!
//! # Who may use it
//!
//! Whoever has the folder's secret, which is in the folder (`.aws/credentials`, for this user alone)
//! and made when it is first served: [`Profile::read`] finds it. Pages in a browser are refused
//! whatever they send, but for what [`Builder::share`] opens.
//!
//! # What it does not do
//!
//! No versioning, no policies, no encryption; what asks for them is refused. Functions are
//! told how much memory they have and not held to it. The folder is for trying things out: nothing
//! is synced to the disk before it is acknowledged, so a power cut may lose the last moments.
//!
//! # Layout
//!
//! - [`s3`]: the S3 server, with [faults](s3::Faults) on request
//! - [`notify`]: from changes in buckets to events for functions
//! - [`delivery`]: a bucket and a function behind it, cached and over HTTP
//! - [`lambda`]: functions, their environments, their queues and dead letters
//! - [`Local`]: all of it over one folder
//! - [`key`]: how keys are written in events

mod clock;
mod credentials;
pub mod delivery;
mod disk;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod http;
pub mod key;
pub mod lambda;
mod local;
mod lock;
pub mod notify;
mod peer;
pub mod s3;
mod signature;

pub use credentials::{Credentials, Profile};
pub use delivery::{DEFAULT_DELIVERY_PORT, Delivery};
pub use error::Error;
pub use guard::{FromPage, Guard, Refusal};
pub use lambda::{
    CallError, Caller, DeadLetter, Destination, Event, Function, FunctionError, FunctionErrorKind,
    OnFailure, OnSuccess,
};
pub use local::{Builder, DEFAULT_PORT, Local};
pub use notify::{EventPattern, Order, Rule};
pub use s3::{Fault, Matcher, Sharing};
