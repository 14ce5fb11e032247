//! The configuration of the functions, read once from the environment.

use std::collections::BTreeMap;
use std::time::Duration;

/// The configuration of the transform, deliver and announce functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Pictures are uploaded here.
    pub source_bucket: String,
    /// Only keys with this prefix are processed; may be empty.
    pub source_prefix: String,
    /// Renditions are written here.
    pub destination_bucket: String,
    /// The prefix of renditions' keys; may be empty.
    pub destination_prefix: String,
    /// Components and the pipeline document are read from here.
    pub components_bucket: String,
    /// The number of days that unreferenced renditions are kept.
    pub grace_days: u32,
    /// Whether only proved pipeline documents are used.
    pub proved_documents: bool,
    /// The function's role.
    pub role: Role,
}

/// The role of a function with the transform function's package.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// It renders uploaded pictures.
    #[default]
    Transform,
    /// It answers requests for renditions.
    Deliver,
    /// It announces pictures.
    Announce,
}

/// The configuration of the publish function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishConfig {
    /// Components and the pipeline document are here.
    pub components_bucket: String,
    /// Whether pipeline documents are also proved.
    pub proved_documents: bool,
}

/// An invalid configuration.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// A required variable is missing.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// An unknown variable, most likely a typo.
    #[error("the environment variable {0} is not one that Obscura knows")]
    Unknown(String),
    /// A value that cannot be read.
    #[error("the environment variable {name} is `{value}`; {expected}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// The expected value.
        expected: &'static str,
    },
    /// The pipeline would trigger itself.
    #[error(
        "renditions would start the pipeline again: source and destination are both \
         s3://{bucket}, so OBSCURA_SOURCE_PREFIX (`{source_prefix}`) and \
         OBSCURA_DESTINATION_PREFIX (`{destination_prefix}`) must be given, and neither may \
         begin with the other"
    )]
    Loop {
        /// The shared bucket.
        bucket: String,
        /// The source's prefix.
        source_prefix: String,
        /// The destination's prefix.
        destination_prefix: String,
    },
}

const SOURCE_BUCKET: &str = "OBSCURA_SOURCE_BUCKET";
const SOURCE_PREFIX: &str = "OBSCURA_SOURCE_PREFIX";
const DESTINATION_BUCKET: &str = "OBSCURA_DESTINATION_BUCKET";
const DESTINATION_PREFIX: &str = "OBSCURA_DESTINATION_PREFIX";
const COMPONENTS_BUCKET: &str = "OBSCURA_COMPONENTS_BUCKET";
/// Set for both functions or neither: the publish function proves the documents that the others
/// use.
const PROVED_DOCUMENTS: &str = "OBSCURA_PROVED_DOCUMENTS";
const FUNCTION: &str = "OBSCURA_FUNCTION";
const GRACE_DAYS: &str = "OBSCURA_UNREFERENCED_GRACE_DAYS";
/// The default number of days that unreferenced renditions are kept.
const DEFAULT_GRACE_DAYS: u32 = 7;
/// The log level, such as `info` or `obscura=debug`.
pub const LOG: &str = "OBSCURA_LOG";

const KNOWN: [&str; 9] = [
    SOURCE_BUCKET,
    SOURCE_PREFIX,
    DESTINATION_BUCKET,
    DESTINATION_PREFIX,
    COMPONENTS_BUCKET,
    GRACE_DAYS,
    PROVED_DOCUMENTS,
    FUNCTION,
    LOG,
];

impl Config {
    /// Read it from environment variables.
    ///
    /// # Errors
    /// [`ConfigError`], naming the variable.
    pub fn from_environment(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let variables = Variables::of(variables, &KNOWN)?;
        Self {
            source_bucket: variables.needed(SOURCE_BUCKET)?,
            source_prefix: variables.optional(SOURCE_PREFIX),
            destination_bucket: variables.needed(DESTINATION_BUCKET)?,
            destination_prefix: variables.optional(DESTINATION_PREFIX),
            components_bucket: variables.needed(COMPONENTS_BUCKET)?,
            grace_days: variables.days(GRACE_DAYS)?,
            proved_documents: variables.switch(PROVED_DOCUMENTS)?,
            role: variables.role()?,
        }
        .refuse_loops()
    }

