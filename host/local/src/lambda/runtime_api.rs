//! The HTTP that one environment speaks with us: Lambda's Runtime API.
//!
//! Each environment has a port of its own, so that the port says who is calling; and only the
//! environment's own processes are answered there.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::guard::Guard;
use crate::http::{HttpServer, Limits};

/// The largest answer that Lambda takes.
const LARGEST_ANSWER: usize = 6 * 1024 * 1024 + 64 * 1024;

const PREFIX: &str = "/2018-06-01/runtime/";

/// An event for an environment to work on.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    pub(crate) payload: Bytes,
    pub(crate) arn: String,
    /// Milliseconds since the epoch.
    pub(crate) deadline_ms: u64,
}

/// What an environment asks for or answers.
pub(crate) enum Call {
    /// It wants an event.
    Next(oneshot::Sender<Invocation>),
    /// It is done with one. The reply says whether it was working on that one.
    Done { request_id: String, outcome: Result<Bytes, Bytes>, reply: oneshot::Sender<bool> },
    /// It cannot start.
    InitError(Bytes),
}

/// Serves one environment, the processes of `group`; what it calls comes out of the channel.
pub(crate) fn start(
    listener: TcpListener,
    group: u32,
) -> std::io::Result<(HttpServer, mpsc::Receiver<Call>)> {
    let guard = Guard::new(listener.local_addr()?.port(), &[]).for_group(group);
    let (calls, receiver) = mpsc::channel(4);
    let service = service_fn(move |request| {
        let calls = calls.clone();
        async move { Ok::<_, Infallible>(answer(request, calls).await) }
    });
    Ok((HttpServer::start(listener, guard, Limits::default(), service)?, receiver))
}

async fn answer(request: Request<Incoming>, calls: mpsc::Sender<Call>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let path = path.strip_prefix(PREFIX).unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    match (request.method(), segments.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => next(calls).await,
        (&Method::POST, ["invocation", id, "response"]) => done(request, calls, id, true).await,
        (&Method::POST, ["invocation", id, "error"]) => done(request, calls, id, false).await,
        (&Method::POST, ["init", "error"]) => match read(request).await {
            Ok(body) => {
                let _ = calls.send(Call::InitError(body)).await;
                accepted()
            }
            Err(response) => response,
        },
        _ => refuse(StatusCode::NOT_FOUND, "NotFound", "No such path"),
    }
}

/// Waits for an event for as long as it takes.
async fn next(calls: mpsc::Sender<Call>) -> Response<Full<Bytes>> {
    let (sender, receiver) = oneshot::channel();
    let asked = calls.send(Call::Next(sender)).await.is_ok();
    let Some(invocation) = (if asked { receiver.await.ok() } else { None }) else {
        return refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ContainerError",
            "The environment is shutting down",
        );
    };
    let trace = invocation.request_id.replace('-', "");
    let trace = format!(
        "Root=1-{}-{};Parent={};Sampled=0",
        trace.get(..8).unwrap_or_default(),
        trace.get(8..).unwrap_or_default(),
        trace.get(..16).unwrap_or_default()
    );
    let deadline = invocation.deadline_ms.to_string();
    let mut response = Response::new(Full::new(invocation.payload));
    for (name, value) in [
        ("lambda-runtime-aws-request-id", &invocation.request_id),
        ("lambda-runtime-deadline-ms", &deadline),
        ("lambda-runtime-invoked-function-arn", &invocation.arn),
        ("lambda-runtime-trace-id", &trace),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            let name = HeaderName::from_static(name);
            response.headers_mut().insert(name, value);
        }
    }
    json_type(response)
}

async fn done(
    request: Request<Incoming>,
    calls: mpsc::Sender<Call>,
    request_id: &str,
    success: bool,
) -> Response<Full<Bytes>> {
    let body = match read(request).await {
        Ok(body) => body,
        Err(response) => return response,
    };
    let (reply, known) = oneshot::channel();
    let call = Call::Done {
        request_id: request_id.to_owned(),
        outcome: if success { Ok(body) } else { Err(body) },
        reply,
    };
    let sent = calls.send(call).await.is_ok();
    if sent && known.await.unwrap_or(false) {
        accepted()
    } else {
        refuse(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "No invocation with this id is under way here",
        )
    }
}

async fn read(request: Request<Incoming>) -> Result<Bytes, Response<Full<Bytes>>> {
    let body = Limited::new(request.into_body(), LARGEST_ANSWER);
    match body.collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(_) => Err(refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Function.ResponseSizeTooLarge",
            "The answer is larger than 6 MB or broke off",
        )),
    }
}

fn accepted() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(r#"{"status":"OK"}"#));
    *response.status_mut() = StatusCode::ACCEPTED;
    json_type(response)
}

fn refuse(status: StatusCode, error_type: &str, message: &str) -> Response<Full<Bytes>> {
    let body = json!({ "errorType": error_type, "errorMessage": message }).to_string();
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    json_type(response)
}

fn json_type(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
