//! What was found out about a component that passed.

use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Step, Watcher};
use crate::component::Dependencies;
use crate::digest::Digest;
use crate::sandbox::Description;

/// What was found out about a component that passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Proof {
    /// What it says of itself.
    pub description: Description,
    /// Its size in bytes.
    pub component_bytes: u64,
    /// The size of its compiled form in bytes.
    pub artifact_bytes: u64,
    /// The SHA-256 digest of its compiled form.
    pub artifact_sha256: Digest,
    /// Whether it was compiled for this engine before, and not again.
    pub compiled_before: bool,
    /// Milliseconds to map the compiled code and check its world's types.
    pub load_ms: f64,
    /// Milliseconds to make an instance and throw it away.
    pub start_ms: f64,
    /// What each step took.
    pub steps: Vec<StepTime>,
    /// What it made of the golden pictures.
    pub pictures: Vec<PictureFigures>,
    /// What the process had given up in which it was tried; it depends on the
    /// kernel.
    #[serde(default)]
    pub confinement: Vec<String>,
    /// What it is built from, as it says itself.
    #[serde(default)]
    pub dependencies: Dependencies,
}

/// What a step took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepTime {
    /// The step.
    pub step: Step,
    /// Milliseconds.
    pub ms: f64,
}

/// What a picture cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PictureFigures {
    /// Its name.
    pub name: String,
    /// Whose parameters were used.
    pub used_by: String,
    /// `rendered`, or the code of the error in which it ended.
    pub outcome: String,
    /// How many renditions were made of it.
    pub renditions: usize,
    /// Processor time in milliseconds.
    pub cpu_ms: f64,
    /// The most linear memory in use, in bytes.
    pub peak_memory_bytes: u64,
}

/// Takes the time of each step.
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
