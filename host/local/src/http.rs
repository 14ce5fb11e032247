//! HTTP on loopback: an accept loop with shutdown, and a guard for every API.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_io_timeout::TimeoutStream;

use crate::guard::{Guard, Refusal};

/// The grace period of running requests at shutdown.
const GRACE: Duration = Duration::from_secs(2);

/// The default maximum size of a request's head.
const LARGEST_HEAD: usize = 400 * 1024;

/// Limits for clients; none by default.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    /// The maximum number of connections; further ones wait.
    pub(crate) connections: Option<usize>,
    /// The timeout of a request's head and of an idle connection. By default, there is none, since
    /// closing an idle connection races with the next request on it.
    pub(crate) head: Option<Duration>,
    /// The maximum size of a head, at least 8 KiB.
    pub(crate) head_bytes: Option<usize>,
    /// The timeout of a client that does not read.
    pub(crate) stall: Option<Duration>,
}

/// Another API at the same address.
#[async_trait]
pub(crate) trait Api: Send + Sync {
    /// Whether it handles requests for a path.
    fn takes(&self, path: &str) -> bool;

    /// Answer one of them.
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>>;
}

/// A running server. Dropping it closes every connection at once.
pub(crate) struct HttpServer {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl HttpServer {
    /// Serves the requests that `guard` allows.
    pub(crate) fn start<S, B>(
        listener: TcpListener,
        guard: Guard,
        limits: Limits,
        service: S,
    ) -> io::Result<Self>
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let guard = Arc::new(guard);
        let door = Arc::clone(&guard);
        let service = service_fn(move |mut request: Request<Incoming>| {
            let admitted = guard.admit(request.method(), request.uri(), request.headers());
            let answering = admitted.map(|page| {
                if let Some(page) = page {
                    request.extensions_mut().insert(page);
                }
                service.call(request)
            });
            async move {
                let mut answer = match answering {
                    Ok(answering) => answering.await?.map(Either::Left),
                    Err(refusal) => refuse(&refusal).map(Either::Right),
                };
                harden(answer.headers_mut());
                Ok::<_, S::Error>(answer)
            }
        });
        let accepting = tokio::spawn(accept(listener, door, limits, service, stopped));
        Ok(Self { address, stop, accepting })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn shutdown(mut self) {
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout(GRACE, &mut self.accepting).await;
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        // The connections belong to this task and end with it.
        self.accepting.abort();
    }
}

/// A browser must neither sniff nor execute an object: an uploaded page or SVG must not run
/// scripts.
fn harden(headers: &mut HeaderMap) {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
}

fn refuse(refusal: &Refusal) -> Response<Full<Bytes>> {
    tracing::warn!(%refusal, "a request was refused");
    let mut response = Response::new(Full::from(format!("{refusal}\n")));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    let code = HeaderValue::from_static(refusal.code());
    response.headers_mut().insert(HeaderName::from_static("x-obscura-code"), code);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn accept<S, B>(
    listener: TcpListener,
    door: Arc<Guard>,
    limits: Limits,
    service: S,
    mut stopped: watch::Receiver<bool>,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut connections = JoinSet::new();
    let most = limits.connections.unwrap_or(Semaphore::MAX_PERMITS);
    let places = Arc::new(Semaphore::new(most));
    loop {
        tokio::select! {
            (accepted, place) = accept_one(&listener, &places) => match accepted {
                Ok((stream, peer)) => {
                    let known = stream.local_addr().is_ok_and(|local| door.knows(peer, local));
                    if known {
                        let serving = serve(stream, limits, service.clone(), stopped.clone());
                        connections.spawn(async move {
                            serving.await;
                            drop(place);
                        });
                    } else {
                        tracing::warn!(%peer, "a connection from another program was refused");
                    }
                }
                Err(error) => {
                    // Most likely out of file descriptors: wait until connections are closed.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// The next connection, once there is a permit.
async fn accept_one(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (io::Result<(TcpStream, SocketAddr)>, Option<OwnedSemaphorePermit>) {
    // This cannot fail: it is never closed.
    let place = Arc::clone(places).acquire_owned().await.ok();
    (listener.accept().await, place)
}

async fn serve<S, B>(
    stream: TcpStream,
    limits: Limits,
    service: S,
    mut stopped: watch::Receiver<bool>,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Send,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(limits.stall);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.head_bytes.unwrap_or(LARGEST_HEAD))
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
