//! Why a component was not published.

use crate::error::Fault;
use crate::gate::{ProveError, Refusal};
use crate::store::StoreError;

/// Why a component was not published. The active component stays active.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PublishError {
    /// It did not pass the gate, or its version is taken.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be tested or stored; a retry may succeed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StoreError> for PublishError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<ProveError> for PublishError {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Refused(refusal) => Self::Refused(refusal),
            ProveError::Fault(fault) => Self::Fault(fault),
        }
    }
}
