//! A content delivery network on loopback, like CloudFront with a bucket and a function.
//!
//! A request is answered from the cache, else by the bucket, and if that answers 403 or 404, by the
//! function, like a CloudFront origin group. Method, path and length are checked before any origin
//! is contacted. Requests for the same missing object share one lookup.
//!
//! - [`path`]: parses URLs, and refuses ambiguous ones
//! - [`key`]: the cache key; with [`accept`]
//! - [`cache`]: responses in memory; with [`freshness`], their lifetimes
//! - [`flights`]: request collapsing
//! - [`origin`]: the bucket, then the function; with [`payload`], the function URL's payload
//! - [`answer`]: the response of an origin, or a [`failure`]
//! - [`respond`]: from a stored response to 206, 304, 416 or HEAD; with [`body`]
//! - [`server`]: the HTTP server

mod accept;
mod answer;
mod body;
mod cache;
mod failure;
mod flights;
mod freshness;
mod key;
mod origin;
mod path;
mod payload;
mod respond;
mod server;

use std::time::Duration;

/// For fuzzing: the key, the function's path and its `Accept` for a URL and `Accept` headers. None
/// if the URL is refused.
#[cfg(feature = "fuzzing")]
pub(crate) fn asked(path: &str, accept: &[&str]) -> Option<(String, String, &'static str)> {
    let key = path::Key::parse(path).ok()?;
    let taste = accept::Taste::of(accept.iter().copied());
    Some((key.as_str().to_owned(), key.path(), taste.header()))
}

pub(crate) use server::Origins;
pub use server::{Counts, DeliveryServer};

/// The default port.
pub const DEFAULT_DELIVERY_PORT: u16 = 9556;

/// The settings of delivery. Create them with [`Delivery::new`] and set the fields that differ.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The port; 0 for any free one.
    pub port: u16,
    /// The bucket, which is tried first.
    pub bucket: String,
    /// The function for missing objects.
    pub function: Option<String>,
    /// Origins whose pages may use it, in addition to those on this machine.
    pub origins: Vec<String>,
    /// The size of the cache in bytes.
    pub cache_bytes: usize,
    /// The lifetime of responses without `Cache-Control`.
    pub default_ttl: Duration,
    /// The maximum number of connections; further ones wait.
    pub connections: usize,
    /// The timeout of a request's head and of an idle connection.
    pub head_timeout: Duration,
    /// The timeout of a client that does not read.
    pub stall_timeout: Duration,
}

impl Delivery {
    /// Delivers a bucket, with default limits for one machine.
    pub fn new(bucket: impl Into<String>) -> Self {
        Self {
            port: DEFAULT_DELIVERY_PORT,
            bucket: bucket.into(),
            function: None,
            origins: Vec::new(),
            cache_bytes: 64 << 20,
            default_ttl: Duration::ZERO,
            connections: 512,
            head_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(30),
        }
    }
}
