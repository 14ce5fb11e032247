//! Counts below `outcomes/`: how a canary does.

use super::Publisher;
use crate::error::Fault;

/// A count was written.
pub(super) async fn receive(_: &Publisher, key: &str) -> Result<(), Fault> {
    tracing::debug!(key, "an outcome");
    Ok(())
}
