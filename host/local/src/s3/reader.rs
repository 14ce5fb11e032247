//! Reads objects within this process, without the protocol; faults and counters apply.

use std::fs::File;
use std::sync::Arc;

use hyper::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED,
};
use s3s::dto::TimestampFormat;

use super::error::StoreError;
use super::faults::{Fault, Faults};
use super::meta::Meta;
use super::ops::timestamp;
use super::store::Store;

/// Reads objects.
pub(crate) struct ObjectReader {
    pub(super) store: Arc<Store>,
    pub(super) faults: Faults,
}

/// A snapshot of an object.
pub(crate) struct OpenObject {
    pub(crate) file: File,
    pub(crate) size: u64,
    /// Its response headers in S3.
    pub(crate) headers: HeaderMap,
}

/// Why a read failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// 404.
    Missing,
    /// 403: it is archived.
    Forbidden,
    /// 500 or 503.
    Unavailable,
}

impl ObjectReader {
    /// Opens an object.
    pub(crate) async fn open(&self, bucket: &str, key: &str) -> Result<OpenObject, ReadError> {
        match self.faults.meet("GetObject", bucket, key) {
            None => {}
            Some(Fault::Delay(delay)) => tokio::time::sleep(delay).await,
            Some(_) => return Err(ReadError::Unavailable),
        }
        let (meta, file) = self.store.open_object(bucket, key).map_err(|error| match error {
            StoreError::Io(error) => {
                tracing::error!(%error, "an object cannot be read");
                ReadError::Unavailable
            }
            _ => ReadError::Missing,
        })?;
        meta.require_readable().map_err(|_| ReadError::Forbidden)?;
        Ok(OpenObject { file, size: meta.size, headers: headers(&meta) })
    }
}

fn headers(meta: &Meta) -> HeaderMap {
    let attributes = &meta.attributes;
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: Option<&str>| {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    };
    set(CACHE_CONTROL, attributes.cache_control.as_deref());
    set(CONTENT_DISPOSITION, attributes.content_disposition.as_deref());
    set(CONTENT_ENCODING, attributes.content_encoding.as_deref());
    set(CONTENT_LANGUAGE, attributes.content_language.as_deref());
    let content_type = attributes.content_type.as_deref();
    set(CONTENT_TYPE, Some(content_type.unwrap_or("binary/octet-stream")));
    set(ETAG, Some(&format!("\"{}\"", meta.etag)));
    let mut date = Vec::new();
    if timestamp(meta.modified_ms).format(TimestampFormat::HttpDate, &mut date).is_ok() {
        set(LAST_MODIFIED, std::str::from_utf8(&date).ok());
    }
    headers
}
