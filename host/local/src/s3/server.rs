//! The S3 server: a store, a socket, one key pair.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use s3s::auth::SimpleAuth;
use s3s::host::{S3Host, VirtualHost};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{HttpResponse, S3Result};
use tokio::net::TcpListener;

use super::change::Observer;
use super::faults::{Faults, HangUp};
use super::ops::Operations;
use super::store::{Store, StoreError};
use crate::http::{Api, HttpServer};

/// The region that everything is in.
pub const REGION: &str = "us-east-1";

/// A key pair that opens the local store and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
}

impl Default for Credentials {
    /// Plainly not a real one.
    fn default() -> Self {
        Self { access_key_id: "local".to_owned(), secret_access_key: "local-secret".to_owned() }
    }
}

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
        observer: Arc<dyn Observer>,
        beside: Arc<dyn Api>,
    ) -> io::Result<Self> {
        let store = Arc::new(Store::open(root, observer)?);
        let faults = Faults::default();
        let address = listener.local_addr()?;
        let mut builder = S3ServiceBuilder::new(Operations::new(Arc::clone(&store)));
        builder.set_auth(SimpleAuth::from_single(
            credentials.access_key_id.clone(),
            credentials.secret_access_key.clone(),
        ));
        builder.set_access(faults.clone());
        builder.set_host(LocalHost { name: format!("localhost:{}", address.port()) });
        let http = serve(builder.build(), listener, beside)?;
        Ok(Self { store, faults, http })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.http.address()
    }

    /// Creates a bucket unless it is there.
    ///
    /// # Errors
    /// The name is not one that S3 allows, or the folder cannot be used.
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

    /// The names of all buckets.
    pub fn buckets(&self) -> Vec<String> {
        self.store.lock().buckets.keys().cloned().collect()
    }

    /// To break it with, and to count requests.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Stops accepting, and gives requests under way a moment to end.
    pub async fn shutdown(self) {
        self.http.shutdown().await;
    }
}

/// Answers requests; one that is to be hung up on ends in an error, upon which hyper closes.
fn serve(
    service: S3Service,
    listener: TcpListener,
    beside: Arc<dyn Api>,
) -> io::Result<HttpServer> {
    let handler = service_fn(move |mut request: Request<Incoming>| {
        let (service, beside) = (service.clone(), Arc::clone(&beside));
        async move {
            if beside.takes(request.uri().path()) {
                return Ok(beside.answer(request).await.map(s3s::Body::http_body));
            }
            let hang_up = HangUp::default();
            hyper::Request::extensions_mut(&mut request).insert(hang_up.clone());
            let answer = Service::call(&service, request).await;
            if hang_up.is_set() {
                return Err("hung up on request".into());
            }
            let mut answer: HttpResponse = answer.map_err(s3s::StdError::from)?;
            let id = uuid::Uuid::new_v4().simple().to_string();
            if let Ok(id) = id.parse() {
                answer.headers_mut().insert("x-amz-request-id", id);
            }
            Ok::<_, s3s::StdError>(answer)
        }
    });
    HttpServer::start(listener, handler)
}

/// Buckets as subdomains of `localhost`; any other host is addressed by path.
struct LocalHost {
    name: String,
}

impl S3Host for LocalHost {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let bucket = host.strip_suffix(&self.name).and_then(|rest| rest.strip_suffix('.'));
        Ok(match bucket {
            Some(bucket) => VirtualHost::new(&self.name).with_bucket(bucket),
            None => VirtualHost::new(host),
        })
    }
}
