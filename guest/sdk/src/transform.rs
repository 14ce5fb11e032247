//! What an author writes.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::Error;
use crate::output::Output;
use crate::source::Source;

/// A transform: it reads one picture and emits renditions of it.
///
/// The renditions must depend on the source's bytes and the parameters alone,
/// and what [`plan`](Transform::plan) announces is what
/// [`transform`](Transform::transform) emits.
pub trait Transform {
    /// The parameters, as they stand in the pipeline document. Their defaults
    /// are used when none are configured; their schema is published.
    type Parameters: DeserializeOwned + Serialize + Default + JsonSchema;

    /// Say what this transform is.
    fn describe() -> Description;

    /// Check the parameters and announce the renditions.
    ///
    /// # Errors
    /// [`Error::InvalidParameters`], naming the field and the remedy.
    fn plan(parameters: &Self::Parameters) -> Result<Vec<RenditionSpec>, Error>;

    /// Render one picture: emit every planned rendition.
    ///
    /// # Errors
    /// The reason why this picture cannot be rendered.
    fn transform(
        source: &mut Source<'_>,
        parameters: &Self::Parameters,
        output: &mut Output,
    ) -> Result<(), Error>;
}

/// What a transform says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its name: 1 to 64 characters of `a`–`z`, `0`–`9` and `-`.
    pub name: String,
    /// Its version, as in semantic versioning.
    pub version: String,
    /// One sentence on what it does.
    pub summary: String,
    /// The media types that it reads.
    pub accepts: Vec<String>,
}

/// A rendition that will be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenditionSpec {
    /// Its name: 1 to 64 characters of `a`–`z`, `0`–`9`, `-` and `_`.
    pub name: String,
    /// The media types that it can have, at least one.
    pub media_types: Vec<String>,
}

impl RenditionSpec {
    /// A rendition of this name, in one of these media types.
    pub fn new<T: Into<String>>(
        name: impl Into<String>,
        media_types: impl IntoIterator<Item = T>,
    ) -> Self {
        Self { name: name.into(), media_types: media_types.into_iter().map(Into::into).collect() }
    }
}
