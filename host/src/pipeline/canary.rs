//! Falls back to the stable component when the canary fails.
//!
//! A canary renders its share of the pictures. If it fails, for whatever reason
//! but the store's, the stable component renders the same picture in the same
//! event. So a bad canary never leaves a picture without renditions, and what
//! counts against it is exact: only what the stable component could do.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Pipeline;
use super::manifest::Manifest;
use super::outcome::Cost;
use super::work::Work;
use crate::component::{Active, Choice, Trial};
use crate::digest::Digest;
use crate::document::Step;
use crate::error::{Code, Error, Fault};

/// A canary that was to render a picture, and did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailedCanary {
    /// The component's SHA-256 digest.
    pub digest: Digest,
    /// The stable code.
    pub code: Code,
    /// What went wrong, in one sentence.
    pub message: String,
    /// It never saw the picture, which therefore is no excuse.
    #[serde(skip)]
    pub(super) at_loading: bool,
    /// It failed in another event, which has counted it.
    #[serde(skip)]
    pub(super) counted: bool,
}

/// A step that counts in a trial.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) trial: Trial,
    pub(super) label: String,
    /// The canary that failed on it.
    pub(super) failed: Option<FailedCanary>,
    /// The component that ran last, what became of it, and what it cost.
    pub(super) ran: Option<(Digest, Result<(), Code>, Cost)>,
}

impl FailedCanary {
    pub(super) fn new(digest: Digest, error: &Error) -> Self {
        let message = match error {
            Error::Rejected(rejection) => rejection.message.clone(),
            Error::Fault(fault) => fault.message.clone(),
        };
        Self { digest, code: error.code(), message, at_loading: false, counted: false }
    }

    /// One that is to be left out, though it did not fail.
    pub(super) fn set_aside(digest: Digest) -> Self {
        let (code, message) = (Code::Internal, String::new());
        Self { digest, code, message, at_loading: false, counted: true }
    }
}

impl Pipeline {
    /// The component for a step, ready to run. A canary that cannot be loaded has
    /// failed.
    pub(super) async fn ready(
        &self,
        work: &mut Work,
        step: &Step,
        label: &str,
    ) -> Result<(Choice, Active), Error> {
        let choice = self.registry.choose(step, label, &work.key, work.avoided(step)).await?;
        let digest = choice.release.digest;
        match self.registry.load(choice.release.clone()).await {
            Ok(active) => Ok((choice, active)),
            Err(error) if choice.is_canary() => {
                let failed = FailedCanary { at_loading: true, ..FailedCanary::new(digest, &error) };
                work.give_up(step, failed);
                let stable = self.registry.choose(step, label, &work.key, Some(digest)).await?;
                let active = self.registry.load(stable.release.clone()).await?;
                Ok((stable, active))
            }
            Err(error) => Err(error),
        }
    }

    /// Count what became of a picture, for each step on which a canary is tried.
    pub(super) fn observe(&self, work: &Work, outcome: Result<(), &Fault>) {
        for tried in work.tried.values() {
            let Some((digest, result, cost)) = &tried.ran else { continue };
            self.outcomes.count(&tried.trial, &tried.label, |counts| {
                match (&tried.failed, outcome, result) {
                    (Some(failed), ..) if failed.code.is_of_store() => {}
                    (Some(failed), Ok(()), Err(_)) if !failed.at_loading => {
                        counts.canary.excused(failed.code);
                    }
                    (Some(failed), Ok(()), _) => counts.canary.failed(failed.code),
                    // It has taken the time that the stable component needed.
                    (Some(failed), Err(fault), _) if fault.code == Code::OutOfTime => {
                        counts.canary.failed(failed.code);
                    }
                    (_, Err(_), _) => {}
                    (None, Ok(()), Ok(())) if *digest == tried.trial.candidate => {
                        counts.canary.rendered(cost.guest_cpu_ms, cost.peak_memory_bytes);
                    }
                    (None, Ok(()), Ok(())) => {
                        counts.stable.rendered(cost.guest_cpu_ms, cost.peak_memory_bytes);
                    }
                    (None, Ok(()), Err(code)) => counts.stable.failed(*code),
                }
            });
        }
    }
}

impl Work {
    /// Remember that the canary of a step failed on the picture.
    pub(super) fn give_up(&mut self, step: &Step, failed: FailedCanary) {
        let FailedCanary { code, message, digest, .. } = &failed;
        let (digest, code, step_name) = (digest.to_string(), code.as_str(), step.name());
        tracing::warn!(
            key = self.key.as_str(),
            step = step_name,
            digest,
            code,
            reason = message,
            "the canary failed"
        );
        self.failed.insert(step_name.to_owned(), failed);
        self.gave_up = true;
    }

    /// Remember the canaries that failed on this very picture in other events.
    pub(super) fn remember(&mut self, manifest: &Manifest) {
        for step in &manifest.steps {
            if let Some(canary) = step.canary.clone() {
                let failed = FailedCanary { counted: true, ..canary };
                self.failed.entry(step.name.clone()).or_insert(failed);
            }
        }
    }

    /// The canary of a step that has failed on this very picture.
    pub(super) fn avoided(&self, step: &Step) -> Option<Digest> {
        self.failed.get(step.name()).map(|failed| failed.digest)
    }

    /// Remember a run, if it counts in a trial.
    pub(super) fn ran(
        &mut self,
        step: &Step,
        label: &str,
        choice: &Choice,
        result: Result<(), Code>,
        cost: Cost,
    ) {
        let Some(trial) = choice.trial.clone() else { return };
        let failed = self.failed.get(step.name()).filter(|one| one.digest == trial.candidate);
        let failed = failed.filter(|one| !one.counted).cloned();
        let before = self.tried.get(step.name()).and_then(|tried| tried.ran);
        // A step that runs several times for a picture counts once: its time is
        // that of all its runs, and one failure is one.
        let ran = match before {
            Some((digest, earlier, spent)) if digest == choice.release.digest => {
                (digest, earlier.and(result), spent.and(cost))
            }
            _ => (choice.release.digest, result, cost),
        };
        let tried = Tried { trial, label: label.to_owned(), failed, ran: Some(ran) };
        self.tried.insert(step.name().to_owned(), tried);
    }
}

/// Whether a canary's failure hands the picture to the stable component. The
/// store's failures do not: they would be the stable component's as well.
pub(super) fn hands_over(choice: &Choice, error: &Error) -> bool {
    let its_own = match error {
        Error::Rejected(_) => true,
        Error::Fault(fault) => matches!(fault.code, Code::OutOfTime | Code::SandboxFailed),
    };
    its_own && choice.is_canary()
}

/// When a canary has to be done: half of the time is the stable component's,
/// should it have to step in.
pub(super) fn deadline(choice: &Choice, deadline: Option<Instant>) -> Option<Instant> {
    let deadline = deadline?;
    let left = deadline.saturating_duration_since(Instant::now());
    let kept = if choice.is_canary() { left / 2 } else { Duration::ZERO };
    Some(deadline.checked_sub(kept).unwrap_or(deadline))
}
