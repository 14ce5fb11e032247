//! The dependencies between a route's runs, and the names of their renditions.
//!
//! - `portion`: the renditions of a step that are made in one run
//! - `local`: a whole route with given components, without a store

mod local;
mod portion;

pub use local::{Chain, End, Ended, Mistake, Part};
pub use portion::{Narrowing, Portion, portions};

use crate::document::{InputName, Step};
use crate::key::RESERVED_NAMES;
use crate::sandbox::RenditionSpec;

/// A run's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The uploaded picture.
    Source,
    /// An output of another run, both by index.
    Output {
        /// The run.
        run: usize,
        /// Its output.
        output: usize,
    },
}

/// A rendition that a run will make.
#[derive(Debug, Clone)]
pub struct Output {
    /// The transform's name for it.
    pub emitted_as: String,
    /// Its name.
    pub name: String,
    /// The media types that it may have.
    pub media_types: Vec<String>,
    /// Whether it is stored, that is, not replaced.
    pub stored: bool,
}

/// A run of a component.
pub trait Run {
    /// Its step.
    fn step(&self) -> &Step;
    /// Its input.
    fn input(&self) -> Input;
    /// Its outputs.
    fn outputs(&self) -> &[Output];
    /// The same, mutable.
    fn outputs_mut(&mut self) -> &mut Vec<Output>;
    /// Whether it cannot be run at all.
    fn is_refused(&self) -> bool;
}

/// Why a run cannot be part of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field of its step to correct.
    pub field: &'static str,
    /// The error.
    pub message: String,
}

/// The outputs of a step for an input with this name.
pub fn outputs(step: &Step, specs: &[RenditionSpec], input: Option<&str>) -> Vec<Output> {
    let output = |spec: &RenditionSpec| Output {
        emitted_as: spec.name.clone(),
        name: step.rendition_name(&spec.name, input),
        media_types: spec.media_types.clone(),
        stored: true,
    };
    specs.iter().map(output).collect()
}

/// The outputs that a step reads. `Err` names one that does not exist.
pub fn inputs<R: Run>(runs: &[R], names: &[InputName]) -> Result<Vec<Input>, String> {
    let mut inputs = Vec::new();
    for name in names {
        let of_step = || {
            let all = runs.iter().enumerate();
            all.filter(|(_, run)| run.step().name() == name.step.as_str())
        };
        let before = inputs.len();
        for (run, planned) in of_step() {
            let wanted = |output: &Output| {
                name.rendition.as_ref().is_none_or(|rendition| *rendition == output.name)
            };
            let outputs = planned.outputs().iter().enumerate().filter(|(_, one)| wanted(one));
            inputs.extend(outputs.map(|(output, _)| Input::Output { run, output }));
        }
        let whole = of_step().all(|(_, run)| !run.is_refused()) && of_step().next().is_some();
        if inputs.len() == before && whole {
            return Err(name.to_string());
        }
    }
    inputs.dedup();
    Ok(inputs)
}

/// Why a run cannot be added to these.
pub fn problem<R: Run>(runs: &[R], run: &R) -> Option<Problem> {
    let replaces = run.step().replace;
    let planned = run.outputs().len();
    if replaces && planned != 1 && !run.is_refused() {
        let message = format!(
            "it replaces a rendition, so one is expected of its transform; it plans {planned}"
        );
        return Some(Problem { field: "replace", message });
    }
    for output in run.outputs() {
        let name = &output.name;
        let wrong = |message| Some(Problem { field: "names", message });
        if name.len() > 128 || RESERVED_NAMES.contains(&name.as_str()) {
            return wrong(format!("`{name}` cannot be a rendition's name"));
        }
        let replaced = |at: usize, index: usize| {
            replaces && run.input() == Input::Output { run: at, output: index }
        };
        let taken = runs.iter().enumerate().any(|(at, other)| {
            let named = other.outputs().iter().enumerate();
            let mut same = named.filter(|(_, one)| one.stored && one.name == *name);
            same.any(|(index, _)| !replaced(at, index))
        });
        if taken {
            return wrong(format!(
                "two renditions would be called `{name}`; tell them apart by `names`"
            ));
        }
    }
    None
}

/// Mark outputs that this run replaces as not stored.
pub fn take_place<R: Run>(runs: &mut [R], run: &R) {
    if let (true, Input::Output { run: read, output }) = (run.step().replace, run.input()) {
        let replaced = runs.get_mut(read).and_then(|read| read.outputs_mut().get_mut(output));
        if let Some(replaced) = replaced {
            replaced.stored = false;
        }
    }
}
