//! Handles one invocation, from the payload to the response.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use futures_util::stream::{self, StreamExt as _};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::{Value, json};
use tracing::Instrument;

use crate::digest::Digest;
use crate::error::{Code, Fault};
use crate::event::{Delivery, EventError, Item, Notification, Reply};
use crate::key::SourceKey;
use crate::pipeline::{Outcome, Pipeline, Report, ShadowTask};
use crate::telemetry::Metrics;

/// The number of pictures of one event that are processed in parallel.
const PICTURES: usize = 4;

/// The result of an item.
pub(crate) type Answer = Result<Option<Outcome>, Fault>;

/// Answer an invocation.
///
/// # Errors
/// A fault, so that Lambda delivers the event again: for the whole event, if its format does not
/// allow partial failures.
pub async fn handle(pipeline: &Pipeline, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let context = &event.context;
    let span = tracing::info_span!("invocation", request_id = context.request_id);
    let deadline = instant(context.deadline);
    async {
        let delivery = Delivery::parse(&event.payload);
        let (answers, shadows) = answers(pipeline, &delivery, deadline).await;
        // The response is determined, but Lambda freezes this process after it.
        pipeline.settle(shadows, deadline).await;
        reply(&delivery.reply, &answers)
    }
    .instrument(span)
    .await
}

/// Process every picture of a delivery, several in parallel, and each only once: only its current
/// state matters.
async fn answers<'a>(
    pipeline: &Pipeline,
    delivery: &'a Delivery,
    deadline: Option<Instant>,
) -> (Vec<(&'a str, Answer)>, Vec<ShadowTask>) {
    let understood = delivery.items.iter().flat_map(|item| &item.notifications).flatten();
    let mut pictures: Vec<&Notification> = Vec::new();
    for notification in understood {
        if !pictures.iter().any(|other| picture_of(other) == picture_of(notification)) {
            pictures.push(notification);
        }
    }
    let mut running = stream::iter(pictures)
        .map(|picture| async move { (picture_of(picture), one(pipeline, picture, deadline).await) })
        .buffer_unordered(PICTURES);
    let mut outcomes = HashMap::new();
    let mut shadows = Vec::new();
    while let Some((picture, outcome)) = running.next().await {
        let outcome = outcome.map(|(outcome, tasks)| {
            shadows.extend(tasks);
            outcome
        });
        outcomes.insert(picture, outcome);
    }
    let answers = delivery.items.iter().map(|item| (item.id.as_str(), answer(item, &outcomes)));
    (answers.collect(), shadows)
}

type Picture<'a> = (&'a str, &'a SourceKey);

fn picture_of(notification: &Notification) -> Picture<'_> {
    (&notification.bucket, &notification.key)
}

fn answer(item: &Item, outcomes: &HashMap<Picture<'_>, Result<Outcome, Fault>>) -> Answer {
    let mut answer = Ok(None);
    for notification in &item.notifications {
        let notification = match notification {
            Ok(notification) => notification,
            Err(error) => {
                answer = Err(not_understood(error));
                continue;
            }
        };
        match outcomes.get(&picture_of(notification)) {
            Some(Ok(outcome)) if answer.is_ok() => answer = Ok(Some(outcome.clone())),
            Some(Err(fault)) => answer = Err(fault.clone()),
            Some(Ok(_)) | None => {}
        }
    }
    answer
}

async fn one(
    pipeline: &Pipeline,
    notification: &Notification,
    deadline: Option<Instant>,
) -> Result<(Outcome, Vec<ShadowTask>), Fault> {
    let started = Instant::now();
    let key = notification.key.as_str();
    let report = pipeline.process(notification, deadline).await.inspect_err(|fault| {
        tracing::warn!(key, outcome = %fault.code, reason = fault.message, "to be tried again");
        Metrics::of_fault(fault).emit();
    })?;
    Metrics::of_report(&report).emit();
    for step in report.steps.iter().filter(|step| !step.required) {
        if let Some(code) = step.failed {
            let digest = step.digest.to_string();
            tracing::warn!(key, step = step.step, digest, code = %code, "a step failed");
            Metrics::of_step_failure(code).emit();
        }
    }
    let (outcome, ms) = (report.outcome.code(), started.elapsed().as_secs_f64() * 1e3);
    let digest = rendered_by(&report).map(|digest| digest.to_string());
    match &report.outcome {
        Outcome::Rejected(rejection) => {
            tracing::warn!(key, digest, outcome, ms, reason = rejection.message, "rejected");
        }
        Outcome::Ignored(why) => tracing::info!(key, outcome, why, "ignored"),
        _ => {
            let cost = report.cost();
            let (guest_cpu_ms, peak_memory_bytes) = (cost.guest_cpu_ms, cost.peak_memory_bytes);
            let steps = steps(&report);
            tracing::info!(
                key,
                digest,
                outcome,
                ms,
                guest_cpu_ms,
                peak_memory_bytes,
                steps,
                "done"
            );
        }
    }
    Ok((report.outcome, report.shadows))
}

