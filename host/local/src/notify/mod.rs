//! S3 event notifications: which changes go to which function, and what the function is told.
//!
//! - [`rule`]: which changes go where
//! - [`message`]: the JSON, exactly as S3 writes it
//! - [`notifier`]: between the store and the queues
//! - [`tampering`]: duplicates and disorder, which S3 warns of, at will

mod message;
mod notifier;
mod rule;
mod tampering;

pub use message::message;
pub use notifier::Notifier;
pub use rule::{EventPattern, Rule};
pub use tampering::{Order, Tampering};
