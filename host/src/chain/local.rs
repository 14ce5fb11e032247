//! Runs a whole route with given components, without a store.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::portion::{Narrowing, portions};
use super::{Input, Output, Run};
use crate::document::{Inputs, Route, Step, text_of};
use crate::sandbox::{
    Basket, Failure, Job, Measured, Rendition, RenditionSpec, SourceInfo, Transform,
};

/// A step's component.
#[derive(Debug, Clone)]
pub struct Part {
    /// Ready to run.
    pub transform: Transform,
    /// The media types that it accepts.
    pub accepts: Vec<String>,
    narrowing: Option<Narrowing>,
}

impl Part {
    /// Describe a component.
    ///
    /// # Errors
    /// If `describe` fails.
    pub fn of(transform: Transform) -> Result<Self, Failure> {
        let described = transform.describe()?;
        let narrowing = Narrowing::of(&described);
        Ok(Self { transform, accepts: described.accepts, narrowing })
    }

    /// Why the step's `when` cannot be honoured.
    fn mistake(&self, step: &Step, specs: &[RenditionSpec]) -> Option<(&'static str, String)> {
        let (parameters, narrowing) = (step.parameters.as_ref(), self.narrowing.as_ref());
        let portions = match portions(&step.when, specs, parameters, narrowing) {
            Ok(portions) => portions,
            Err(problem) => return Some((problem.field, problem.message)),
        };
        let portions = portions.into_iter().filter(|one| one.parameters != step.parameters);
        portions.into_iter().find_map(|portion| {
            let planned = self.transform.plan(&text_of(portion.parameters.as_ref()));
            let names: Vec<&str> = portion.specs.iter().map(|spec| spec.name.as_str()).collect();
            (planned.ok().as_ref() != Some(&portion.specs)).then(|| {
                let what = format!(
                    "`{}` was told to make only {}, but does not plan that",
                    step.transform,
                    names.join(", ")
                );
                ("when", what)
            })
        })
    }
}

/// All runs of a route, in dependency order.
#[derive(Debug)]
pub struct Chain<'a> {
    runs: Vec<Planned<'a>>,
}

#[derive(Debug)]
struct Planned<'a> {
    at: usize,
    step: &'a Step,
    part: Arc<Part>,
    input: Input,
    outputs: Vec<Output>,
}

/// A fault of a step, found with its component and the other steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The step, by index.
    pub step: usize,
    /// Its field.
    pub field: &'static str,
    /// The error.
    pub message: String,
}

/// The result of a run.
#[derive(Debug)]
pub struct Ended<'a> {
    /// Its step, and the step's index.
    pub step: &'a Step,
    /// The step's index in the route.
    pub at: usize,
    /// Its result.
    pub end: End,
    /// Its cost.
    pub measured: Measured,
    /// The transform's log output.
    pub log: String,
}

/// The result of a run.
#[derive(Debug)]
pub enum End {
    /// Its renditions: as emitted, with their names, and whether they are stored.
    Made(Vec<(Rendition, bool)>),
    /// It failed.
    Failed(Failure),
    /// Its input was not made.
    Skipped,
}

impl Run for Planned<'_> {
    fn step(&self) -> &Step {
        self.step
    }

    fn input(&self) -> Input {
        self.input
    }

    fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    fn outputs_mut(&mut self) -> &mut Vec<Output> {
        &mut self.outputs
    }

    fn is_refused(&self) -> bool {
        false
    }
}

impl<'a> Chain<'a> {
    /// Plan a route with a component for each step; a step without one is omitted, as are steps
    /// that read its renditions.
    pub fn plan(route: &'a Route, parts: &[Option<Arc<Part>>]) -> (Self, Vec<Mistake>) {
        let (mut chain, mut mistakes) = (Self { runs: Vec::new() }, Vec::new());
        for (at, step) in route.steps.iter().enumerate() {
            let Some(Some(part)) = parts.get(at) else { continue };
            let found = chain.add(route, at, step, part);
            mistakes.extend(found.into_iter().map(|(field, message)| Mistake {
                step: at,
                field,
                message,
            }));
        }
        (chain, mistakes)
    }

