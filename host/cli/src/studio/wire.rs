//! Requests and answers, and the loop that takes them.

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

/// A body that is there.
pub(super) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// A body that comes piece by piece.
pub(super) fn pieces(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    StreamBody::new(stream.map(|piece| piece.map(Frame::data))).boxed_unsync()
}

/// An answer of a kind.
pub(super) fn answer(status: StatusCode, kind: &'static str, body: Body) -> Response {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(text) => answer(status, "application/json", whole(text)),
        Err(error) => Problem::from(anyhow::Error::from(error)).respond(),
    }
}

/// What a query says.
pub(super) fn query<Q: DeserializeOwned>(uri: &Uri) -> Result<Q, Problem> {
    serde_urlencoded::from_str(uri.query().unwrap_or_default()).map_err(|error| {
        Problem::asked(&error.to_string(), "Name the parameters as /api/openapi.json does.")
    })
}

/// A body of up to so many bytes; `None` if it has more, or breaks off.
pub(super) async fn read(body: Incoming, most: u64) -> Option<Bytes> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    Some(Limited::new(body, most).collect().await.ok()?.to_bytes())
}

/// Answer whoever connects, for as long as this is polled.
pub(super) async fn accept<F, R>(listener: TcpListener, service: F)
where
    F: Fn(Request) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response> + Send,
{
    // Dropped, it ends every connection.
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
                        // A browser may hang up at any time.
                        let _ = http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service)
                            .await;
                    });
                }
                // Out of file descriptors, most likely: closing connections will mend it.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
