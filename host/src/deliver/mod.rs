//! Delivers renditions to browsers: the deliver function.
//!
//! - `request`: the payload of a function URL
//! - `target`: the pictures that a path could mean
//! - `accept`: the formats that a browser accepts
//! - `choice`: the rendition for a request
//! - `range`: a part of a body
//! - `answers`: responses with a rendition or a record, and their cache lifetimes
//! - `response`: an HTTP response
//! - `failure`: error responses
//!
//! A request can only name planned renditions. So it costs one read of a record and at most one
//! rendition, and cannot make anything that is not planned.

mod accept;
mod answers;
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
use answers::Wording;
use choice::{Choice, Named};
use failure::Failure;
use request::{Method, Request};
use response::Response;
use target::Target;

/// For fuzzing: the key or name of the rendition that a request selects from a record; the status
/// if the request is invalid or selects none.
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

/// For fuzzing: the formats that `Accept` names.
#[cfg(feature = "fuzzing")]
pub(crate) fn accepted(header: &str) -> Vec<&'static str> {
    accept::accepted(header)
}

/// For fuzzing: the decoded path of a request. None if it is refused.
#[cfg(feature = "fuzzing")]
pub(crate) fn path(raw: &str) -> Option<String> {
    let payload = serde_json::json!({
        "rawPath": raw, "requestContext": { "http": { "method": "GET" } }
    });
    Request::parse(&payload).ok().map(|request| request.path)
}

/// Lambda returns at most 6 MB of JSON, with the body in base64.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_BODY_BYTES: u64 = 4_400_000;
/// The validity of a presigned URL for a larger rendition.
const REDIRECT_TIME: Duration = Duration::from_secs(300);
/// The number of retries if the record changes meanwhile.
const LOOKS: usize = 4;

/// Answer a request to the function's URL.
///
/// # Errors
/// None: every error is a response with a status and a code.
pub async fn handle(pipeline: &Pipeline, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let started = Instant::now();
    let deadline = instant(event.context.deadline);
    let request = match Request::parse(&event.payload) {
        Ok(request) => request,
        Err(failure) => return Ok(failure.into_response().into_payload(true)),
    };
    let answered = answer(pipeline, &request, deadline).await;
    let response = answered.unwrap_or_else(Failure::into_response);
    let (status, ms) = (response.status(), started.elapsed().as_secs_f64() * 1e3);
    let code = response.code();
    tracing::info!(path = request.path, status, code, ms, "answered");
    Ok(response.into_payload(request.method == Method::Get))
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
            return Ok(answers::of_record(request, &manifest, &etag));
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
                    // The record may have changed since it was read.
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

/// Make a rendition.
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
    // A canary's result counts here, too. There are no shadow renders: a reader is waiting.
    pipeline.settle(Vec::new(), deadline).await;
    match report.outcome {
        Outcome::Rejected(rejection) => Err(Failure::of_rejection(&rejection)),
        Outcome::Removed | Outcome::Ignored(_) => Err(Failure::no_picture()),
        _ => Ok(()),
    }
}

/// Read the rendition that the record names; without its body, if that is too large for the
/// response.
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
        return answers::of_rendition(request, head, body, wording);
    }
    let bucket = &pipeline.config().destination_bucket;
    let address = pipeline.store().presigned(bucket, key, REDIRECT_TIME).await?;
    Ok(answers::redirect(&address, REDIRECT_TIME))
}
