//! Handles new counts below `outcomes/`.

use crate::error::{Code, Error, Fault};
use crate::outcomes::Review;
use crate::telemetry::Metrics;

/// A count was written: check whether the canary has to be withdrawn.
pub(super) async fn receive(review: &Review, key: &str) -> Result<(), Fault> {
    let report = review.consider(key).await.map_err(|error| match error {
        Error::Fault(fault) => fault,
        Error::Rejected(rejection) => Fault::new(Code::Internal, rejection.to_string()),
    })?;
    if let Some(report) = report {
        let transform = report.trial.transform.as_str();
        let (digest, route) = (report.trial.candidate.to_string(), report.route.as_str());
        let why = report.exceeded.to_string();
        tracing::warn!(transform, digest, route, why, outcome = "taken-back", "a canary");
        Metrics::of_taken_back().emit();
    }
    Ok(())
}
