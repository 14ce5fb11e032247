//! The gate for a pipeline document: it checks steps against their components and each other, and
//! runs a few pictures through the routes.
//!
//! - `candidate`: input and verdict
//! - `golden`: golden pictures in a whole route

mod candidate;
mod golden;

use std::sync::Arc;
use std::time::Duration;

pub use candidate::{DocumentCandidate, Finding, Judgement, RouteFigures};

use super::{Refusal, Step, Watcher, world};
use crate::chain::{Chain, Part};
use crate::document::{Document, Route};
use crate::sandbox::{Artifact, Sandbox};

/// The timeout of a run on a golden picture; they are small.
const LONGEST: Duration = Duration::from_secs(10);
/// The maximum number of findings for a document.
const MAX_FINDINGS: usize = 100;

/// Check a document, in this process.
///
/// # Errors
/// If `describe` of a component fails: it was published, so this is not an error of the document.
pub fn judge(
    sandbox: &Sandbox,
    candidate: &DocumentCandidate,
    watcher: &mut dyn Watcher,
) -> Result<Judgement, Refusal> {
    let document = match Document::parse(&candidate.text) {
        Ok(document) => document,
        Err(error) => return Ok(Judgement::refused(error.into())),
    };
    let mut judgement = Judgement::default();
    watcher.step(Step::Plan);
    let parts = candidate.components.iter().map(|artifact| part(sandbox, artifact));
    let parts = parts.collect::<Result<Vec<_>, _>>()?;
    let mut uses = candidate.uses.iter();
    let mut planned = Vec::new();
    for (index, route) in document.routes.iter().enumerate() {
        let of_step = |used: &Option<usize>| used.and_then(|at| parts.get(at).cloned());
        let parts: Vec<_> = uses.by_ref().take(route.steps.len()).map(of_step).collect();
        let (chain, mistakes) = Chain::plan(route, &parts);
        let sound = mistakes.is_empty() && parts.iter().all(Option::is_some);
        judgement.errors.extend(mistakes.into_iter().map(|mistake| {
            let path = format!("routes[{index}].steps[{}].{}", mistake.step, mistake.field);
            Finding::new(path, mistake.message, remedy(mistake.field))
        }));
        if sound && !route.ignore {
            planned.push((index, route, parts, chain));
        }
    }
    watcher.step(Step::Golden);
    for (index, route, parts, chain) in planned {
        golden::check(index, route, &accepted(route, &parts), &chain, &mut judgement);
    }
    judgement.errors.truncate(MAX_FINDINGS);
    judgement.warnings.truncate(MAX_FINDINGS);
    Ok(judgement)
}

fn part(sandbox: &Sandbox, artifact: &Artifact) -> Result<Arc<Part>, Refusal> {
    let transform = world::load(sandbox, artifact)?;
    let failed = |failure| Refusal::of_failure(Step::Describe, "`describe` failed", &failure);
    Ok(Arc::new(Part::of(transform).map_err(failed)?))
}

/// The media types that every required step on the source accepts.
fn accepted(route: &Route, parts: &[Option<Arc<Part>>]) -> Vec<String> {
    let steps = route.steps.iter().zip(parts).filter(|(step, _)| step.of.is_source());
    let must = steps.clone().filter(|(step, _)| step.is_decisive());
    // If no step is required, the types that any step accepts.
    let mut first = must.clone().chain(steps).filter_map(|(_, part)| part.as_deref());
    let accepts = first.next().map(|part| part.accepts.clone()).unwrap_or_default();
    let taken = |kind: &String| {
        must.clone().all(|(_, part)| part.as_ref().is_some_and(|part| part.accepts.contains(kind)))
    };
    accepts.into_iter().filter(taken).collect()
}

fn remedy(field: &str) -> &'static str {
    match field {
        "parameters" => "Correct them; `obscura check` shows what a component accepts.",
        "of" => "Let it read renditions of a media type that it accepts.",
        "names" => "Give it `names` of its own, such as {input}-{rendition}.",
        "when" => "Use `uploaded`, or `requested` for the whole step.",
        "replace" => "Choose parameters for a single rendition, or omit `replace`.",
        _ => "Change the route, or the transform.",
    }
}
