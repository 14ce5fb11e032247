//! A plan and its results.

use std::collections::HashMap;
use std::sync::Arc;

use super::cost::Cost;
use super::ended::{End, Ended};
use super::found::Found;
use super::manifest::InputRecord;
use super::plan::{Plan, PlannedRun};
use super::schedule::{Schedule, State};
use super::work::Work;
use crate::document::Route;
use crate::error::Fault;

/// A plan, and the result of each of its runs.
pub(super) struct Built {
    pub(super) plan: Vec<Arc<PlannedRun>>,
    pub(super) ends: Vec<End>,
    pub(super) inputs: Vec<Option<InputRecord>>,
    pub(super) waiting: Vec<(String, Fault)>,
    pub(super) keys: Vec<String>,
}

impl Built {
    /// The results, for another round: renditions under immutable keys can be reused.
    pub(super) fn into_ended(self) -> Ended {
        let runs = self.plan.into_iter().zip(self.inputs).zip(self.ends);
        let made = runs.filter_map(|((run, input), end)| match end {
            End::Made(made) => Some(((run.step.name().to_owned(), input, run.action), Ok(made))),
            _ => None,
        });
        made.collect()
    }
}

/// A plan in which nothing has to run.
pub(super) fn of_records(
    plan: Plan,
    found: HashMap<usize, Found>,
    work: &Work,
    route: &Route,
) -> Built {
    let ended = Ended::new();
    let states = Schedule::of(&plan, &found, &ended, work).states;
    finish(plan, found, ended, &states, work, route)
}

/// The result of each run of a plan.
pub(super) fn finish(
    plan: Plan,
    mut found: HashMap<usize, Found>,
    mut ended: Ended,
    states: &[State],
    work: &Work,
    route: &Route,
) -> Built {
    let inputs: Vec<_> = plan.runs.iter().map(|run| plan.input_record(run)).collect();
    let mut ends = Vec::with_capacity(plan.runs.len());
    for (index, run) in plan.runs.iter().enumerate() {
        let input = inputs.get(index).cloned().flatten();
        let end = ended.remove(&(run.step.name().to_owned(), input, run.action));
        let state = states.get(index);
        ends.push(match (end, found.remove(&index), &run.refused) {
            (Some(Ok(made)), ..) => End::Made(made),
            (Some(Err((rejection, cost))), ..) => End::Failed(rejection, cost),
            (None, Some(found), _) => match found.run.error.clone() {
                Some(rejection) => End::Failed(rejection, found.run.cost),
                None => End::Found(Box::new(found)),
            },
            (None, None, Some(rejection)) if state == Some(&State::Failed) => {
                End::Failed(rejection.clone(), Cost::default())
            }
            (None, None, _) if state == Some(&State::Requested) => End::Requested,
            (None, None, _) => End::Skipped,
        });
    }
    let keys = plan.keys(&work.destination, route);
    Built {
        ends,
        inputs,
        waiting: plan.waiting,
        keys,
        plan: plan.runs.into_iter().map(Arc::new).collect(),
    }
}
