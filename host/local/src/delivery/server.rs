//! The HTTP server: validation, then the cache, then the origins.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use tokio::net::TcpListener;

pub(crate) use super::origin::Origins;

use super::Delivery;
use super::answer::Answer;
use super::body::Sent;
use super::cache::{Cache, Found};
use super::failure::Failure;
use super::flights::{Flight, Flights};
use super::key::CacheKey;
use super::path::{Key, LONGEST_URL};
use super::respond::Served;
use crate::guard::{FromPage, Guard};
use crate::http::{HttpServer, Limits};

/// The maximum size of a request's headers, as in CloudFront.
const LONGEST_HEAD: usize = 20_480;

/// How much of a head is read, so that one above the limit still gets an error response.
const LARGEST_READ: usize = 64 * 1024;

/// A running delivery.
pub struct DeliveryServer {
    http: HttpServer,
    front: Arc<Front>,
}

/// Counts of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// From the cache.
    pub hits: u64,
    /// By their own lookup.
    pub misses: u64,
    /// By another request's lookup.
    pub joined: u64,
    /// Without a lookup: refused, or failed before it.
    pub refused: u64,
}

impl DeliveryServer {
    pub(crate) fn start(
        listener: TcpListener,
        delivery: &Delivery,
        origins: Origins,
    ) -> io::Result<Self> {
        let guard = Guard::new(listener.local_addr()?.port(), &delivery.origins).for_local_pages();
        let limits = Limits {
            connections: Some(delivery.connections),
            head: Some(delivery.head_timeout),
            head_bytes: Some(LARGEST_READ),
            stall: Some(delivery.stall_timeout),
        };
        let front = Arc::new(Front {
            cache: Arc::new(Cache::new(delivery.cache_bytes)),
            flights: Arc::default(),
            origins: Arc::new(origins),
            default_ttl: delivery.default_ttl,
            counters: Counters::default(),
        });
        let answering = Arc::clone(&front);
        let service = service_fn(move |request| {
            let front = Arc::clone(&answering);
            async move { Ok::<_, Infallible>(front.answer(&request).await) }
        });
        let http = HttpServer::start(listener, guard, limits, service)?;
        Ok(Self { http, front })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.http.address()
    }

    /// Counts of responses since the start.
    pub fn counts(&self) -> Counts {
        let Counters { hits, misses, joined, refused } = &self.front.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            hits: read(hits),
            misses: read(misses),
            joined: read(joined),
            refused: read(refused),
        }
    }

    /// How many bytes the cache holds.
    pub fn cached_bytes(&self) -> usize {
        self.front.cache.bytes()
    }

    pub(crate) async fn shutdown(self) {
        self.http.shutdown().await;
    }
}

/// The server's state.
struct Front {
    cache: Arc<Cache>,
    flights: Arc<Flights>,
    origins: Arc<Origins>,
    default_ttl: std::time::Duration,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    joined: AtomicU64,
    refused: AtomicU64,
}

impl Front {
    async fn answer(&self, request: &Request<Incoming>) -> Response<Sent> {
        let page = request.extensions().get::<FromPage>();
        let preflight =
            request.method() == Method::OPTIONS && request.headers().contains_key(ORIGIN);
        let mut response = if preflight && page.is_some() {
            self.preflight(request.headers())
        } else {
            let (answer, from) = match judged(request) {
                Ok(key) => self.find(&key).await,
                Err(failure) => self.refused(&failure),
            };
            answer.respond(request.method(), request.headers(), from)
        };
        let headers = response.headers_mut();
        // Caches must keep responses separately for each page's origin.
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(FromPage(origin)) = page
            && let Ok(origin) = HeaderValue::from_str(origin)
        {
            let mut set = |name, value| headers.insert(HeaderName::from_static(name), value);
            set("access-control-allow-origin", origin.clone());
            set("timing-allow-origin", origin);
            let exposed = "Age, Content-Range, ETag, X-Cache, X-Obscura-Code";
            set("access-control-expose-headers", HeaderValue::from_static(exposed));
        }
        response
    }

    /// From the cache or the origins.
    async fn find(&self, key: &CacheKey) -> (Arc<Answer>, Served) {
        let found = self.cache.find(key);
        match &found {
            Found::Fresh(answer, age) => {
                self.counters.hits.fetch_add(1, Ordering::Relaxed);
                return (Arc::clone(answer), Served::Cache(*age));
            }
            Found::Revalidating(answer, age) => {
                // The lookup continues independently.
                let _ = self.look(key);
                self.counters.hits.fetch_add(1, Ordering::Relaxed);
                return (Arc::clone(answer), Served::Cache(*age));
            }
            Found::Expired(..) | Found::Nothing => {}
        }
        let Some((flight, joined)) = self.look(key) else { return self.refused(&Failure::Busy) };
        let counter = if joined { &self.counters.joined } else { &self.counters.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        let answer = flight.await;
        match found {
            // A stale response is better than an error.
            Found::Expired(old, age)
                if answer.status.is_server_error() && old.status.is_success() =>
            {
                (old, Served::Cache(age))
            }
            _ => (answer, Served::Origin),
        }
    }

    /// Starts a lookup, or joins a running one.
    fn look(&self, key: &CacheKey) -> Option<(Flight, bool)> {
        self.flights.join(key, || {
            let (cache, origins) = (Arc::clone(&self.cache), Arc::clone(&self.origins));
            let (key, default_ttl) = (key.clone(), self.default_ttl);
            async move {
                // A lookup may have ended since the cache miss.
                if let Found::Fresh(answer, _) = cache.find(&key) {
                    return answer;
                }
                let answer = Arc::new(origins.ask(&key).await);
                // A failure does not replace a successful response.
                if !(answer.status.is_server_error() && cache.has_good(&key)) {
                    cache.store(&key, &answer, default_ttl);
                }
                answer
            }
        })
    }

    fn refused(&self, failure: &Failure) -> (Arc<Answer>, Served) {
        self.counters.refused.fetch_add(1, Ordering::Relaxed);
        (Arc::new(failure.answer()), Served::Origin)
    }

    /// What an allowed page may send.
    fn preflight(&self, request: &HeaderMap) -> Response<Sent> {
        let mut answer = Answer::in_memory(StatusCode::NO_CONTENT, "");
        let mut set = |name, value| answer.headers.insert(HeaderName::from_static(name), value);
        set("access-control-allow-methods", HeaderValue::from_static("GET, HEAD"));
        set("access-control-max-age", HeaderValue::from_static("600"));
        if let Some(asked) = request.get("access-control-request-headers") {
            set("access-control-allow-headers", asked.clone());
        }
        if request.contains_key("access-control-request-private-network") {
            set("access-control-allow-private-network", HeaderValue::from_static("true"));
        }
        answer.respond(&Method::GET, &HeaderMap::new(), Served::Origin)
    }
}

/// Checks that need no origin.
fn judged(request: &Request<Incoming>) -> Result<CacheKey, Failure> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Failure::Method);
    }
    let url = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    if url > LONGEST_URL {
        return Err(Failure::LongUrl);
    }
    let headers = request.headers().iter();
    let head: usize = headers.map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if head > LONGEST_HEAD {
        return Err(Failure::LongHead);
    }
    let key = Key::parse(request.uri().path()).map_err(Failure::Path)?;
    Ok(CacheKey::new(key, request.headers()))
}
