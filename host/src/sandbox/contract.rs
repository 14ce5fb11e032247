//! The bindings of `wit/transform.wit`, version 1.0.

mod bindings {
    #![allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used)]
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "transform",
        imports: { default: trappable },
        with: { "obscura:transform/input.source": super::SourceHandle },
    });
}

pub(super) use bindings::exports::obscura::transform::transformer as wit;
pub(super) use bindings::obscura::transform::{input, limits, output};
pub(super) use bindings::{Transform as Bindings, TransformPre as BindingsPre};

/// The package that this host supports.
pub const PACKAGE: &str = "obscura:transform";
/// Its version.
pub const VERSION: &str = "1.0.0";
/// The interface that a transform exports.
pub const EXPORT: &str = "obscura:transform/transformer@1.0.0";
/// The interfaces that a transform may import.
pub(super) const IMPORTS: [&str; 3] =
    ["obscura:transform/input@1.0.0", "obscura:transform/limits@1.0.0", OUTPUT];
/// The interface to which renditions are emitted.
pub(super) const OUTPUT: &str = "obscura:transform/output@1.0.0";

/// The `source` resource. An instance has one picture, so a handle carries
/// nothing.
#[derive(Debug)]
#[allow(unreachable_pub)] // the bindings re-export it
pub struct SourceHandle;

/// A transform's description.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version, as in semantic versioning.
    pub version: String,
    /// A one-sentence summary.
    pub summary: String,
    /// The media types that it reads.
    pub accepts: Vec<String>,
    /// A JSON Schema of its parameters.
    pub parameters_schema: String,
    /// The parameters that are used when none are configured.
    pub default_parameters: String,
}

/// A rendition that will be made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RenditionSpec {
    /// Its name.
    pub name: String,
    /// The media types that it can have.
    pub media_types: Vec<String>,
}

impl From<wit::Description> for Description {
    fn from(description: wit::Description) -> Self {
        Self {
            name: description.name,
            version: description.version,
            summary: description.summary,
            accepts: description.accepts,
            parameters_schema: description.parameters_schema,
            default_parameters: description.default_parameters,
        }
    }
}

impl From<wit::RenditionSpec> for RenditionSpec {
    fn from(spec: wit::RenditionSpec) -> Self {
        Self { name: spec.name, media_types: spec.media_types }
    }
}
