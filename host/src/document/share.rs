//! Which pictures a canary or a shadow gets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::key::SourceKey;

/// A share of the pictures for the transform's canary, and what it must keep to.
/// Where one of the bounds is exceeded, the canary is taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Canary {
    /// The share of keys that it gets, from 0 to 1.
    pub weight: f64,
    /// The share of its pictures that it may fail on while the stable component
    /// renders them.
    pub max_error_rate: f64,
    /// How many times the stable component's processor time it may take.
    pub max_slowdown: f64,
    /// How many pictures are enough to judge by.
    pub min_pictures: u64,
}

/// One picture in ten; more than one in a hundred failed, or half as much time
/// again as stable takes, is too much.
impl Default for Canary {
    fn default() -> Self {
        Self { weight: 0.1, max_error_rate: 0.01, max_slowdown: 1.5, min_pictures: 100 }
    }
}

/// A share of the pictures that a candidate renders as well. What it makes is
/// compared and thrown away.
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
    /// Whether a key is the canary's. It depends on nothing but the key and the
    /// canary, so that every delivery meets the same component; another canary
    /// gets other keys, and a higher weight adds keys.
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
    /// Whether the candidate renders this key, too.
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

/// Where a key lies between 0 and 1, evenly spread.
fn position(kind: &str, digest: Digest, key: &SourceKey) -> f64 {
    let digest = Digest::of(format!("{kind}\0{digest}\0{key}").as_bytes());
    // 53 bits are all that a float holds exactly.
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
        // The same again, all of them in a larger share, and others for another.
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
