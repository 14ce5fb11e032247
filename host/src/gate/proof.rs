//! The result for a component that passed.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Step, Watcher};
use crate::component::Dependencies;
use crate::digest::Digest;
use crate::sandbox::Description;

/// The result for a component that passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Proof {
    /// Its description.
    pub description: Description,
    /// Its size in bytes.
    pub component_bytes: u64,
    /// The size of its compiled form in bytes.
    pub artifact_bytes: u64,
    /// The SHA-256 digest of its compiled form.
    pub artifact_sha256: Digest,
    /// Whether an existing artifact for this engine was used.
    pub compiled_before: bool,
    /// Milliseconds to map the compiled code and check its world's types.
    pub load_ms: f64,
    /// Milliseconds to create and drop an instance.
    pub start_ms: f64,
    /// The time of each step.
    pub steps: Vec<StepTime>,
    /// The results for golden pictures.
    pub pictures: Vec<PictureFigures>,
    /// The confinement of the process that ran it; it depends on the kernel.
    #[serde(default)]
    pub confinement: Vec<String>,
    /// The crates that it declares.
    #[serde(default)]
    pub dependencies: Dependencies,
}

/// The time of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepTime {
    /// The step.
    pub step: Step,
    /// Milliseconds.
    pub ms: f64,
}

/// The cost of a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PictureFigures {
    /// Its name.
    pub name: String,
    /// Where the parameters are used.
    pub used_by: String,
    /// `rendered`, or the code of the error.
    pub outcome: String,
    /// The number of renditions.
    pub renditions: usize,
    /// Processor time in milliseconds.
    pub cpu_ms: f64,
    /// Peak linear memory, in bytes.
    pub peak_memory_bytes: u64,
}

/// Measures the time of each step.
pub(super) struct Times<'a> {
    watcher: &'a mut dyn Watcher,
    running: Option<(Step, Instant)>,
    done: Vec<StepTime>,
}

impl<'a> Times<'a> {
    pub(super) fn new(watcher: &'a mut dyn Watcher) -> Self {
        Self { watcher, running: None, done: Vec::new() }
    }

    pub(super) fn watcher(&mut self) -> &mut dyn Watcher {
        self.watcher
    }

    pub(super) fn begin(&mut self, step: Step) {
        self.finish();
        self.watcher.step(step);
        self.running = Some((step, Instant::now()));
    }

    pub(super) fn end(mut self) -> Vec<StepTime> {
        self.finish();
        self.done
    }

    fn finish(&mut self) {
        if let Some((step, since)) = self.running.take() {
            self.done.push(StepTime { step, ms: milliseconds(since) });
        }
    }
}

pub(super) fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