    /// How long unreferenced renditions are kept.
    pub fn grace(&self) -> Duration {
        Duration::from_secs(u64::from(self.grace_days) * 24 * 3600)
    }

    fn refuse_loops(self) -> Result<Self, ConfigError> {
        let (source, destination) = (&self.source_prefix, &self.destination_prefix);
        let overlap =
            source.starts_with(destination.as_str()) || destination.starts_with(source.as_str());
        if self.source_bucket == self.destination_bucket && overlap {
            return Err(ConfigError::Loop {
                bucket: self.source_bucket,
                source_prefix: self.source_prefix,
                destination_prefix: self.destination_prefix,
            });
        }
        Ok(self)
    }
}

impl PublishConfig {
    /// Read it from environment variables.
    ///
    /// # Errors
    /// [`ConfigError`], naming the variable.
    pub fn from_environment(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let variables = Variables::of(variables, &[COMPONENTS_BUCKET, PROVED_DOCUMENTS, LOG])?;
        Ok(Self {
            components_bucket: variables.needed(COMPONENTS_BUCKET)?,
            proved_documents: variables.switch(PROVED_DOCUMENTS)?,
        })
    }
}

/// The variables that begin with `OBSCURA_`.
struct Variables(BTreeMap<String, String>);

impl Variables {
    fn of(
        variables: impl IntoIterator<Item = (String, String)>,
        known: &[&str],
    ) -> Result<Self, ConfigError> {
        let ours: BTreeMap<String, String> =
            variables.into_iter().filter(|(name, _)| name.starts_with("OBSCURA_")).collect();
        match ours.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(ConfigError::Unknown(unknown.clone())),
            None => Ok(Self(ours)),
        }
    }

    fn optional(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }

    fn days(&self, name: &'static str) -> Result<u32, ConfigError> {
        let value = self.optional(name);
        if value.is_empty() {
            return Ok(DEFAULT_GRACE_DAYS);
        }
        let days = value.parse().ok().filter(|days| (1..=365).contains(days));
        days.ok_or(ConfigError::Invalid { name, value, expected: "1 to 365 days are possible" })
    }

    fn role(&self) -> Result<Role, ConfigError> {
        match self.optional(FUNCTION) {
            value if value.is_empty() || value == "transform" => Ok(Role::Transform),
            value if value == "deliver" => Ok(Role::Deliver),
            value if value == "announce" => Ok(Role::Announce),
            value => Err(ConfigError::Invalid {
                name: FUNCTION,
                value,
                expected: "transform, deliver or announce is possible",
            }),
        }
    }

    fn switch(&self, name: &'static str) -> Result<bool, ConfigError> {
        match self.optional(name) {
            value if value.is_empty() || value == "0" => Ok(false),
            value if value == "1" => Ok(true),
            value => Err(ConfigError::Invalid { name, value, expected: "0 or 1 is possible" }),
        }
    }

    fn needed(&self, name: &'static str) -> Result<String, ConfigError> {
        let value = self.0.get(name).filter(|value| !value.is_empty());
        value.cloned().ok_or(ConfigError::Missing(name))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_environment(
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn a_loop_is_refused() {
        let mut variables =
            vec![(SOURCE_BUCKET, "b"), (DESTINATION_BUCKET, "b"), (COMPONENTS_BUCKET, "c")];
        assert!(matches!(read(&variables), Err(ConfigError::Loop { .. })));
        variables.push((SOURCE_PREFIX, "in/"));
        assert!(matches!(read(&variables), Err(ConfigError::Loop { .. })));
        variables.push((DESTINATION_PREFIX, "in/out/"));
        assert!(matches!(read(&variables), Err(ConfigError::Loop { .. })));
        variables.pop();
        variables.push((DESTINATION_PREFIX, "out/"));
        assert_eq!(read(&variables).unwrap().destination_prefix, "out/");
    }

    #[test]
    fn a_slip_is_named() {
        assert_eq!(
            read(&[("OBSCURA_SOURCE_BUKET", "b")]),
            Err(ConfigError::Unknown("OBSCURA_SOURCE_BUKET".to_owned()))
        );
        assert_eq!(read(&[("PATH", "/")]), Err(ConfigError::Missing(SOURCE_BUCKET)));
    }
}
