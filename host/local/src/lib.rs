//! S3 and Lambda on loopback: it serves a folder as S3, and runs programs as Lambda does when
//! objects change.
//!
//! It implements buckets, events, functions and delivery, independently of their purpose. `obscura
//! serve` and the integration tests use it.
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
//! local.shutdown().await; // stored objects and queued events are kept for the next start
//! # Ok(())
//! # }
//! ```
//!
//! # Logs
//!
//! The functions' output goes to [`Builder::logs`]. Internally, `s3s` logs every refusal as an
//! error, even an ordinary 404 or 412, so hide the target `s3s` from users.
//!
//! # Who may use it
//!
//! Clients with the folder's secret, which is created when the folder is first served, and stored
//! in it (`.aws/credentials`, readable only by this user): [`Profile::read`] returns it. Requests
//! of pages in a browser are always refused, except for buckets opened with [`Builder::share`].
//!
//! # Limitations
//!
//! No versioning, no policies, no encryption; requests for them are refused. Memory limits of
//! functions are announced but not enforced. Data is not synced to disk before it is acknowledged,
//! so a power failure may lose the latest changes.
//!
//! # Layout
//!
//! - [`s3`]: the S3 server, with [faults](s3::Faults) on request
//! - [`notify`]: event notifications for functions
//! - [`delivery`]: a cache in front of a bucket and a function, over HTTP
//! - [`lambda`]: functions, their environments, their queues and dead letters
//! - [`Local`]: all of these for one folder
//! - [`Remote`]: only functions and their queues, for an external store; its notifications come
//!   through an [`Inbox`]
//! - [`key`]: the encoding of keys in events

mod account;
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
mod inbox;
pub mod key;
pub mod lambda;
mod local;
mod lock;
pub mod notify;
mod peer;
mod remote;
pub mod s3;
mod signature;

pub use credentials::{Credentials, Profile};
pub use delivery::{DEFAULT_DELIVERY_PORT, Delivery};
pub use error::Error;
pub use guard::{FromPage, Guard, Refusal};
pub use inbox::Inbox;
pub use lambda::{
    CallError, Caller, DeadLetter, Destination, Event, Function, FunctionError, FunctionErrorKind,
    OnFailure, OnSuccess, failed_events,
};
pub use local::{Builder, DEFAULT_PORT, Local};
pub use notify::{EventPattern, Order, Rule, Sorted, Sorter};
pub use remote::{Remote, RemoteSetup};
pub use s3::{Fault, Matcher, Sharing};
