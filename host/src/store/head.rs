//! An object's metadata, without its body.

use std::collections::HashMap;

use time::OffsetDateTime;

/// The properties of an object, without its body.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// Its ETag without quotes.
    pub etag: String,
    /// Its version, in a versioned bucket.
    pub version_id: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// The media type that its uploader declared.
    pub content_type: Option<String>,
    /// Its `Content-Encoding` header.
    pub content_encoding: Option<String>,
    /// The time of the last write, in whole seconds.
    pub last_modified: Option<OffsetDateTime>,
    /// Its `Cache-Control` header.
    pub cache_control: Option<String>,
    /// Its `Content-Disposition` header.
    pub content_disposition: Option<String>,
    /// User metadata, without `x-amz-meta-`.
    pub metadata: HashMap<String, String>,
    /// The number of its tags.
    pub tags: u32,
}
