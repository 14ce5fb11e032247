//! The gate: the checks that a component must pass before it can be active.
//!
//! One file per step, in this order; each has its own error codes and remedies for the author:
//!
//! - `file`: size and file format
//! - `world`: its imports and exports, by name
//! - `resources`: its declared memories, tables, modules and functions
//! - `compile`: compilation for this program's engine
//! - `describe`: instantiation, and the result of `describe`
//! - `schema`: its parameter schema and defaults
//! - `plan`: its plan, also with the parameters of live routes
//! - `golden`: its output for golden pictures
//!
//! Supporting modules:
//!
//! - `shape`: a component's sections, read before compilation
//! - `nesting`: resources of an instance, including nested components
//! - `candidate`: the input
//! - `proof`: the result
//! - `refusal`: the reason of a refusal
//! - `document`: the same for a pipeline document
//! - `apart`: the gate in a child process, with limits

pub mod apart;
mod candidate;
mod compile;
mod describe;
mod document;
mod file;
mod golden;
mod nesting;
mod plan;
mod proof;
mod refusal;
mod resources;
mod schema;
mod shape;
mod world;

use std::time::Instant;

pub use apart::{Bounds, ProveError, Proved, Prover};
pub use candidate::{Candidate, Picture, Setting, settings};
pub use document::{DocumentCandidate, Finding, Judgement, RouteFigures, judge};
pub use file::{MAX_COMPONENT_BYTES, too_large};
pub use golden::pictures as golden_pictures;
pub use proof::{PictureFigures, Proof, StepTime};
pub use refusal::{Refusal, Step};

use crate::sandbox::{Artifact, Sandbox};
use proof::Times;

/// For fuzzing: the gate's steps before compilation; the code of the refusal, if any.
#[cfg(feature = "fuzzing")]
pub(crate) fn inspected(component: &[u8]) -> Result<(), crate::code::Code> {
    file::check(component)
        .and_then(|()| shape::read(component))
        .and_then(|shape| {
            world::check(&shape)?;
            resources::check(&shape)
        })
        .map_err(|refusal| refusal.code)
}

/// Progress messages of the gate.
pub trait Watcher {
    /// A step begins.
    fn step(&mut self, step: Step);
    /// The component is compiled, but has not run yet.
    fn compiled(&mut self, artifact: &Artifact);
}

/// Prove a component, in this process.
///
/// Only [`apart::Prover`] limits time and memory for a hostile one.
///
/// # Errors
/// The step that refuses it, and why.
pub fn prove(
    sandbox: &Sandbox,
    candidate: &Candidate,
    watcher: &mut dyn Watcher,
) -> Result<Proof, Refusal> {
    let mut times = Times::new(watcher);
    let component = &candidate.component;

    times.begin(Step::File);
    file::check(component)?;
    let shape = shape::read(component)?;
    times.begin(Step::World);
    world::check(&shape)?;
    times.begin(Step::Resources);
    resources::check(&shape)?;
    times.begin(Step::Compile);
    let compiled_before = candidate.artifact.is_some();
    let artifact = match &candidate.artifact {
        Some(artifact) => artifact.clone(),
        None => compile::compile(sandbox, component)?,
    };
    times.watcher().compiled(&artifact);
    times.begin(Step::Describe);
    let loading = Instant::now();
    let transform = world::load(sandbox, &artifact)?;
    let load_ms = proof::milliseconds(loading);
    let starting = Instant::now();
    describe::start(&transform)?;
    let start_ms = proof::milliseconds(starting);
    let description = describe::check(&transform, candidate.transform.as_ref())?;
    times.begin(Step::Schema);
    schema::check(&description)?;
    times.begin(Step::Plan);
    let settings = plan::check(&transform, &description, &candidate.settings)?;
    times.begin(Step::Golden);
    let pictures = golden::check(&transform, &description, &settings, &candidate.pictures)?;

    Ok(Proof {
        description,
        component_bytes: component.len() as u64,
        artifact_bytes: artifact.bytes().len() as u64,
        artifact_sha256: artifact.digest(),
        compiled_before,
        load_ms,
        start_ms,
        steps: times.end(),
        pictures,
        confinement: Vec::new(),
        dependencies: shape.dependencies,
    })
}
