//! Receives notifications of an external store over HTTP, as webhooks send them.
//!
//! ```text
//! POST /events   {"Records": […]}    200 once all of it is on disk, 503 if it cannot be
//! GET  /health                       200 while it is served
//! ```
//!
//! A sender can only cause objects to be checked: an event is a hint. On loopback, requests from
//! web pages are refused by their headers; on other addresses a token is required.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

use crate::error::Error;
use crate::guard::Guard;
use crate::http::{HttpServer, Limits};
use crate::lambda::Lambda;
use crate::notify::Sorter;

/// The largest body. A record has one or two kilobytes, and most servers send one per request.
const LARGEST_BODY: usize = 1 << 20;
/// Pending events at which further ones are refused with 503: each takes memory, and senders keep a
/// queue of their own.
const MOST_OUTSTANDING: usize = 20_000;
/// The longest time to receive a body.
const PATIENCE: Duration = Duration::from_secs(30);
/// The address may be reachable from other machines.
const LIMITS: Limits = Limits {
    connections: Some(256),
    head: Some(Duration::from_secs(60)),
    head_bytes: Some(16 * 1024),
    stall: Some(PATIENCE),
};

/// Where notifications are received, and from whom.
#[derive(Clone)]
pub struct Inbox {
    /// Where it listens; port 0 takes one that is free.
    pub address: SocketAddr,
    /// The token that senders must send: `Authorization: Bearer <token>`.
    pub token: Option<String>,
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Inbox {
    /// Serves it.
    pub(crate) async fn start(
        self,
        sorter: Sorter,
        lambda: Arc<Lambda>,
    ) -> Result<HttpServer, Error> {
        let address = self.address;
        if self.token.is_none() && !address.ip().is_loopback() {
            return Err(Error::Token { address });
        }
        let unusable = |source| Error::Address { address, source };
        let listener = TcpListener::bind(address).await.map_err(unusable)?;
        let port = listener.local_addr().map_err(unusable)?.port();
        let guard = Guard::new(port, &[]);
        // With a token, any host name is accepted: on a network, this machine has names of its own.
        let guard = if self.token.is_some() { guard.for_any_host() } else { guard };
        let desk = Arc::new(Desk { token: self.token.map(|token| digest(&token)), sorter, lambda });
        let service = service_fn(move |request| {
            let desk = Arc::clone(&desk);
            async move { Ok::<_, std::convert::Infallible>(desk.answer(request).await) }
        });
        HttpServer::start(listener, guard, LIMITS, service).map_err(unusable)
    }
}

/// Answers requests.
struct Desk {
    /// The digest of the token: comparing digests leaks nothing about the token through timing.
    token: Option<[u8; 32]>,
    sorter: Sorter,
    lambda: Arc<Lambda>,
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/health") => {
                let outstanding = self.lambda.outstanding();
                respond(StatusCode::OK, &json!({ "status": "ok", "outstanding": outstanding }))
            }
            (_, "/events") if !self.admits(request.headers()) => {
                tracing::warn!("a notification was refused: wrong token");
                refuse(
                    StatusCode::UNAUTHORIZED,
                    "the token is missing or wrong; send Authorization: Bearer TOKEN",
                )
            }
            (&Method::POST, "/events") => self.take(request.into_body()).await,
            // MinIO checks whether the endpoint is up.
            (&Method::HEAD, "/events") => respond(StatusCode::OK, &Value::Null),
            (_, "/events") => refuse(StatusCode::METHOD_NOT_ALLOWED, "events are sent by POST"),
            _ => refuse(StatusCode::NOT_FOUND, "there are /events and /health, and nothing else"),
        }
    }

    fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(wanted) = &self.token else { return true };
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|text| text.split_once(' '));
        given.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("bearer") && digest(token.trim()) == *wanted
        })
    }

    async fn take(&self, body: Incoming) -> Response<Full<Bytes>> {
        let body = Limited::new(body, LARGEST_BODY).collect();
        let body = match tokio::time::timeout(PATIENCE, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) => {
                return refuse(StatusCode::PAYLOAD_TOO_LARGE, "a notification has at most 1 MiB");
            }
            Err(_) => {
                return refuse(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time");
            }
        };
        let event: Value = serde_json::from_slice(&body).unwrap_or_default();
        let Some(records) = event.get("Records").and_then(Value::as_array) else {
            // S3 sends one when a notification is set up.
            if event.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
                return respond(StatusCode::OK, &Value::Null);
            }
            return refuse(
                StatusCode::BAD_REQUEST,
                "this is not an S3 notification: JSON with `Records`",
            );
        };
        if self.lambda.outstanding() >= MOST_OUTSTANDING {
            return later("too many events are pending");
        }
        match self.sorter.take(records) {
            Ok(sorted) => respond(
                StatusCode::OK,
                &json!({
                    "accepted": sorted.accepted,
                    "ignored": sorted.ignored,
                    "unreadable": sorted.unreadable,
                }),
            ),
            Err(error) => {
                tracing::error!(%error, "a notification cannot be stored; its sender must retry");
                later("it cannot be written to the disk")
            }
        }
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn later(reason: &str) -> Response<Full<Bytes>> {
    let mut response = refuse(StatusCode::SERVICE_UNAVAILABLE, reason);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
    response
}

fn refuse(status: StatusCode, reason: &str) -> Response<Full<Bytes>> {
    respond(status, &json!({ "error": reason }))
}

fn respond(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(format!("{body}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
