//! The shares of canaries and shadows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::key::SourceKey;

/// A share of the pictures for the transform's canary, and its bounds. A canary that exceeds a
/// bound is withdrawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Canary {
    /// Its share of the keys, from 0 to 1.
    pub weight: f64,
    /// The allowed share of pictures that only the canary fails on.
    pub max_error_rate: f64,
    /// The allowed processor time, as a multiple of the stable component's.
    pub max_slowdown: f64,
    /// The number of pictures needed for a decision.
    pub min_pictures: u64,
}

/// A tenth of the pictures; at most 1 % failures and 1.5 times the processor time.
impl Default for Canary {
    fn default() -> Self {
        Self { weight: 0.1, max_error_rate: 0.01, max_slowdown: 1.5, min_pictures: 100 }
    }
}

/// A share of the pictures that a candidate also renders. Its output is compared and discarded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shadow {
    /// The share of keys, from 0 to 1.
    pub share: f64,
    /// The candidate, by its SHA-256 digest. The transform's canary, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// One picture in twenty.
impl Default for Shadow {
    fn default() -> Self {
        Self { share: 0.05, digest: None }
    }
}

impl Canary {
    /// Whether the canary renders a key. It depends only on the key and the canary, so every
    /// delivery uses the same component; another canary gets other keys, and a higher weight adds
    /// keys.
    pub fn takes(&self, canary: Digest, key: &SourceKey) -> bool {
        position("canary", canary, key) < self.weight
    }

    pub(super) fn check(&self) -> Result<(), String> {
        share("weight", self.weight)?;
        share("max_error_rate", self.max_error_rate)?;
        if !(1.0..=1000.0).contains(&self.max_slowdown) {
            return Err("max_slowdown: 1 to 1000 are possible".to_owned());
        }
        if self.min_pictures == 0 {
            return Err("min_pictures: at least 1 is needed".to_owned());
        }
        Ok(())
    }
}

impl Shadow {
    /// Whether the candidate also renders this key.
    pub fn takes(&self, candidate: Digest, key: &SourceKey) -> bool {
        position("shadow", candidate, key) < self.share
    }

    pub(super) fn check(&self) -> Result<(), String> {
        share("share", self.share)
    }
}

fn share(name: &str, value: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(format!("{name}: a share from 0 to 1 is expected"))
    }
}

/// A key's position from 0 to 1, uniformly distributed.
fn position(kind: &str, digest: Digest, key: &SourceKey) -> f64 {
    let digest = Digest::of(format!("{kind}\0{digest}\0{key}").as_bytes());
    // A float has 53 bits of precision.
    (digest.leading() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(weight: f64, canary: Digest) -> Vec<usize> {
        let canary_share = Canary { weight, ..Canary::default() };
        let key = |number: usize| SourceKey::literal(format!("photos/{number}.jpg"));
        (0..10_000).filter(|number| canary_share.takes(canary, &key(*number))).collect()
    }

    #[test]
    fn a_share_of_keys_is_what_it_says() {
        let canary = Digest::of(b"canary");
        assert_eq!(taken(0.0, canary).len(), 0);
        assert_eq!(taken(1.0, canary).len(), 10_000);
        let fifth = taken(0.2, canary);
        assert!((1_880..2_120).contains(&fifth.len()), "{}", fifth.len());
        // The same keys each time; a larger share contains them all; another canary gets others.
        assert_eq!(taken(0.2, canary), fifth);
        let third = taken(0.3, canary);
        assert!(fifth.iter().all(|number| third.contains(number)));
        assert_ne!(taken(0.2, Digest::of(b"another")), fifth);
    }

    #[test]
    fn a_share_is_between_0_and_1() {
        for weight in [-0.1, 1.1, f64::NAN] {
            assert!(Canary { weight, ..Canary::default() }.check().is_err());
            assert!(Shadow { share: weight, ..Shadow::default() }.check().is_err());
        }
        assert!(Canary::default().check().is_ok());
        assert!(Canary { max_slowdown: 0.5, ..Canary::default() }.check().is_err());
        assert!(Canary { min_pictures: 0, ..Canary::default() }.check().is_err());
    }
}
