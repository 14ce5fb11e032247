//! Selects the next runs of a plan.

use std::collections::HashMap;

use super::ended::{Ended, id};
use super::found::Found;
use super::plan::{Input, Plan};
use super::work::Work;

/// The next runs.
pub(super) struct Schedule<'a> {
    /// Runs whose inputs are available, and which have not run.
    pub(super) wave: Vec<usize>,
    pub(super) found: &'a HashMap<usize, Found>,
    pub(super) states: Vec<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Done,
    Failed,
    Skipped,
    Requested,
    Ready,
    Blocked,
}

impl<'a> Schedule<'a> {
    /// Determine which runs of a plan are needed.
    pub(super) fn of(
        plan: &Plan,
        found: &'a HashMap<usize, Found>,
        ended: &Ended,
        work: &Work,
    ) -> Self {
        let needed = needed(plan, found, ended, work);
        let mut states: Vec<State> = Vec::with_capacity(plan.runs.len());
        for (index, run) in plan.runs.iter().enumerate() {
            let input = match run.input {
                Input::Source => State::Done,
                Input::Output { run, .. } => states.get(run).copied().unwrap_or(State::Skipped),
            };
            let end = ended.get(&id(plan, run));
            let before = found.get(&index);
            let failed_before = before.is_some_and(|found| found.run.error.is_some());
            let needed = needed.get(index).copied().unwrap_or(true);
            states.push(match (end, input) {
                (Some(Ok(_)), _) => State::Done,
                (Some(Err(_)), _) => State::Failed,
                _ if run.refused.is_some() || failed_before => State::Failed,
                (None, State::Failed | State::Skipped) => State::Skipped,
                _ if !needed && before.is_none() => State::Requested,
                _ if !needed => State::Done,
                (None, State::Done) => State::Ready,
                (None, State::Ready | State::Blocked | State::Requested) => State::Blocked,
            });
        }
        // A failed picture needs no further runs.
        let failed = plan.runs.iter().zip(&states);
        let failed =
            failed.into_iter().any(|(run, state)| run.step.required && *state == State::Failed);
        let ready = states.iter().enumerate();
        let ready = ready.filter(|(_, state)| !failed && **state == State::Ready);
        Self { wave: ready.map(|(index, _)| index).collect(), found, states }
    }
}

/// The needed runs: requested ones without an earlier result, and those whose renditions such a run
/// reads and that are not stored.
fn needed(plan: &Plan, found: &HashMap<usize, Found>, ended: &Ended, work: &Work) -> Vec<bool> {
    let runs = plan.runs.iter().enumerate();
    let mut needed: Vec<bool> = runs
        .map(|(index, run)| !found.contains_key(&index) && run.is_wanted(&work.wanted))
        .collect();
    for (index, run) in plan.runs.iter().enumerate().rev() {
        let has_ended = ended.contains_key(&id(plan, run));
        if !needed.get(index).copied().unwrap_or(false) || has_ended {
            continue;
        }
        if let Input::Output { run: read, output } = run.input {
            let stored = plan.runs.get(read).and_then(|read| read.outputs.get(output));
            let is_there = stored.is_some_and(|output| output.stored) && found.contains_key(&read);
            if !is_there && let Some(needed) = needed.get_mut(read) {
                *needed = true;
            }
        }
    }
    needed
}
