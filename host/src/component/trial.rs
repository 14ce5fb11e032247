//! A candidate and the component that it is compared with.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OUTCOMES, TransformName};
use crate::digest::Digest;

/// A candidate and the component that it is compared with. Counts of different trials are never
/// added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// The transform's name.
    pub transform: TransformName,
    /// The candidate.
    pub candidate: Digest,
    /// The one that it is compared with.
    pub active: Digest,
    /// When the candidate became the canary (RFC 3339); empty if it is not a canary.
    pub since: String,
}

impl Trial {
    /// The prefix of the keys of the trial's shards.
    pub fn prefix(&self) -> String {
        format!("{OUTCOMES}{}/{}/{}/", self.transform, self.candidate, self.active)
    }

    /// The key of an environment's shard.
    pub fn shard_key(&self, environment: &str) -> String {
        format!("{}{environment}.json", self.prefix())
    }

    /// The trial in a shard's key, without its start time. `None` if it is not a shard's key.
    pub fn of_key(key: &str) -> Option<Self> {
        let mut parts = key.strip_prefix(OUTCOMES)?.split('/');
        let transform = parts.next()?.parse().ok()?;
        let candidate = parts.next()?.parse().ok()?;
        let active = parts.next()?.parse().ok()?;
        let shard = parts.next()?.strip_suffix(".json")?;
        let whole = !shard.is_empty() && parts.next().is_none();
        whole.then_some(Self { transform, candidate, active, since: String::new() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_shards_key_names_its_trial() {
        let trial = Trial {
            transform: "resize".parse().unwrap(),
            candidate: Digest::of(b"new"),
            active: Digest::of(b"old"),
            since: String::new(),
        };
        let key = trial.shard_key("e1");
        assert_eq!(Trial::of_key(&key), Some(trial));
        for bad in ["outcomes/resize/x.json", &key[1..], &format!("{key}/x.json")] {
            assert_eq!(Trial::of_key(bad), None, "{bad}");
        }
    }
}
