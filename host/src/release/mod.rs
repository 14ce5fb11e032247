//! Operator tasks on published components.
//!
//! - `affected`: finds components that contain a crate
//! - `catalogue`: lists the published components, and where each is active
//! - `change`: promotes and rolls back components
//! - `health`: reasons why steps cannot run
//! - `manifests`: reads the manifests of a destination
//! - `prune`: finds and deletes unused components
//! - `status`: the active components, since when, and their results
//! - `sweep`: removes unreferenced renditions
//! - `verify`: renders again, and compares bytes

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