    fn add(
        &mut self,
        route: &Route,
        at: usize,
        step: &'a Step,
        part: &Arc<Part>,
    ) -> Vec<(&'static str, String)> {
        let transform = &step.transform;
        let inputs = match &step.of {
            Inputs::Source => vec![Input::Source],
            Inputs::Renditions(names) => match super::inputs(&self.runs, names) {
                Ok(inputs) => inputs,
                Err(name) => return vec![("of", format!("no earlier step makes `{name}`"))],
            },
        };
        let specs = match part.transform.plan(&step.parameters_text()) {
            Ok(specs) => specs,
            Err(failure) => {
                let what = format!("`{transform}` does not take them: {failure}");
                return vec![("parameters", what)];
            }
        };
        if let Some(mistake) = part.mistake(step, &specs) {
            return vec![mistake];
        }
        let accepted = |kind: &String| part.accepts.contains(kind);
        let taken = part.accepts.iter().any(|kind| route.matches_media_type(kind));
        if step.of.is_source() && !taken {
            let (reads, takes) = (part.accepts.join(", "), route.media_types.join(", "));
            let what = format!("`{transform}` reads {reads}, but the route takes only {takes}");
            return vec![("transform", what)];
        }
        let mut mistakes = Vec::new();
        for input in inputs {
            let read = self.output(input);
            if let Some(read) = read.filter(|read| !read.media_types.iter().any(accepted)) {
                let (kinds, reads) = (read.media_types.join(" or "), part.accepts.join(", "));
                let what = format!("`{}` is {kinds}, but `{transform}` reads {reads}", read.name);
                mistakes.push(("of", what));
                continue;
            }
            let run = self.planned(at, step, part, input, &specs);
            match super::problem(&self.runs, &run) {
                Some(problem) => mistakes.push((problem.field, problem.message)),
                None => {
                    super::take_place(&mut self.runs, &run);
                    self.runs.push(run);
                }
            }
        }
        mistakes
    }

    fn planned(
        &self,
        at: usize,
        step: &'a Step,
        part: &Arc<Part>,
        input: Input,
        specs: &[RenditionSpec],
    ) -> Planned<'a> {
        let name = self.output(input).map(|read| read.name.as_str());
        let outputs = super::outputs(step, specs, name);
        Planned { at, step, part: Arc::clone(part), input, outputs }
    }

    fn output(&self, input: Input) -> Option<&Output> {
        match input {
            Input::Source => None,
            Input::Output { run, output } => self.runs.get(run)?.outputs.get(output),
        }
    }

    /// Run all of it on a picture, each run for at most `longest`.
    pub fn render(&self, key: &str, picture: &Bytes, longest: Duration) -> Vec<Ended<'a>> {
        let mut ended: Vec<Ended<'a>> = Vec::with_capacity(self.runs.len());
        for run in &self.runs {
            let read = match run.input {
                Input::Source => Some((picture.clone(), None)),
                Input::Output { run: read, output } => ended.get(read).and_then(|read| {
                    let End::Made(made) = &read.end else { return None };
                    let (rendition, _) = made.get(output)?;
                    Some((rendition.body.clone(), Some(rendition.media_type.clone())))
                }),
            };
            ended.push(match read {
                Some((body, media_type)) => run.run(key, body, media_type, longest),
                None => run.ended(End::Skipped, Measured::default(), String::new()),
            });
        }
        ended
    }
}

impl<'a> Planned<'a> {
    fn run(
        &self,
        key: &str,
        body: Bytes,
        content_type: Option<String>,
        longest: Duration,
    ) -> Ended<'a> {
        let size = body.len() as u64;
        let most = self.step.limits.max_bytes;
        if self.input == Input::Source && size > most {
            let what = format!("it has {size} bytes; the step allows {most}");
            let end = End::Failed(Failure::LimitExceeded(what));
            return self.ended(end, Measured::default(), String::new());
        }
        let mut limits = self.step.limits.for_sandbox();
        limits.max_time = limits.max_time.min(longest);
        let basket = Basket::default();
        let run = self.part.transform.render(Job {
            info: SourceInfo { key: key.to_owned(), size, content_type },
            stream: Box::new(body),
            sink: Box::new(basket.clone()),
            parameters: self.step.parameters_text(),
            limits,
            deadline: None,
        });
        let end = match run.outcome {
            Ok(()) => End::Made(self.named(basket.take())),
            Err(failure) => End::Failed(failure),
        };
        self.ended(end, run.measured, run.log)
    }

    /// Renditions in the order of the plan, under their names. The sandbox has checked them against
    /// the plan.
    fn named(&self, mut emitted: Vec<Rendition>) -> Vec<(Rendition, bool)> {
        let mut named = Vec::with_capacity(emitted.len());
        for output in &self.outputs {
            let at = emitted.iter().position(|one| one.name == output.emitted_as);
            if let Some(at) = at {
                let rendition = emitted.swap_remove(at);
                named.push((Rendition { name: output.name.clone(), ..rendition }, output.stored));
            }
        }
        named
    }

    fn ended(&self, end: End, measured: Measured, log: String) -> Ended<'a> {
        Ended { step: self.step, at: self.at, end, measured, log }
    }
}
