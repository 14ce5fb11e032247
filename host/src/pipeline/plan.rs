//! Plans the runs for a picture, with their inputs and outputs.

use serde_json::Value;
use std::collections::{HashMap, HashSet};
use tokio::task::spawn_blocking;

use super::Pipeline;
use super::action::{Read, action, version};
use super::failed_canary::FailedCanary;
use super::found::Found;
use super::manifest::InputRecord;
use super::work::Work;
use crate::chain::{self, Portion, portions};
pub(super) use crate::chain::{Input, Output};
use crate::component::{Active, Choice};
use crate::digest::Digest;
use crate::document::{Inputs, METADATA_PREFIX, Route, Step, apply, text_of};
use crate::error::{Code, Error, Fault, Rejection};
use crate::key::{Destination, KeyParts};
use crate::sandbox::Transform;

/// All runs of a route on a picture, in dependency order.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) runs: Vec<PlannedRun>,
    /// Steps that are not required and whose components cannot be loaded now.
    pub(super) waiting: Vec<(String, Fault)>,
}

/// A run of a component.
#[derive(Clone)]
pub(super) struct PlannedRun {
    pub(super) step: Step,
    pub(super) label: String,
    pub(super) input: Input,
    pub(super) choice: Choice,
    pub(super) active: Active,
    pub(super) parameters: Option<Value>,
    pub(super) parameters_text: String,
    pub(super) action: Digest,
    pub(super) outputs: Vec<Output>,
    /// Whether it is made on request.
    pub(super) requested: bool,
    /// Why it cannot run.
    pub(super) refused: Option<Rejection>,
}

/// The properties of the picture that the plan depends on.
pub(super) struct Picture<'a> {
    pub(super) etag: &'a str,
    /// Its size in bytes.
    pub(super) size: u64,
    /// Why no step can read it.
    pub(super) refusal: Option<&'a Rejection>,
    pub(super) metadata: &'a HashMap<String, String>,
}

/// The metadata that is copied from the picture to its renditions.
type Carried = Vec<(String, String)>;

impl PlannedRun {
    /// Whether it is made at upload, or makes one of these renditions.
    pub(super) fn is_wanted(&self, names: &HashSet<String>) -> bool {
        !self.requested || self.outputs.iter().any(|output| names.contains(&output.name))
    }

    /// The key of a rendition of this run; `None` if it is too long for S3.
    pub(super) fn key(
        &self,
        destination: &Destination,
        route: &Route,
        output: &Output,
        media_type: &str,
    ) -> Option<String> {
        let parts = KeyParts {
            rendition: &output.name,
            media_type,
            step: self.step.name(),
            version: &version(self.action),
        };
        destination.rendition(&route.key_template, &parts)
    }
}

impl Plan {
    /// The name of a run's input in records.
    pub(super) fn input_record(&self, run: &PlannedRun) -> Option<InputRecord> {
        match run.input {
            Input::Source => None,
            Input::Output { run, output } => {
                let read = self.runs.get(run)?;
                let rendition = read.outputs.get(output)?.name.clone();
                Some(InputRecord { step: read.step.name().to_owned(), rendition })
            }
        }
    }

    /// Whether a run's input will not be made, according to earlier runs.
    pub(super) fn is_skipped(&self, index: usize, found: &HashMap<usize, Found>) -> bool {
        let Some(Input::Output { run, .. }) = self.runs.get(index).map(|run| run.input) else {
            return false;
        };
        let failed = found.get(&run).is_some_and(|found| found.run.error.is_some());
        let refused = self.runs.get(run).is_some_and(|run| run.refused.is_some());
        failed || refused || self.is_skipped(run, found)
    }

    /// All possible keys.
    pub(super) fn keys(&self, destination: &Destination, route: &Route) -> Vec<String> {
        let stored = self.runs.iter().flat_map(|run| {
            run.outputs.iter().filter(|output| output.stored).map(move |output| (run, output))
        });
        stored
            .flat_map(|(run, output)| {
                let kinds = output.media_types.iter();
                kinds.filter_map(|kind| run.key(destination, route, output, kind))
            })
            .collect()
    }

