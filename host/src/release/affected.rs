//! Finds components that contain a crate.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use super::catalogue::{Catalogue, Entry};
use crate::component::{Channel, Dependencies, TransformName, is_crate_name, proof_key};
use crate::digest::Digest;
use crate::store::{Store, StoreError};

/// The maximum size of a proof.
const MAX_PROOF_BYTES: u64 = 8 << 20;

/// A crate, and a set of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    name: String,
    versions: Option<Versions>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Versions {
    /// This exact version.
    One(Version),
    /// Versions that match a requirement, such as `<0.25.4`.
    Some(VersionReq),
}

/// A component that contains a crate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Suspect {
    /// The transform's name.
    pub transform: TransformName,
    /// The component's version, if its record exists.
    pub version: Option<String>,
    /// The component's digest.
    pub digest: Digest,
    /// Where it is active.
    pub channels: Vec<Channel>,
    /// The versions of the crate in it.
    pub crate_versions: Vec<String>,
}

/// The result for the published components.
#[derive(Debug, Clone, Default)]
pub struct Suspects {
    /// Those that contain it.
    pub found: Vec<Suspect>,
    /// Those without a list of crates.
    pub silent: Vec<Entry>,
}

/// The part of a proof that is needed.
#[derive(Deserialize)]
struct Kept {
    #[serde(default)]
    dependencies: Dependencies,
}

impl Wanted {
    fn takes(&self, version: &str) -> bool {
        let Some(wanted) = &self.versions else { return true };
        let Ok(version) = Version::parse(version) else { return false };
        match wanted {
            Versions::One(one) => *one == version,
            Versions::Some(some) => some.matches(&version),
        }
    }

    /// Search the proofs of all published components.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn among(&self, store: &Store, bucket: &str) -> Result<Suspects, StoreError> {
        let mut suspects = Suspects::default();
        for entry in Catalogue::read(store, bucket).await?.entries {
            let key = proof_key(&entry.transform, entry.digest);
            let kept = store.read_record::<Kept>(bucket, &key, MAX_PROOF_BYTES).await?.value;
            let dependencies = kept.map(|kept| kept.dependencies).unwrap_or_default();
            let versions: Vec<String> = dependencies
                .versions(&self.name)
                .filter(|version| self.takes(version))
                .map(str::to_owned)
                .collect();
            if !versions.is_empty() {
                suspects.found.push(Suspect {
                    version: entry.release.map(|release| release.version),
                    transform: entry.transform,
                    digest: entry.digest,
                    channels: entry.channels,
                    crate_versions: versions,
                });
            } else if dependencies.packages.is_empty() || dependencies.problem.is_some() {
                suspects.silent.push(entry);
            }
        }
        Ok(suspects)
    }
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, versions) = match text.split_once('@') {
            Some((name, versions)) => (name, Some(versions)),
            None => (text, None),
        };
        if !is_crate_name(name) {
            return Err(format!("`{}` is not a crate name", name.escape_debug()));
        }
        let versions = versions.map(|versions| match Version::parse(versions) {
            Ok(one) => Ok(Versions::One(one)),
            Err(_) => VersionReq::parse(versions).map(Versions::Some).map_err(|error| {
                format!("a version is of the form 1.2.3, or <1.2.3 for older ones: {error}")
            }),
        });
        Ok(Self { name: name.to_owned(), versions: versions.transpose()? })
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.versions {
            None => write!(f, "{}", self.name),
            Some(Versions::One(one)) => write!(f, "{}@{one}", self.name),
            Some(Versions::Some(some)) => write!(f, "{}@{some}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_crate_is_named_with_or_without_versions() {
        let takes = |wanted: &str, version: &str| wanted.parse::<Wanted>().unwrap().takes(version);
        assert!(takes("png", "0.17.0"));
        assert!(takes("png@0.17.0", "0.17.0") && !takes("png@0.17.0", "0.17.1"));
        assert!(takes("png@<0.18", "0.17.9") && !takes("png@<0.18", "0.18.0"));
        assert!(takes("png@>=0.17, <0.18.2", "0.18.1"));
        for wrong in ["", "@1.0.0", "a b", "png@new", "../x"] {
            assert!(wrong.parse::<Wanted>().is_err(), "{wrong}");
        }
        assert_eq!("png@<0.18".parse::<Wanted>().unwrap().to_string(), "png@<0.18");
    }
}
