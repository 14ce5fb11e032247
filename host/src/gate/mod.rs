//! The gate: what a component must pass before it can be active.
//!
//! One file a step, in this order; each refuses with codes of its own and says
//! what the author can do:
//!
//! - `file`: a component of an allowed size, and nothing else
//! - `world`: its imports and exports, by name
//! - `resources`: the memories, tables, modules and functions that it declares
//! - `compile`: it compiles for this program's engine
//! - `describe`: it starts, and says what it is
//! - `schema`: its parameters' schema, and its defaults
//! - `plan`: its plan, and whether the live routes' parameters suit it
//! - `golden`: what it makes of pictures
//!
//! Around them:
//!
//! - `shape`: what a component's sections say, before anything is compiled
//! - `nesting`: what an instance is made of, nested components counted
//! - `candidate`: what is to be proved
//! - `proof`: what was found out
//! - `refusal`: why not
//! - `document`: the same for a pipeline document
//! - `apart`: all of it in a child process, within bounds

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

/// What the gate does before it compiles, for fuzzing: the code of the refusal, if it refuses.
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

/// What the gate tells while it works.
pub trait Watcher {
    /// A step begins.
    fn step(&mut self, step: Step);
    /// The component is compiled; nothing of it has run yet.
    fn compiled(&mut self, artifact: &Artifact);
}

/// Prove a component, in this process.
///
/// Only [`apart::Prover`] keeps a hostile one within bounds of time and memory.
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
