//! Operators' commands to the publish function, so that only this function needs permission to
//! write artifacts and pointers.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::code::Code;
use crate::component::{Channel, TransformName};
use crate::digest::Digest;
use crate::error::Fault;
use crate::release::{Change, ChangeError, Changes};
use crate::store::Store;

/// The field that distinguishes a command from an event.
const FIELD: &str = "obscura";

/// A command, by the name in its field `obscura`.
#[derive(Debug, Deserialize)]
#[serde(tag = "obscura", rename_all = "lowercase")]
pub(super) enum Command {
    /// Compile live components for this program's engine.
    Precompile {
        /// Components that may fail.
        #[serde(default)]
        skip: Vec<Digest>,
        #[serde(flatten)]
        who: Who,
    },
    /// Make the canary the stable component.
    Promote {
        transform: TransformName,
        #[serde(flatten)]
        who: Who,
    },
    /// Roll back to an earlier component, or withdraw the canary.
    Rollback {
        transform: TransformName,
        #[serde(default)]
        channel: Channel,
        /// The component to roll back to; the previous one, if absent.
        to: Option<Digest>,
        #[serde(flatten)]
        who: Who,
    },
}

/// The author and the reason, for the record.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Who {
    #[serde(default = "unknown")]
    pub(super) by: String,
    #[serde(default)]
    pub(super) reason: String,
}

fn unknown() -> String {
    "unknown".to_owned()
}

impl Command {
    /// Parse the command of a payload; `None` if it is an event.
    pub(super) fn parse(payload: &Value) -> Option<Result<Self, Fault>> {
        payload.get(FIELD)?;
        let parsed = Self::deserialize(payload);
        Some(parsed.map_err(|error| {
            let message = format!("the command is not understood: {error}");
            Fault::new(Code::EventUnrecognised, message)
        }))
    }
}

/// Promote, or roll back.
pub(super) async fn change(store: &Store, bucket: &str, command: Command) -> Result<Value, Fault> {
    let changes = |who: &Who| Changes::new(store.clone(), bucket, &who.by).because(&who.reason);
    let changed = match command {
        Command::Promote { transform, who } => changes(&who).promote(&transform).await,
        Command::Rollback { transform, channel: Channel::Stable, to, who } => {
            changes(&who).roll_back(&transform, to).await
        }
        Command::Rollback { transform, channel: Channel::Canary, who, .. } => {
            changes(&who).take_back(&transform).await
        }
        Command::Precompile { .. } => return Ok(Value::Null),
    };
    let Change { channel, pointer } = changed.map_err(|error| refused(&error))?;
    let (transform, digest) = (pointer.release.transform.as_str(), pointer.release.digest);
    let (by, digest) = (pointer.activated_by.as_str(), digest.to_string());
    tracing::info!(transform, %channel, digest, by, "moved by a command");
    Ok(json!({ "channel": channel, "pointer": pointer }))
}

fn refused(error: &ChangeError) -> Fault {
    Fault::new(error.code(), error.to_string())
}
