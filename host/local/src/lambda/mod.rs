//! Lambda on loopback: programs that speak the Runtime API, run as Lambda runs them.
//!
//! - [`function`]: what is to run, and how
//! - [`environment`]: one process of it; beside it [`runtime_api`], the HTTP that it speaks, and
//!   [`output`], what it prints
//! - [`pool`]: the environments of one function: started on demand, kept warm
//! - [`queue`]: events accepted for a function, on disk until they are dealt with, each an [`entry`]
//! - [`lanes`]: which of them wait for one another; [`destination`]: where answers go
//! - [`batch`]: the same as SQS delivers it, in batches
//! - [`dead_letter`]: those that failed for good
//! - [`service`]: all of it together
//! - [`hosted`]: functions of another program, without queues
//! - [`invoke_api`]: Lambda's `Invoke` for other programs; [`caller`]: one of these
//! - [`event`] and [`error`]: what is told to who watches

mod batch;
mod caller;
mod dead_letter;
mod destination;
mod entry;
mod environment;
mod error;
mod event;
mod function;
pub mod hosted;
mod invoke_api;
mod lanes;
mod output;
mod pool;
mod queue;
mod runtime_api;
mod service;

pub use batch::Batching;
pub use caller::{CallError, Caller};
pub use dead_letter::{DeadLetter, failed_events};
pub use destination::{Destination, OnSuccess};
pub use error::{FunctionError, FunctionErrorKind};
pub use event::Event;
pub use function::{Function, OnFailure};
pub(crate) use invoke_api::InvokeApi;
pub use output::LogSink;
pub use queue::Accepted;
pub use service::{Lambda, UnknownFunction};
