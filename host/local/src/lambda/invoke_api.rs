//! `Invoke` of Lambda's own API, at the address of S3: what `aws lambda invoke` asks for.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::service::{Lambda, UnknownFunction};
use crate::credentials::Credentials;
use crate::http::Api;
use crate::signature::{self, Unsigned};

/// The largest event that Lambda takes.
const LARGEST_EVENT: usize = 6 * 1024 * 1024;

/// What the path of every function begins with.
pub(super) const PREFIX: &str = "/2015-03-31/functions/";

/// In the answer of a function that failed.
pub(super) const FAILED: &str = "x-amz-function-error";

/// Invokes functions for whoever has the key.
pub(crate) struct InvokeApi {
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) credentials: Credentials,
}

#[async_trait]
impl Api for InvokeApi {
    fn takes(&self, path: &str) -> bool {
        path.starts_with(PREFIX)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, LARGEST_EVENT).collect().await;
        let Ok(payload) = body.map(http_body_util::Collected::to_bytes) else {
            let message = "an event has up to 6 MB";
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", message);
        };
        if let Err(unsigned) = signature::check("lambda", &parts, &payload, &self.credentials) {
            let status = match unsigned {
                Unsigned::Incomplete => StatusCode::BAD_REQUEST,
                _ => StatusCode::FORBIDDEN,
            };
            return refuse(status, unsigned.error_type(), &unsigned.to_string());
        }
        let Some(function) = function(&parts) else {
            return refuse(
                StatusCode::NOT_FOUND,
                "UnknownOperationException",
                "only Invoke is here",
            );
        };
        let event = parts.headers.get("x-amz-invocation-type").cloned();
        let Ok(payload) = parse(&payload) else {
            let message = "the event is not JSON";
            return refuse(StatusCode::BAD_REQUEST, "InvalidRequestContentException", message);
        };
        match event.as_ref().map(HeaderValue::as_bytes) {
            None | Some(b"RequestResponse") => self.invoke(&function, &payload).await,
            Some(b"Event") => self.accept(&function, payload),
            Some(_) => refuse(
                StatusCode::BAD_REQUEST,
                "InvalidParameterValueException",
                "an invocation is a RequestResponse or an Event",
            ),
        }
    }
}

impl InvokeApi {
    async fn invoke(&self, function: &str, payload: &Value) -> Response<Full<Bytes>> {
        if !self.lambda.has(function) {
            return unknown(function);
        }
        match self.lambda.invoke(function, payload).await {
            Ok(answer) => respond(StatusCode::OK, &answer),
            Err(error) => {
                let mut response = respond(StatusCode::OK, &error.payload);
                let name = HeaderName::from_static(FAILED);
                response.headers_mut().insert(name, HeaderValue::from_static("Unhandled"));
                response
            }
        }
    }

    fn accept(&self, function: &str, payload: Value) -> Response<Full<Bytes>> {
        if !self.lambda.has(function) {
            return unknown(function);
        }
        match self.lambda.accept(function, payload) {
            Ok(accepted) => {
                accepted.release();
                respond(StatusCode::ACCEPTED, &Value::Null)
            }
            Err(error) => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                refuse(status, "ServiceException", &error.to_string())
            }
        }
    }
}

/// The function that a request names, by its name or its ARN.
fn function(request: &Parts) -> Option<String> {
    if request.method != Method::POST {
        return None;
    }
    let name = request.uri.path().strip_prefix(PREFIX)?.strip_suffix("/invocations")?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    Some(name.rsplit(':').next().unwrap_or(&name).to_owned())
}

fn parse(payload: &[u8]) -> serde_json::Result<Value> {
    if payload.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(payload) }
}

fn unknown(function: &str) -> Response<Full<Bytes>> {
    let message = UnknownFunction(function.to_owned()).to_string();
    refuse(StatusCode::NOT_FOUND, "ResourceNotFoundException", &message)
}

fn refuse(status: StatusCode, error_type: &'static str, message: &str) -> Response<Full<Bytes>> {
    let mut response = respond(status, &json!({ "Type": "User", "Message": message }));
    let name = HeaderName::from_static("x-amzn-errortype");
    response.headers_mut().insert(name, HeaderValue::from_static(error_type));
    response
}

fn respond(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
