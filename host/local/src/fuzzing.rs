//! Entry points for `host/fuzz` only.

use std::io;
use std::path::Path;
use std::sync::Arc;

use hyper::{Request, Response};
use s3s::access::{S3Access, S3AccessContext};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Result};

/// Parses a URL and `Accept`: the key, the function's path, and its `Accept`. None if the URL is
/// refused.
#[must_use]
pub fn asked(path: &str, accept: &[&str]) -> Option<(String, String, &'static str)> {
    crate::delivery::asked(path, accept)
}

/// The S3 operations on a folder, without a socket and signatures.
pub struct Bare(S3Service);

/// Allows every request.
struct Everybody;

#[async_trait::async_trait]
impl S3Access for Everybody {
    async fn check(&self, _: &mut S3AccessContext<'_>) -> S3Result<()> {
        Ok(())
    }
}

impl Bare {
    /// Create it for this folder.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn open(root: &Path) -> io::Result<Self> {
        let operations = crate::s3::operations(root, Arc::new(()))?;
        let mut builder = S3ServiceBuilder::new(operations);
        builder.set_access(Everybody);
        Ok(Self(builder.build()))
    }

    /// Answer a request.
    ///
    /// # Errors
    /// If there is no response.
    pub async fn answer(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, String> {
        let request = request.map(Body::from);
        self.0.call(request).await.map_err(|error| format!("{error:?}"))
    }
}
