//! Falls back to the stable component when the canary fails.
//!
//! A canary renders its share of the pictures. If it fails for any reason except the store's, the
//! stable component renders the same picture in the same event. So a bad canary never leaves a
//! picture without renditions, and its failures are counted exactly: only those where the stable
//! component succeeds.

use std::time::{Duration, Instant};

use super::Pipeline;
use super::cost::Cost;
use super::failed_canary::{FailedCanary, Tried};
use super::manifest::Manifest;
use super::work::Work;
use crate::component::{Active, Choice};
use crate::digest::Digest;
use crate::document::Step;
use crate::error::{Code, Error, Fault};

impl Pipeline {
    /// Load the component for a step. A canary that cannot be loaded has failed.
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

    /// Count the results of a picture, for each step with a trial.
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
                    // The canary used up the time that the stable component needed.
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
    /// Record that the canary of a step failed on the picture.
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

    /// Record the canaries that failed on the same picture in other events.
    pub(super) fn remember(&mut self, manifest: &Manifest) {
        for step in &manifest.steps {
            if let Some(canary) = step.canary.clone() {
                let failed = FailedCanary { counted: true, ..canary };
                self.failed.entry(step.name.clone()).or_insert(failed);
            }
        }
    }

    /// The canary of a step that has failed on this picture.
    pub(super) fn avoided(&self, step: &Step) -> Option<Digest> {
        self.failed.get(step.name()).map(|failed| failed.digest)
    }

    /// Record a run, if it takes part in a trial.
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
        // A step with several runs for a picture counts once: with the sum of their times, and as
        // failed if one failed.
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

/// Whether to fall back to the stable component. Not after failures of the store, which it would
/// have, too.
pub(super) fn hands_over(choice: &Choice, error: &Error) -> bool {
    let its_own = match error {
        Error::Rejected(_) => true,
        Error::Fault(fault) => matches!(fault.code, Code::OutOfTime | Code::SandboxFailed),
    };
    its_own && choice.is_canary()
}

/// The deadline of a canary: half of the time is reserved for the stable component.
pub(super) fn deadline(choice: &Choice, deadline: Option<Instant>) -> Option<Instant> {
    let deadline = deadline?;
    let left = deadline.saturating_duration_since(Instant::now());
    let kept = if choice.is_canary() { left / 2 } else { Duration::ZERO };
    Some(deadline.checked_sub(kept).unwrap_or(deadline))
}
