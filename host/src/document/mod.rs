//! The pipeline document: what happens to which pictures.
//!
//! - `route`: one rule of it
//! - `share`: which pictures a canary or a shadow gets
//! - `media`: the media type that the bytes have
//! - `watch`: the document in the components bucket, kept fresh

mod route;
mod share;
mod watch;

pub use crate::media::{SNIFF_BYTES, sniff};
pub use route::{Match, Route, RouteLimits};
pub use share::{Canary, Shadow};
pub use watch::Watch;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::key::SourceKey;

/// The document's key in the components bucket.
pub const KEY: &str = "pipeline.json";

/// The pipeline document. The first route that matches a picture decides; a
/// picture that none matches is left alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The version of this format: 1.
    pub version: Version,
    /// The routes, in order.
    pub routes: Vec<Route>,
}

/// A version of the format that this host reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Version(u32);

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": 1 })
    }
}

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        if number == 1 {
            Ok(Self(1))
        } else {
            Err(format!("version {number} is not known; this host reads version 1"))
        }
    }
}

impl From<Version> for u32 {
    fn from(version: Version) -> Self {
        version.0
    }
}

/// Without a document, every picture goes through `resize` with its defaults.
impl Default for Document {
    fn default() -> Self {
        Self { version: Version(1), routes: vec![Route::new("default", "resize")] }
    }
}

/// A document that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct DocumentError(pub String);

impl Document {
    /// Read a document and check it.
    ///
    /// # Errors
    /// [`DocumentError`], naming the field and what is wrong with it.
    pub fn parse(text: &[u8]) -> Result<Self, DocumentError> {
        let json = &mut serde_json::Deserializer::from_slice(text);
        let document: Self = serde_path_to_error::deserialize(json)
            .map_err(|error| DocumentError(format!("{}: {}", error.path(), error.inner())))?;
        let mut names: Vec<&str> = Vec::new();
        for route in &document.routes {
            route.check()?;
            if names.contains(&route.name.as_str()) {
                return Err(DocumentError(format!("two routes are called `{}`", route.name)));
            }
            names.push(&route.name);
        }
        Ok(document)
    }

    /// The route that a picture takes.
    pub fn route(&self, key: &SourceKey, media_type: &str) -> Option<&Route> {
        self.routes
            .iter()
            .find(|route| route.matches_key(key) && route.matches_media_type(media_type))
    }

    /// The JSON Schema of the document.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}