    /// Add a run, unless its renditions collide with others.
    fn push(&mut self, mut run: PlannedRun) {
        if let Some(problem) = chain::problem(&self.runs, &run) {
            let message = format!("step `{}`: {}", run.label, problem.message);
            run.refused = Some(Rejection::new(Code::RouteInvalid, message));
            run.outputs.clear();
        } else {
            chain::take_place(&mut self.runs, &run);
        }
        self.runs.push(run);
    }
}

impl chain::Run for PlannedRun {
    fn step(&self) -> &Step {
        &self.step
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
        self.refused.is_some()
    }
}

impl Pipeline {
    /// Plan a route for a picture. It reads pointers, and loads components that are not cached.
    ///
    /// # Errors
    /// If the component of a required step cannot be loaded.
    pub(super) async fn plan(
        &self,
        work: &mut Work,
        route: &Route,
        picture: &Picture<'_>,
    ) -> Result<Plan, Error> {
        let mut plan = Plan::default();
        let carried = route.carried(picture.metadata);
        for step in &route.steps {
            let label = route.label(step);
            let (inputs, missing) = match &step.of {
                Inputs::Source => (vec![Input::Source], None),
                Inputs::Renditions(names) => match chain::inputs(&plan.runs, names) {
                    Ok(inputs) => (inputs, None),
                    Err(missing) => (vec![Input::Source], Some(missing)),
                },
            };
            if inputs.is_empty() {
                continue;
            }
            let planned = match self.plan_step(work, step, &label, picture).await {
                Ok(planned) => planned,
                Err(Error::Fault(fault)) if !step.required => {
                    plan.waiting.push((step.name().to_owned(), fault));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let refusal = missing.map(|name| {
                let message = format!("step `{label}` reads `{name}`, which no earlier step makes");
                Rejection::new(Code::RouteInvalid, message)
            });
            for input in inputs {
                for portion in &planned.portions {
                    let refusal = refusal.as_ref();
                    let on = On { label: &label, input, picture, refusal, carried: &carried };
                    let run = planned.run(step, portion, &on, &plan);
                    plan.push(run);
                }
            }
        }
        Ok(plan)
    }

    async fn plan_step(
        &self,
        work: &mut Work,
        step: &Step,
        label: &str,
        picture: &Picture<'_>,
    ) -> Result<PlannedStep, Error> {
        loop {
            let (choice, active) = self.ready(work, step, label).await?;
            work.digest.get_or_insert(choice.release.digest);
            work.loading = match (work.loading, active.loading) {
                (Some(before), Some(more)) => Some(before + more),
                (before, more) => before.or(more),
            };
            let told = told(step, &active.transform, picture).await;
            let parameters = match told {
                Ok(parameters) => parameters,
                Err(rejection) => {
                    let refused = Err(rejection);
                    return Ok(PlannedStep::new(choice, active, step.parameters.clone(), refused));
                }
            };
            let text = text_of(parameters.as_ref());
            let specs = self.plans.get(active.release.digest, &active.transform, &text).await;
            let specs = match specs.map_err(Error::from) {
                Ok(specs) => Ok(specs),
                Err(error) if choice.is_canary() => {
                    work.give_up(step, FailedCanary::new(choice.release.digest, &error));
                    continue;
                }
                Err(Error::Rejected(rejection)) => {
                    let by_uploader = parameters != step.parameters;
                    Err(if by_uploader { rejection.of_uploader() } else { rejection })
                }
                Err(fault) => return Err(fault),
            };
            let narrowing = match step.when.is_uploaded() {
                true => None,
                false => self.plans.narrowing(active.release.digest, &active.transform).await?,
            };
            let portions = specs.and_then(|specs| {
                let all = portions(&step.when, &specs, parameters.as_ref(), narrowing.as_ref());
                all.map_err(|problem| {
                    let message = format!("step `{label}`: {}", problem.message);
                    Rejection::new(Code::RouteInvalid, message)
                })
            });
            return Ok(PlannedStep::new(choice, active, parameters, portions));
        }
    }
}

/// The parameters of a step: the document's, with the uploader's values.
async fn told(
    step: &Step,
    transform: &Transform,
    picture: &Picture<'_>,
) -> Result<Option<Value>, Rejection> {
    let name = format!("{METADATA_PREFIX}{}", step.name());
    let wanted = picture.metadata.get(&name).filter(|_| !step.settable.is_empty());
    let Some(wanted) = wanted else { return Ok(step.parameters.clone()) };
    let wrong = |what: String| {
        Rejection::new(Code::InvalidParameters, format!("x-amz-meta-{name}: {what}")).of_uploader()
    };
    let mut parameters = match &step.parameters {
        Some(parameters) => parameters.clone(),
        None => {
            let transform = transform.clone();
            let described = spawn_blocking(move || transform.describe()).await;
            let described = described.ok().and_then(Result::ok);
            let text = described.map(|one| one.default_parameters).unwrap_or_default();
            serde_json::from_str(&text).unwrap_or_else(|_| Value::Object(serde_json::Map::new()))
        }
    };
    apply(&mut parameters, &step.settable, wanted).map_err(wrong)?;
    Ok(Some(parameters))
}

/// A step, before its inputs are known.
struct PlannedStep {
    choice: Choice,
    active: Active,
    portions: Vec<Portion>,
    /// Why it cannot run.
    refused: Option<Rejection>,
}

/// The input of a run.
struct On<'a> {
    label: &'a str,
    input: Input,
    picture: &'a Picture<'a>,
    refusal: Option<&'a Rejection>,
    carried: &'a Carried,
}

impl PlannedStep {
    /// A refused step becomes one run without outputs.
    fn new(
        choice: Choice,
        active: Active,
        parameters: Option<Value>,
        portions: Result<Vec<Portion>, Rejection>,
    ) -> Self {
        match portions {
            Ok(portions) => Self { choice, active, portions, refused: None },
            Err(rejection) => {
                let nothing = Portion { specs: Vec::new(), parameters, requested: false };
                Self { choice, active, portions: vec![nothing], refused: Some(rejection) }
            }
        }
    }

