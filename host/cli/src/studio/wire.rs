//! Requests and responses, and the accept loop.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{StatusCode, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;

use super::problem::Problem;

pub(super) type Request = hyper::Request<Incoming>;
pub(super) type Response = hyper::Response<Body>;
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A complete body.
pub(super) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// A streamed body.
pub(super) fn pieces(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    StreamBody::new(stream.map(|piece| piece.map(Frame::data))).boxed_unsync()
}

/// A response with a media type.
pub(super) fn answer(status: StatusCode, kind: &'static str, body: Body) -> Response {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

/// A JSON response.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(text) => answer(status, "application/json", whole(text)),
        Err(error) => refuse(Problem::from(anyhow::Error::from(error))),
    }
}

/// The response to a request that failed.
pub(super) fn refuse(problem: Problem) -> Response {
    json(problem.status, &problem.trouble)
}

/// The parameters of a query.
pub(super) fn query<Q: DeserializeOwned>(uri: &Uri) -> Result<Q, Problem> {
    serde_urlencoded::from_str(uri.query().unwrap_or_default()).map_err(|error| {
        Problem::asked(&error.to_string(), "Use the parameters described in /api/openapi.json.")
    })
}

/// A body up to a maximum length; `None` if it is longer or incomplete.
pub(super) async fn read(body: Incoming, most: u64) -> Option<Bytes> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    Some(Limited::new(body, most).collect().await.ok()?.to_bytes())
}

/// Serve connections, as long as this is polled.
pub(super) async fn accept<F, R>(listener: TcpListener, service: F)
where
    F: Fn(Request) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response> + Send,
{
    // Every connection ends when this is dropped.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let _ = stream.set_nodelay(true);
                    let service = service.clone();
                    connections.spawn(async move {
                        let service = service_fn(move |request| {
                            let answer = service(request);
                            async move { Ok::<_, Infallible>(answer.await) }
                        });
                        // A browser may close the connection at any time.
                        let _ = http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service)
                            .await;
                    });
                }
                // Most likely out of file descriptors: wait until connections are closed.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
