//! The pipeline document: which transforms render which pictures.
//!
//! - `route`: a route
//! - `step`: a step of a route
//! - `input`: the input of a step
//! - `names`: the names of a step's renditions
//! - `when`: when the renditions of a step are made
//! - `settable`: parameters that an uploader may set for one picture
//! - `disposition`: how browsers treat a rendition that is opened directly
//! - `limits`: limits of a step
//! - `share`: the pictures of a canary or a shadow
//! - `pattern`: key patterns
//! - `v1`: documents of version 1
//! - `changes`: differences between two documents
//! - `explain`: why a picture takes a route
//! - `error`: errors of a document
//! - `watch`: the cached document of the components bucket

mod changes;
mod disposition;
mod error;
mod explain;
mod input;
mod limits;
mod names;
mod pattern;
mod route;
mod settable;
mod share;
mod step;
mod v1;
mod watch;
mod when;

pub use crate::media::{SNIFF_BYTES, declared, sniff};
pub use changes::{Changes, RouteChange, changes};
pub use disposition::Disposition;
pub use error::DocumentError;
pub use explain::RouteVerdict;
pub use input::{InputName, Inputs};
pub use limits::StepLimits;
pub use names::NameTemplate;
pub use pattern::Match;
pub use route::{IMMUTABLE, Route};
pub use settable::{METADATA_PREFIX, Settable, apply};
pub use share::{Canary, Shadow};
pub use step::{Step, text_of};
pub use watch::Watch;
pub use when::When;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::key::SourceKey;

/// The document's key in the components bucket.
pub const KEY: &str = "pipeline.json";
/// The key of the last proved document.
pub const PROVED_KEY: &str = "proved/pipeline.json";
/// The prefix of proved documents, each under the time when it became active.
pub const HISTORY: &str = "proved/history/";
/// The report on the last checked document.
pub const REPORT_KEY: &str = "reports/pipeline.json";
/// The maximum size of a document.
pub const MAX_BYTES: u64 = 1 << 20;

/// The pipeline document. The first route that matches a picture is used; a picture that none
/// matches is ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The address of the document's schema, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    /// The version of this format.
    #[schemars(extend("const" = 2))]
    version: u32,
    /// The routes, in order.
    pub routes: Vec<Route>,
}

/// Without a document, every picture is rendered by `resize` with its defaults.
impl Default for Document {
    fn default() -> Self {
        Self::new(vec![Route::new("default", "resize")])
    }
}

/// The version, which is read first.
#[derive(Deserialize)]
struct Version {
    version: Option<serde_json::Value>,
}

impl Document {
    /// A document with these routes.
    pub fn new(routes: Vec<Route>) -> Self {
        Self { schema: None, version: 2, routes }
    }

    /// Read a document and check it.
    ///
    /// # Errors
    /// [`DocumentError`], naming the field and its error.
    pub fn parse(text: &[u8]) -> Result<Self, DocumentError> {
        check_encoding(text)?;
        let Version { version } = read(text)?;
        let version = version.as_ref().map(|version| version.as_u64().ok_or(version));
        let document = match version {
            Some(Ok(1)) => {
                let document: v1::Document = read(text)?;
                Self::new(document.routes.into_iter().map(Route::from).collect())
            }
            Some(Ok(2)) => read(text)?,
            Some(other) => {
                let shown = other.map_or_else(ToString::to_string, |number| number.to_string());
                let what = format!("{shown} is not known; this host reads versions 1 and 2");
                return Err(DocumentError::at("version", &what));
            }
            None => return Err(DocumentError::at("version", "it is missing; 1 or 2 is expected")),
        };
        document.check().map_err(|error| match version {
            Some(Ok(1)) => DocumentError { path: path_in_version_1(&error.path), ..error },
            _ => error,
        })?;
        Ok(document)
    }

    fn check(&self) -> Result<(), DocumentError> {
        let mut names: Vec<&str> = Vec::new();
        for (index, route) in self.routes.iter().enumerate() {
            let place = format!("routes[{index}]");
            route.check().map_err(|error| error.within(&place))?;
            if names.contains(&route.name.as_str()) {
                let what = format!("two routes are called `{}`", route.name);
                return Err(DocumentError::at("name", &what).within(&place));
            }
            names.push(&route.name);
        }
        Ok(())
    }

    /// The route that a picture takes.
    pub fn route(&self, key: &SourceKey, media_type: &str) -> Option<&Route> {
        self.routes
            .iter()
            .find(|route| route.matches_key(key) && route.matches_media_type(media_type))
    }

    /// Every step of every route.
    pub fn steps(&self) -> impl Iterator<Item = (&Route, &Step)> {
        self.routes.iter().flat_map(|route| route.steps.iter().map(move |step| (route, step)))
    }

    /// Warnings for the author of the document.
    pub fn warnings(&self) -> Vec<DocumentError> {
        let mut warnings = Vec::new();
        if self.routes.is_empty() {
            let what = "there is no route, so every picture is ignored";
            warnings.push(DocumentError::at("routes", what));
        }
        let mut warn = |index: usize, field: &str, what: &str| {
            let place = format!("routes[{index}]");
            warnings.push(DocumentError::at(field, what).within(&place));
        };
        for (index, route) in self.routes.iter().enumerate() {
            let text = route.cache_control.as_deref().unwrap_or_default();
            if text.contains("immutable") && !route.key_template.is_versioned() {
                let what = "`immutable` is wrong: an overwrite changes the object of a key; put {version} into key_template";
                warn(index, "cache_control", what);
            }
            if let Some((pattern, strange)) =
                route.keys.iter().find_map(|one| Some((one.text(), one.stranger()?)))
            {
                let what = format!(
                    "in `{pattern}`, `{strange}` stands for itself; write a pattern for each \
                     alternative"
                );
                warn(index, "keys", &what);
            }
            let takes_all = route.keys.is_empty() && route.media_types.is_empty();
            if takes_all && index + 1 < self.routes.len() {
                let what = format!(
                    "`{}` matches every picture, so later routes are never used",
                    route.name
                );
                warn(index + 1, "name", &what);
            }
        }
        warnings
    }

    /// The JSON Schema of the document, in both versions.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(AnyDocument)
    }
}

/// A pipeline document.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)] // for the schema alone
enum AnyDocument {
    Current(Document),
    First(v1::Document),
}

/// Whether a document has version 1.
pub fn is_of_version_1(text: &[u8]) -> bool {
    read::<Version>(text).is_ok_and(|one| one.version == Some(1.into()))
}

/// The path in a document of version 1, where the route is also its only step.
pub fn path_in_version_1(path: &str) -> String {
    path.replace(".steps[0]", "")
}

/// Encodings that Windows editors and shells write, but JSON does not allow.
fn check_encoding(text: &[u8]) -> Result<(), DocumentError> {
    let found = match text {
        [0xef, 0xbb, 0xbf, ..] => "it begins with a byte order mark",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [_, 0, ..] | [0, _, ..] => "it is UTF-16 or UTF-32",
        _ => return Ok(()),
    };
    Err(DocumentError::whole(format!(
        "{found}; JSON is UTF-8 without one. In PowerShell, write it with `-Encoding utf8NoBOM`"
    )))
}

fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, DocumentError> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = Some(error.path().to_string());
        let message = error.inner().to_string();
        let path = path.filter(|path| !matches!(path.as_str(), "." | "?")).unwrap_or_default();
        DocumentError { path, message }
    })?;
    json.end().map_err(|error| DocumentError::whole(error.to_string()))?;
    Ok(value)
}