    fn run(&self, step: &Step, portion: &Portion, on: &On<'_>, plan: &Plan) -> PlannedRun {
        let parameters_text = text_of(portion.parameters.as_ref());
        let read = match on.input {
            Input::Source => None,
            Input::Output { run, output } => plan
                .runs
                .get(run)
                .and_then(|run| run.outputs.get(output).map(|output| (run.action, output))),
        };
        let digest = Digest::of(parameters_text.as_bytes());
        let input_name = read.map(|(_, output)| output.name.as_str());
        let read = read.map_or(Read::Source(on.picture.etag), |(action, output)| {
            Read::Rendition(action, &output.emitted_as)
        });
        let outputs = chain::outputs(step, &portion.specs, input_name);
        let admitted = match on.input {
            Input::Source => match on.picture.refusal {
                Some(rejection) => Some(rejection.clone()),
                None => admissible(on.picture.size, step).err(),
            },
            Input::Output { .. } => None,
        };
        let required = step.is_decisive() && !portion.requested;
        PlannedRun {
            step: Step { required, ..step.clone() },
            label: on.label.to_owned(),
            input: on.input,
            choice: self.choice.clone(),
            active: self.active.clone(),
            parameters: portion.parameters.clone(),
            action: action(read, self.choice.release.digest, digest, &step.limits, on.carried),
            parameters_text,
            outputs,
            requested: portion.requested,
            refused: admitted.or_else(|| on.refusal.or(self.refused.as_ref()).cloned()),
        }
    }
}

/// Check an upload's size against a step's limit.
fn admissible(size: u64, step: &Step) -> Result<(), Rejection> {
    let limit = step.limits.max_bytes;
    if size == 0 {
        return Err(Rejection::new(Code::Malformed, "the object is empty")
            .with_remedy("Upload the picture again; the upload may have been incomplete."));
    }
    if size > limit {
        let message =
            format!("the object has {size} bytes; the step `{}` allows {limit}", step.name());
        return Err(Rejection::new(Code::LimitExceeded, message).with_remedy(
            "Upload a smaller picture, or raise max_bytes in the pipeline document.",
        ));
    }
    Ok(())
}
