//! One invocation: from a payload to an answer.

use std::time::{Duration, Instant, SystemTime};

use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::{Value, json};
use tracing::Instrument;

use crate::error::{Code, Fault};
use crate::event::{Delivery, EventError, Item, Notification, Reply};
use crate::pipeline::{Outcome, Pipeline, ShadowTask};
use crate::telemetry::Metrics;

/// What became of an item.
pub(crate) type Answer = Result<Option<Outcome>, Fault>;

/// Answer an invocation.
///
/// # Errors
/// A fault, so that Lambda delivers the event again: of the whole event, where
/// its shape does not let parts of it fail.
pub async fn handle(pipeline: &Pipeline, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let context = &event.context;
    let span = tracing::info_span!("invocation", request_id = context.request_id);
    let deadline = instant(context.deadline);
    async {
        let delivery = Delivery::parse(&event.payload);
        let mut answers = Vec::with_capacity(delivery.items.len());
        let mut shadows = Vec::new();
        for item in &delivery.items {
            let answer = process(pipeline, item, deadline, &mut shadows).await;
            answers.push((item.id.as_str(), answer));
        }
        // The answer is settled. Lambda freezes this process once it is given.
        pipeline.settle(shadows, deadline).await;
        reply(&delivery.reply, &answers)
    }
    .instrument(span)
    .await
}

async fn process(
    pipeline: &Pipeline,
    item: &Item,
    deadline: Option<Instant>,
    shadows: &mut Vec<ShadowTask>,
) -> Answer {
    let mut answer = Ok(None);
    for notification in &item.notifications {
        // One that fails does not keep the others waiting.
        let done = match notification {
            Ok(notification) => one(pipeline, notification, deadline, shadows).await,
            Err(error) => Err(not_understood(error)),
        };
        match done {
            Ok(outcome) if answer.is_ok() => answer = Ok(Some(outcome)),
            Ok(_) => {}
            Err(fault) => answer = Err(fault),
        }
    }
    answer
}

async fn one(
    pipeline: &Pipeline,
    notification: &Notification,
    deadline: Option<Instant>,
    shadows: &mut Vec<ShadowTask>,
) -> Result<Outcome, Fault> {
    let started = Instant::now();
    let key = notification.key.as_str();
    let report = pipeline.process(notification, deadline).await.inspect_err(|fault| {
        tracing::warn!(key, outcome = %fault.code, message = fault.message, "to be tried again");
        Metrics::of_fault(fault).emit();
    })?;
    Metrics::of_report(&report).emit();
    let (outcome, ms) = (report.outcome.code(), started.elapsed().as_secs_f64() * 1e3);
    let digest = report.digest.map(|digest| digest.to_string());
    match &report.outcome {
        Outcome::Rejected(rejection) => {
            tracing::warn!(key, digest, outcome, ms, message = rejection.message, "rejected");
        }
        Outcome::Ignored(why) => tracing::warn!(key, outcome, why, "ignored"),
        _ => {
            let guest_cpu_ms = report.cost.guest_cpu_ms;
            let peak_memory_bytes = report.cost.peak_memory_bytes;
            tracing::info!(key, digest, outcome, ms, guest_cpu_ms, peak_memory_bytes, "done");
        }
    }
    shadows.extend(report.shadow);
    Ok(report.outcome)
}

/// It goes back, and ends in the dead-letter queue, where somebody can look at it.
pub(crate) fn not_understood(error: &EventError) -> Fault {
    reported(Fault::new(Code::EventUnrecognised, error.to_string()))
}

pub(crate) fn reported(fault: Fault) -> Fault {
    tracing::error!(outcome = %fault.code, message = fault.message, "not understood");
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

/// The deadline, which comes in milliseconds since 1970, on this process's own
/// clock.
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
