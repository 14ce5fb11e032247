//! Deliver renditions to browsers: what the deliver function does with a request.
//!
//! - `request`: what a function URL hands over
//! - `target`: which pictures a path could be about
//! - `accept`: which formats a browser takes
//! - `choice`: which rendition of a picture is meant
//! - `range`: a part of a body
//! - `response`: what is answered, and for how long it may be kept
//! - `failure`: what is answered where there is nothing to deliver
//!
//! A request can only name what a plan has announced. So it costs a record that
//! is read, a rendition at most, and never anything that its sender made up.

mod accept;
mod choice;
mod failure;
mod range;
mod request;
mod response;
mod target;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use bytes::Bytes;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;

use crate::key::SourceKey;
use crate::lambda::instant;
use crate::pipeline::{Outcome, Pipeline, RenditionRecord};
use crate::store::{Fetched, Head};
use crate::telemetry::Metrics;
use choice::{Choice, Named};
use failure::Failure;
use request::{Method, Request};
use response::{Response, Wording};
use target::Target;

/// The rendition that a request means of a picture with this record, for fuzzing: its key or its name. The
/// status, if it is no request, or means none.
#[cfg(feature = "fuzzing")]
pub(crate) fn meant(
    payload: &Value,
    prefix: &str,
    document: &crate::document::Document,
    manifest: &crate::pipeline::Manifest,
) -> Result<Vec<String>, u16> {
    let request = Request::parse(payload).map_err(|failure| failure.into_response().status())?;
    let part = range::part(request.header("range"), 10);
    assert!(!matches!(part, range::Part::Of(first, last) if first > last || last >= 10));
    let targets = target::targets(&request.path, prefix, document);
    let chosen = targets.iter().filter_map(|target| choice::choose(manifest, target, &request));
    let name = |choice: Choice| match choice.named {
        Named::Stored(rendition) => Some(rendition.key),
        Named::Requested(name) => Some(name),
        Named::Failed(_) => None,
    };
    Ok(chosen.filter_map(name).collect())
}

/// The formats that `Accept` names, for fuzzing.
#[cfg(feature = "fuzzing")]
pub(crate) fn accepted(header: &str) -> Vec<&'static str> {
    accept::accepted(header)
}

/// The path of a request, decoded, for fuzzing. None if it is refused.
#[cfg(feature = "fuzzing")]
pub(crate) fn path(raw: &str) -> Option<String> {
    let payload = serde_json::json!({
        "rawPath": raw, "requestContext": { "http": { "method": "GET" } }
    });
    Request::parse(&payload).ok().map(|request| request.path)
}

/// Lambda answers 6 MB of JSON at most, and a body is written in base64.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_BODY_BYTES: u64 = 4_400_000;
/// How long the address of a larger rendition can be used.
const REDIRECT_TIME: Duration = Duration::from_secs(300);
/// How often a record is read again that moved meanwhile.
const LOOKS: usize = 4;

/// Answer a request that came to the function's URL.
///
/// # Errors
/// None of its own: whatever happens has a status and a code.
pub async fn handle(pipeline: &Pipeline, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let started = Instant::now();
    let deadline = instant(event.context.deadline);
    let request = match Request::parse(&event.payload) {
        Ok(request) => request,
        Err(failure) => return Ok(failure.into_response().into_payload(Method::Get)),
    };
    let answered = answer(pipeline, &request, deadline).await;
    let response = answered.unwrap_or_else(Failure::into_response);
    let (status, ms) = (response.status(), started.elapsed().as_secs_f64() * 1e3);
    let code = response.code();
    tracing::info!(path = request.path, status, code, ms, "answered");
    Ok(response.into_payload(request.method))
}

async fn answer(
    pipeline: &Pipeline,
    request: &Request,
    deadline: Option<Instant>,
) -> Result<Response, Failure> {
    let document = pipeline.document().await?;
    let prefix = pipeline.config().destination_prefix.as_str();
    let mut missing = Failure::no_picture();
    for target in target::targets(&request.path, prefix, &document) {
        match of_target(pipeline, request, &target, deadline).await {
            Err(failure) if failure.is_not_found() => missing = missing.or(failure),
            other => return other,
        }
    }
    Err(missing)
}

async fn of_target(
    pipeline: &Pipeline,
    request: &Request,
    target: &Target,
    deadline: Option<Instant>,
) -> Result<Response, Failure> {
    let mut asked = false;
    for look in 0..LOOKS {
        let record = pipeline.record_of(&target.key).await?;
        let (Some(manifest), Some(etag)) = (record.value, record.etag) else {
            return Err(Failure::no_picture());
        };
        if target.is_record {
            return Ok(response::of_record(request, &manifest, &etag));
        }
        let chosen = choice::choose(&manifest, target, request);
        let Choice { named, by } = chosen.ok_or_else(Failure::no_rendition)?;
        let name = match named {
            Named::Failed(rejection) => return Err(Failure::of_rejection(&rejection)),
            Named::Stored(rendition) => {
                if let Some((head, body)) = read(pipeline, &rendition).await? {
                    let wording = Wording::of(&manifest, by);
                    return deliver(pipeline, request, &rendition.key, &head, body, &wording).await;
                }
                if look == 0 {
                    // The record may have moved since it was read.
                    continue;
                }
                rendition.name
            }
            Named::Requested(name) => name,
        };
        if asked {
            break;
        }
        make(pipeline, &target.key, name, deadline).await?;
        asked = true;
    }
    Err(Failure::not_made())
}

/// Have a rendition made.
async fn make(
    pipeline: &Pipeline,
    key: &SourceKey,
    name: String,
    deadline: Option<Instant>,
) -> Result<(), Failure> {
    let report = pipeline.make(key, HashSet::from([name]), deadline).await.inspect_err(|fault| {
        tracing::warn!(key = key.as_str(), outcome = %fault.code, reason = fault.message, "not made");
        Metrics::of_fault(fault).emit();
    })?;
    Metrics::of_request(&report).emit();
    // What a canary did counts here, too. No candidate renders in the shadow: a reader is waiting.
    pipeline.settle(Vec::new(), deadline).await;
    match report.outcome {
        Outcome::Rejected(rejection) => Err(Failure::of_rejection(&rejection)),
        Outcome::Removed | Outcome::Ignored(_) => Err(Failure::no_picture()),
        _ => Ok(()),
    }
}

/// A rendition, as the record has it; without its body, if that is too large to be
/// answered.
async fn read(
    pipeline: &Pipeline,
    rendition: &RenditionRecord,
) -> Result<Option<(Head, Option<Bytes>)>, Failure> {
    let bucket = &pipeline.config().destination_bucket;
    let object = match pipeline.store().get(bucket, &rendition.key, None).await? {
        Fetched::Object(object) if object.head.etag == rendition.etag => object,
        _ => return Ok(None),
    };
    if object.head.size > MAX_BODY_BYTES {
        return Ok(Some((object.head, None)));
    }
    let body = object.body.collect(MAX_BODY_BYTES).await?;
    Ok(Some((object.head, Some(body))))
}

async fn deliver(
    pipeline: &Pipeline,
    request: &Request,
    key: &str,
    head: &Head,
    body: Option<Bytes>,
    wording: &Wording,
) -> Result<Response, Failure> {
    if let Some(body) = body {
        return response::of_rendition(request, head, body, wording);
    }
    let bucket = &pipeline.config().destination_bucket;
    let address = pipeline.store().presigned(bucket, key, REDIRECT_TIME).await?;
    Ok(response::redirect(&address, REDIRECT_TIME))
}
