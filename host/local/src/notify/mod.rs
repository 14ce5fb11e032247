//! S3 event notifications.
//!
//! - [`rule`]: which changes are sent to which function
//! - [`message`]: the JSON, in exactly S3's format
//! - [`notifier`]: puts the store's changes into queues
//! - [`record`]: reads the JSON of other stores
//! - [`sorter`]: puts notifications of other stores into queues
//! - [`tampering`]: injects duplicates and reordering, which S3 permits

mod message;
mod notifier;
mod record;
mod rule;
mod sorter;
mod tampering;

pub use message::message;
pub use notifier::Notifier;
pub use rule::{EventPattern, Rule};
pub use sorter::{Sorted, Sorter};
pub use tampering::{Order, Tampering};
