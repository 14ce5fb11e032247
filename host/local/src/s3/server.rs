//! The S3 server: a store, a socket and one key pair.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderMap};
use hyper::service::{Service, service_fn};
use hyper::{Method, Request, StatusCode};
use s3s::host::{S3Host, VirtualHost};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{HttpResponse, S3Result};
use tokio::net::TcpListener;

use super::access::{Access, NoCors, OneKey, Sharing};
use super::change::Observer;
use super::error::StoreError;
use super::faults::{End, Fate, Faults, altered};
use super::headers;
use super::ops::Operations;
use super::reader::ObjectReader;
use super::store::Store;
use super::xml::{self, respond};
use crate::credentials::Credentials;
use crate::guard::{FromPage, Guard};
use crate::http::{Api, HttpServer, Limits};

/// A running S3 server.
pub struct S3Server {
    store: Arc<Store>,
    faults: Faults,
    http: HttpServer,
}

impl S3Server {
    /// Opens the folder and serves it on `listener`, with another API `beside` it.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub(crate) fn start(
        root: &Path,
        listener: TcpListener,
        credentials: &Credentials,
        sharing: Sharing,
        observer: Arc<dyn Observer>,
        beside: Arc<dyn Api>,
    ) -> io::Result<Self> {
        let store = Arc::new(Store::open(root, observer)?);
        let faults = Faults::default();
        let address = listener.local_addr()?;
        let mut builder = S3ServiceBuilder::new(Operations::new(Arc::clone(&store)));
        builder.set_auth(OneKey(credentials.clone()));
        builder.set_access(Access { sharing: sharing.clone(), faults: faults.clone() });
        let host = LocalHost { name: format!("localhost:{}", address.port()) };
        builder.set_host(host.clone());
        let guard = Guard::new(address.port(), &sharing.origins);
        let service = builder.build();
        let front = Arc::new(Front { service, host, sharing, faults: faults.clone(), beside });
        let http = HttpServer::start(
            listener,
            guard,
            Limits::default(),
            service_fn(move |request| Arc::clone(&front).answer(request)),
        )?;
        Ok(Self { store, faults, http })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.http.address()
    }

    /// Creates a bucket, if missing.
    ///
    /// # Errors
    /// The name is not allowed in S3, or the folder cannot be used.
    pub fn ensure_bucket(&self, name: &str) -> io::Result<()> {
        if !s3s::path::check_bucket_name(name) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{name:?} cannot be the name of a bucket"),
            ));
        }
        match self.store.create_bucket(name) {
            Ok(()) | Err(StoreError::BucketExists) => Ok(()),
            Err(StoreError::Io(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    /// A reader without the protocol.
    pub(crate) fn reader(&self) -> ObjectReader {
        ObjectReader { store: Arc::clone(&self.store), faults: self.faults.clone() }
    }

    /// The names of all buckets.
    pub fn buckets(&self) -> Vec<String> {
        self.store.lock().buckets.keys().cloned().collect()
    }

    /// Injects faults, and counts requests.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Stops accepting, and waits briefly for running requests.
    pub async fn shutdown(self) {
        self.http.shutdown().await;
    }
}

/// The layer between the socket and the protocol.
struct Front {
    service: S3Service,
    host: LocalHost,
    sharing: Sharing,
    faults: Faults,
    beside: Arc<dyn Api>,
}

impl Front {
    /// Handles a request; to close the connection, it returns an error.
    async fn answer(
        self: Arc<Self>,
        mut request: Request<Incoming>,
    ) -> Result<HttpResponse, s3s::StdError> {
        if self.beside.takes(request.uri().path()) {
            return Ok(self.beside.answer(request).await.map(s3s::Body::http_body));
        }
        if request.method() == Method::OPTIONS {
            return Ok(self.preflight(&request));
        }
        let page = request.extensions().get::<FromPage>().cloned();
        let mut answer = if let Err(refusal) = headers::check(&request) {
            refusal.respond()
        } else {
            let fate = Fate::default();
            request.extensions_mut().insert(fate.clone());
            let answer = if self.faults.holds() {
                self.held(request, &fate).await?
            } else {
                Service::call(&self.service, request).await.map_err(s3s::StdError::from)?
            };
            let answer = xml::mended(answer);
            match fate.end() {
                End::Sent => answer,
                End::HungUp | End::Held => return Err("hung up on request".into()),
                // Until the client disconnects, when hyper drops this.
                End::Waiting => {
                    self.faults.halt();
                    std::future::pending().await
                }
                End::Altered(alteration) => altered(answer, alteration).await?,
            }
        };
        if let Some(status) = answer.extensions_mut().remove::<StatusCode>() {
            *answer.status_mut() = status;
        }
        let id = uuid::Uuid::new_v4().simple().to_string();
        if let Ok(id) = id.parse() {
            answer.headers_mut().insert("x-amz-request-id", id);
        }
        if let Some(FromPage(origin)) = page {
            answer.headers_mut().extend(self.sharing.grant(&origin));
        }
        Ok(answer)
    }

    /// Executes a request that may be held: without its connection, which is closed then.
    async fn held(
        self: &Arc<Self>,
        request: Request<Incoming>,
        fate: &Fate,
    ) -> Result<HttpResponse, s3s::StdError> {
        let (head, body) = request.into_parts();
        let body = s3s::Body::from(body.collect().await?.to_bytes());
        let front = Arc::clone(self);
        let its = fate.clone();
        let call = tokio::spawn(async move {
            let answer = front.service.call(Request::from_parts(head, body)).await;
            if its.end() == End::Held {
                front.faults.executed();
            }
            answer
        });
        tokio::select! {
            answer = call => Ok(answer??),
            () = fate.held() => Err("hung up on request".into()),
        }
    }

    /// `OPTIONS`: CORS preflight.
    fn preflight(&self, request: &Request<Incoming>) -> HttpResponse {
        let bucket = self.bucket(request.headers(), request.uri().path());
        match self.sharing.preflight(bucket, request.headers()) {
            Ok(headers) => {
                let mut answer = HttpResponse::default();
                answer.headers_mut().extend(headers);
                answer
            }
            Err(error) => {
                let (status, code) = match error {
                    NoCors::NoOrigin => (StatusCode::BAD_REQUEST, "BadRequest"),
                    _ => (StatusCode::FORBIDDEN, "AccessForbidden"),
                };
                respond(status, code, &error.to_string())
            }
        }
    }

    /// The bucket of a request, from its host or its path.
    fn bucket<'a>(&self, headers: &'a HeaderMap, path: &'a str) -> &'a str {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let of_path = || path.trim_start_matches('/').split('/').next().unwrap_or_default();
        self.host.bucket(host).unwrap_or_else(of_path)
    }
}

/// Buckets as subdomains of `localhost`; any other host is addressed by path.
#[derive(Clone)]
struct LocalHost {
    name: String,
}

impl LocalHost {
    fn bucket<'a>(&self, host: &'a str) -> Option<&'a str> {
        host.strip_suffix(&self.name).and_then(|rest| rest.strip_suffix('.'))
    }
}

impl S3Host for LocalHost {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        Ok(match self.bucket(host) {
            Some(bucket) => VirtualHost::new(&self.name).with_bucket(bucket),
            None => VirtualHost::new(host),
        })
    }
}
