//! A canary has its try, and costs no picture.
//!
//! A picture that is the canary's is rendered by it. If it fails, for whatever
//! reason but the store's, the stable component gets the same picture in the
//! same event. So a bad canary never leaves a picture without renditions, and
//! what counts against it is exact: only what the stable component could do.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Pipeline;
use super::outcome::Outcome;
use super::work::Work;
use crate::component::{Active, Choice, Trial};
use crate::digest::Digest;
use crate::document::Route;
use crate::error::{Code, Error, Fault};

/// A canary that was to render a picture, and did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCanary {
    /// The component's SHA-256 digest.
    pub digest: Digest,
    /// What it is called.
    pub code: Code,
    /// What went wrong, in one sentence.
    pub message: String,
    /// The picture's ETag.
    #[serde(skip)]
    pub(super) etag: String,
    /// It never saw the picture, which therefore is no excuse.
    #[serde(skip)]
    pub(super) at_loading: bool,
}

/// A run that counts in a trial.
pub(super) struct Tried {
    pub(super) trial: Trial,
    pub(super) route: String,
    /// The component that ran.
    pub(super) digest: Digest,
}

impl FailedCanary {
    fn new(digest: Digest, error: &Error, etag: &str) -> Self {
        let message = match error {
            Error::Rejected(rejection) => rejection.message.clone(),
            Error::Fault(fault) => fault.message.clone(),
        };
        let (code, etag) = (error.code(), etag.to_owned());
        Self { digest, code, message, etag, at_loading: false }
    }
}

impl Pipeline {
    /// The component for a picture, ready to run. A canary that cannot be loaded
    /// has failed.
    pub(super) async fn ready(
        &self,
        work: &mut Work,
        route: &Route,
        etag: &str,
    ) -> Result<(Choice, Active), Error> {
        let choice = self.registry.choose(route, &work.key, work.gave_up(etag)).await?;
        let digest = choice.release.digest;
        match self.registry.load(choice.release.clone()).await {
            Ok(active) => Ok((choice, active)),
            Err(error) if choice.is_canary() => {
                let failed = FailedCanary::new(digest, &error, etag);
                work.give_up(FailedCanary { at_loading: true, ..failed });
                let stable = self.registry.choose(route, &work.key, Some(digest)).await?;
                let active = self.registry.load(stable.release.clone()).await?;
                Ok((stable, active))
            }
            Err(error) => Err(error),
        }
    }

    /// Count what became of a picture, if a canary is tried on its route.
    pub(super) fn observe(&self, work: &Work, outcome: Result<&Outcome, &Fault>) {
        let Some(tried) = &work.tried else { return };
        let cost = &work.cost;
        self.outcomes.count(&tried.trial, &tried.route, |counts| match (&work.failed, outcome) {
            (Some(failed), _) if failed.code.is_of_store() => {}
            (Some(failed), Ok(Outcome::Rejected(_))) if !failed.at_loading => {
                counts.canary.excused(failed.code);
            }
            (Some(failed), Ok(_)) => counts.canary.failed(failed.code),
            // It has taken the time that the stable component needed.
            (Some(failed), Err(fault)) if fault.code == Code::OutOfTime => {
                counts.canary.failed(failed.code);
            }
            (_, Err(_)) => {}
            (None, Ok(Outcome::Rendered(_))) if tried.digest == tried.trial.candidate => {
                counts.canary.rendered(cost.guest_cpu_ms, cost.peak_memory_bytes);
            }
            (None, Ok(Outcome::Rendered(_))) => {
                counts.stable.rendered(cost.guest_cpu_ms, cost.peak_memory_bytes);
            }
            (None, Ok(Outcome::Rejected(rejection))) => counts.stable.failed(rejection.code),
            (None, Ok(_)) => {}
        });
    }
}

impl Work {
    /// Remember that a canary failed on a picture.
    pub(super) fn give_up(&mut self, failed: FailedCanary) {
        let FailedCanary { code, message, digest, .. } = &failed;
        let (code, digest) = (code.as_str(), digest.to_string());
        tracing::warn!(key = self.key.as_str(), digest, code, message, "the canary failed");
        self.failed = Some(failed);
    }

    /// Whether a canary's failure hands the picture to the stable component. The
    /// store's failures do not: they would be the stable component's as well.
    pub(super) fn hand_over(&mut self, choice: &Choice, error: &Error, etag: &str) -> bool {
        let its_own = match error {
            Error::Rejected(_) => true,
            Error::Fault(fault) => matches!(fault.code, Code::OutOfTime | Code::SandboxFailed),
        };
        if !its_own || !choice.is_canary() {
            return false;
        }
        self.give_up(FailedCanary::new(choice.release.digest, error, etag));
        true
    }

    /// Remember a run, if it counts.
    pub(super) fn ran(&mut self, choice: &Choice, route: &Route) {
        self.tried = choice.trial.clone().map(|trial| Tried {
            trial,
            route: route.name.clone(),
            digest: choice.release.digest,
        });
    }
}

/// When a canary has to be done: half of the time is the stable component's,
/// should it have to step in.
pub(super) fn deadline(choice: &Choice, deadline: Option<Instant>) -> Option<Instant> {
    let deadline = deadline?;
    let left = deadline.saturating_duration_since(Instant::now());
    let kept = if choice.is_canary() { left / 2 } else { Duration::ZERO };
    Some(deadline.checked_sub(kept).unwrap_or(deadline))
}
