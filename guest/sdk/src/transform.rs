//! The trait for authors of transforms.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::Error;
use crate::output::Output;
use crate::source::Source;

/// A transform: it reads a picture and emits renditions.
///
/// The renditions must depend only on the source's bytes and the parameters, and
/// [`transform`](Transform::transform) must emit exactly what [`plan`](Transform::plan) announces.
pub trait Transform {
    /// The parameters in the pipeline document. Their defaults are used if none are configured;
    /// their schema is published.
    type Parameters: DeserializeOwned + Serialize + Default + JsonSchema;

    /// Describe this transform.
    fn describe() -> Description;

    /// Check the parameters and announce the renditions.
    ///
    /// # Errors
    /// [`Error::InvalidParameters`], naming the field and the remedy.
    fn plan(parameters: &Self::Parameters) -> Result<Vec<RenditionSpec>, Error>;

    /// Render one picture: emit every planned rendition.
    ///
    /// # Errors
    /// Why this picture cannot be rendered.
    fn transform(
        source: &mut Source<'_>,
        parameters: &Self::Parameters,
        output: &mut Output,
    ) -> Result<(), Error>;
}

/// The description of a transform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its name: 1 to 64 characters of `a`–`z`, `0`–`9` and `-`.
    pub name: String,
    /// Its version, as in semantic versioning.
    pub version: String,
    /// A one-sentence summary.
    pub summary: String,
    /// The media types that it reads.
    pub accepts: Vec<String>,
}

/// A planned rendition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenditionSpec {
    /// Its name: 1 to 64 characters of `a`–`z`, `0`–`9`, `-` and `_`.
    pub name: String,
    /// The media types that it can have, at least one.
    pub media_types: Vec<String>,
}

impl RenditionSpec {
    /// A rendition with this name, in one of these media types.
    pub fn new<T: Into<String>>(
        name: impl Into<String>,
        media_types: impl IntoIterator<Item = T>,
    ) -> Self {
        Self { name: name.into(), media_types: media_types.into_iter().map(Into::into).collect() }
    }
}