/// The component of the first step; if it was a canary that failed, the one that ran instead.
fn rendered_by(report: &Report) -> Option<Digest> {
    let planned = report.digest?;
    let ran = report.steps.iter().find(|step| step.digest == planned);
    let last = ran.and_then(|ran| report.steps.iter().rev().find(|step| step.step == ran.step));
    Some(last.map_or(planned, |step| step.digest))
}

/// The steps that ran, and their times.
fn steps(report: &Report) -> String {
    let steps =
        report.steps.iter().map(|step| format!("{} {:.1} ms", step.step, step.cost.wall_ms));
    steps.collect::<Vec<_>>().join(", ")
}

/// It fails, and finally goes to the dead-letter queue for inspection.
pub(crate) fn not_understood(error: &EventError) -> Fault {
    reported(Fault::new(Code::EventUnrecognised, error.to_string()))
}

pub(crate) fn reported(fault: Fault) -> Fault {
    tracing::error!(outcome = %fault.code, reason = fault.message, "not understood");
    Metrics::of_fault(&fault).emit();
    fault
}

pub(crate) fn reply(shape: &Reply, answers: &[(&str, Answer)]) -> Result<Value, Diagnostic> {
    match shape {
        Reply::Whole => match answers.iter().find_map(|(_, answer)| answer.as_ref().err()) {
            Some(fault) => Err(diagnostic(fault)),
            None => Ok(Value::Null),
        },
        Reply::PartialBatch => {
            let failed = answers.iter().filter(|(_, answer)| answer.is_err());
            let failures: Vec<Value> =
                failed.map(|(id, _)| json!({ "itemIdentifier": id })).collect();
            Ok(json!({ "batchItemFailures": failures }))
        }
        Reply::BatchOperations { schema_version, invocation_id } => {
            let results: Vec<Value> = answers.iter().map(|(id, answer)| task(id, answer)).collect();
            Ok(json!({
                "invocationSchemaVersion": schema_version,
                "treatMissingKeysAs": "PermanentFailure",
                "invocationId": invocation_id,
                "results": results,
            }))
        }
    }
}

fn task(id: &str, answer: &Answer) -> Value {
    let (code, text) = match answer {
        Err(fault) => ("TemporaryFailure", fault.to_string()),
        Ok(Some(Outcome::Rejected(rejection))) => ("PermanentFailure", rejection.to_string()),
        Ok(Some(outcome)) => ("Succeeded", outcome.code().to_owned()),
        Ok(None) => ("Succeeded", "nothing to do".to_owned()),
    };
    json!({ "taskId": id, "resultCode": code, "resultString": text })
}

pub(crate) fn diagnostic(fault: &Fault) -> Diagnostic {
    Diagnostic { error_type: fault.code.to_string(), error_message: fault.message.clone() }
}

/// Convert the deadline from milliseconds since 1970 to this process's clock.
pub(crate) fn instant(deadline_ms: u64) -> Option<Instant> {
    let deadline = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(deadline_ms))?;
    let left = deadline.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
    Instant::now().checked_add(left)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::Rejection;

    fn answers() -> Vec<(&'static str, Answer)> {
        let rejection = Rejection::new(Code::Malformed, "cut short");
        vec![
            ("1", Ok(Some(Outcome::Rendered(4)))),
            ("2", Err(Fault::new(Code::StoreUnavailable, "503"))),
            ("3", Ok(Some(Outcome::Rejected(rejection)))),
        ]
    }

    #[test]
    fn only_faults_come_back_in_a_partial_batch() {
        let reply = reply(&Reply::PartialBatch, &answers()).unwrap();
        assert_eq!(reply, json!({ "batchItemFailures": [{ "itemIdentifier": "2" }] }));
    }

    #[test]
    fn one_fault_fails_a_whole_event() {
        let error = reply(&Reply::Whole, &answers()).unwrap_err();
        assert_eq!(error.error_type, "store-unavailable");
        assert!(reply(&Reply::Whole, &answers()[..1]).is_ok());
    }

    #[test]
    fn every_task_has_a_result() {
        let shape = Reply::BatchOperations {
            schema_version: "1.0".to_owned(),
            invocation_id: "i".to_owned(),
        };
        let reply = reply(&shape, &answers()).unwrap();
        let codes: Vec<&str> = reply["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| result["resultCode"].as_str().unwrap())
            .collect();
        assert_eq!(codes, ["Succeeded", "TemporaryFailure", "PermanentFailure"]);
    }
}
