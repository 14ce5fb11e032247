//! What an operator does with what is published.
//!
//! - `affected`: which components are built from a crate
//! - `catalogue`: the published components, and where each is active
//! - `change`: another component becomes active: promoted, or rolled back to
//! - `health`: what keeps the steps of the document from running
//! - `manifests`: the manifests of a destination, which name what made them
//! - `prune`: which components nothing needs any more
//! - `status`: what is active since when, and how it does
//! - `sweep`: remove what no manifest names any more
//! - `verify`: render again, and compare bytes

mod affected;
mod catalogue;
mod change;
mod health;
mod manifests;
mod prune;
mod status;
mod sweep;
mod verify;

pub use affected::{Suspect, Suspects, Wanted};
pub use catalogue::{Catalogue, Entry};
pub use change::{Change, ChangeError, Changes};
pub use manifests::Destination;
pub use prune::{Kept, Need, idle_outcomes, judge};
pub use status::{ChannelStatus, TransformStatus, TrialStatus, status};
pub use sweep::{Stray, Sweep, Swept, YOUNG};
pub use verify::{Verdict, Verifier};
