//! The input and the verdict of the gate for documents.

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::DocumentError;
use crate::sandbox::Artifact;

/// A pipeline document, and the components of its steps.
#[derive(Debug, Clone, Default)]
pub struct DocumentCandidate {
    /// Its text.
    pub text: Bytes,
    /// Compiled components, each once.
    pub components: Vec<Artifact>,
    /// For each step of each route, in order, the index of its component; `None` if it has none.
    pub uses: Vec<Option<usize>>,
}

/// An error of a document: field, cause and remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The field; empty for the whole document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The cause.
    pub message: String,
    /// The remedy.
    pub remedy: String,
}

impl Finding {
    /// An error of a field.
    pub fn new(
        path: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { path: path.into(), message: message.into(), remedy: remedy.into() }
    }
}

impl From<DocumentError> for Finding {
    fn from(error: DocumentError) -> Self {
        Self::new(
            error.path,
            error.message,
            "Correct the field; pipeline.schema.json describes all fields.",
        )
    }
}

/// The verdict on a document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Errors.
    pub errors: Vec<Finding>,
    /// Warnings.
    pub warnings: Vec<Finding>,
    /// The results of its routes for golden pictures.
    pub routes: Vec<RouteFigures>,
}

impl Judgement {
    /// A refusal with only this error.
    pub fn refused(finding: Finding) -> Self {
        Self { errors: vec![finding], ..Self::default() }
    }
}

/// The results of a route for golden pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RouteFigures {
    /// The route.
    pub route: String,
    /// The number of pictures that passed the whole route.
    pub pictures: Vec<String>,
    /// The number of renditions in total.
    pub renditions: usize,
    /// Processor time in milliseconds.
    pub cpu_ms: f64,
    /// Peak linear memory of a run, in bytes.
    pub peak_memory_bytes: u64,
}
