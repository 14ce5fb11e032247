//! A content delivery network on loopback: what CloudFront does with a bucket and a function
//! behind it.
//!
//! A request is answered from the cache, else by the bucket, and where that answers 403 or 404, by
//! the function, as an origin group of CloudFront does. Whatever can be judged without an origin is
//! judged first: method, path, length. Requests for the same missing object share one look.
//!
//! - [`path`]: what a URL names, and which URLs are refused
//! - [`key`]: what tells two cached answers apart; beside it [`accept`]
//! - [`cache`]: answers in memory; beside it [`freshness`], how long they may be given
//! - [`flights`]: one look for many requests
//! - [`origin`]: the bucket, then the function; beside it [`payload`], how a function is asked over
//!   HTTP
//! - [`respond`]: from a stored answer to one that fits the request: 206, 304, HEAD; beside it
//!   [`body`] and [`failure`]
//! - [`server`]: the socket

mod accept;
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

/// What a URL and the headers `Accept` name, for fuzzing: the key, the path that the function is asked with,
/// and its `Accept`. None if the URL is refused.
#[cfg(feature = "fuzzing")]
pub(crate) fn asked(path: &str, accept: &[&str]) -> Option<(String, String, &'static str)> {
    let key = path::Key::parse(path).ok()?;
    let taste = accept::Taste::of(accept.iter().copied());
    Some((key.as_str().to_owned(), key.path(), taste.header()))
}

pub(crate) use server::Origins;
pub use server::{Counts, DeliveryServer};

/// Where delivery listens unless told otherwise.
pub const DEFAULT_DELIVERY_PORT: u16 = 9556;

/// What is delivered, and how. Make one with [`Delivery::new`] and set the fields that differ.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The port; 0 takes one that is free.
    pub port: u16,
    /// The bucket that is asked first.
    pub bucket: String,
    /// The function that is asked for what the bucket has not.
    pub function: Option<String>,
    /// Origins whose pages may use it, besides those that are served on this machine.
    pub origins: Vec<String>,
    /// How many bytes the cache holds.
    pub cache_bytes: usize,
    /// How long an answer is kept that does not say so itself.
    pub default_ttl: Duration,
    /// How many connections there are at a time; further ones wait.
    pub connections: usize,
    /// How long a client may take to send the head of a request, and how long a connection may be
    /// idle.
    pub head_timeout: Duration,
    /// How long a client may take none of an answer's bytes.
    pub stall_timeout: Duration,
}

impl Delivery {
    /// Delivers a bucket, with bounds for one machine.
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
