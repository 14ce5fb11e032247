//! One event as it lies on disk.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One event as it lies on disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) request_id: String,
    pub(crate) payload: Value,
    pub(crate) attempts: u32,
    /// Milliseconds since the epoch.
    pub(crate) not_before_ms: u64,
    pub(crate) accepted_ms: u64,
    /// Set: events of one lane are dealt with one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lane: Option<String>,
    /// What the function has answered, and what has not been taken yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<Value>,
}
