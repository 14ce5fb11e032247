//! What is to be judged, and what was found out.

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
    /// For each step of each route, in order, which of them it uses; `None`, if
    /// it has none.
    pub uses: Vec<Option<usize>>,
}

/// What is wrong with a document, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The field; empty for the whole document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// What is wrong with it.
    pub message: String,
    /// What to change.
    pub remedy: String,
}

impl Finding {
    /// What is wrong with a field.
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
        Self::new(error.path, error.message, "Correct the field; pipeline.schema.json has all.")
    }
}

/// What was found out about a document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Why it cannot be used.
    pub errors: Vec<Finding>,
    /// What is hardly meant.
    pub warnings: Vec<Finding>,
    /// What its routes made of golden pictures.
    pub routes: Vec<RouteFigures>,
}

impl Judgement {
    /// Of a document that is refused for this alone.
    pub fn refused(finding: Finding) -> Self {
        Self { errors: vec![finding], ..Self::default() }
    }
}

/// What a route made of golden pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RouteFigures {
    /// The route.
    pub route: String,
    /// The pictures that went through the whole of it.
    pub pictures: Vec<String>,
    /// How many renditions were stored of all of them.
    pub renditions: usize,
    /// Processor time in milliseconds.
    pub cpu_ms: f64,
    /// The most linear memory of a run, in bytes.
    pub peak_memory_bytes: u64,
}
