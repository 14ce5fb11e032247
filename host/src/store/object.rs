//! Conditional reads and writes of objects.

use aws_sdk_s3::primitives::{ByteStream, DateTime};
use bytes::Bytes;
use time::OffsetDateTime;

use super::answer::Meaning;
use super::blank;
use super::client::Store;
use super::download::Download;
use super::error::{StoreError, Subject, meaning};
use super::head::Head;

/// A read object.
#[derive(Debug)]
pub struct Object {
    /// Its head.
    pub head: Head,
    /// Its body, as a stream.
    pub body: Download,
}

/// The result of a read.
#[derive(Debug)]
pub enum Fetched {
    /// The object.
    Object(Box<Object>),
    /// It still has the known ETag.
    NotModified,
    /// It does not exist, but the bucket does.
    Missing,
}

/// The condition of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition<'a> {
    /// None.
    Always,
    /// Only if there is no such object.
    Absent,
    /// Only if it has this ETag.
    Etag(&'a str),
}

/// The object to write.
#[derive(Debug, Default)]
pub struct Put<'a> {
    /// The body.
    pub body: Bytes,
    /// Its media type.
    pub content_type: &'a str,
    /// Its `Cache-Control` header.
    pub cache_control: Option<&'a str>,
    /// Its `Content-Disposition` header.
    pub content_disposition: Option<String>,
    /// User metadata: names without `x-amz-meta-`.
    pub metadata: Vec<(String, String)>,
}

/// The result of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Written; the new ETag, without quotes.
    Etag(String),
    /// The condition failed.
    Conflict,
}

/// The ETag of an answer. One without did not come from S3, whatever its status: from a proxy, say,
/// or a page to sign in.
fn bare(etag: Option<&str>, subject: Subject<'_>) -> Result<String, StoreError> {
    let etag = etag.map(|etag| etag.trim_matches('"')).filter(|etag| !etag.is_empty());
    etag.map(str::to_owned).ok_or_else(|| lacks("ETag", subject))
}

/// The length of an answer's body, as [`bare`].
fn length(length: Option<i64>, subject: Subject<'_>) -> Result<u64, StoreError> {
    let length = length.and_then(|length| u64::try_from(length).ok());
    length.ok_or_else(|| lacks("Content-Length", subject))
}

fn lacks(header: &str, subject: Subject<'_>) -> StoreError {
    let why = "so it is not S3's; check what stands between";
    subject.failed(format!("the answer has no {header}, {why}"))
}

fn tags(count: Option<i32>) -> u32 {
    count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

fn moment(time: &DateTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(time.secs()).ok()
}

impl Store {
    /// Read an object, unless it still has the ETag `known`.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn get(
        &self,
        bucket: &str,
        key: &str,
        known: Option<&str>,
    ) -> Result<Fetched, StoreError> {
        let subject = Subject { operation: "GetObject", bucket, key };
        let known = known.map(|etag| format!("\"{etag}\""));
        let request = self.client.get_object().bucket(bucket).key(blank::given(key));
        let request = request.set_if_none_match(known).customize();
        match request.mutate_request(blank::restored(key)).send().await {
            Ok(output) => {
                if output.content_range().is_some() {
                    let message = "the answer is a part of the object, which was not asked for";
                    return Err(subject.failed(message.to_owned()));
                }
                let head = Head {
                    etag: bare(output.e_tag(), subject)?,
                    version_id: output.version_id().map(str::to_owned),
                    size: length(output.content_length(), subject)?,
                    content_type: output.content_type().map(str::to_owned),
                    content_encoding: output.content_encoding().map(str::to_owned),
                    last_modified: output.last_modified().and_then(moment),
                    cache_control: output.cache_control().map(str::to_owned),
                    content_disposition: output.content_disposition().map(str::to_owned),
                    tags: tags(output.tag_count()),
                    metadata: output.metadata.unwrap_or_default(),
                };
                let body = Download::new(self.clone(), bucket, key, &head, output.body);
                Ok(Fetched::Object(Box::new(Object { head, body })))
            }
            Err(error) => match meaning(&error) {
                Meaning::NotModified => Ok(Fetched::NotModified),
                Meaning::Gone => Ok(Fetched::Missing),
                _ => Err(subject.sdk(&error)),
            },
        }
    }

    /// The head of an object; `None` if the object or its bucket is missing: HEAD has no body to
    /// distinguish them. So nothing may be deleted because of it; use [`Store::get`] for that.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn head(&self, bucket: &str, key: &str) -> Result<Option<Head>, StoreError> {
        let subject = Subject { operation: "HeadObject", bucket, key };
        let request = self.client.head_object().bucket(bucket).key(blank::given(key)).customize();
        match request.mutate_request(blank::restored(key)).send().await {
            Ok(output) => Ok(Some(Head {
                etag: bare(output.e_tag(), subject)?,
                version_id: output.version_id().map(str::to_owned),
                size: u64::try_from(output.content_length().unwrap_or(0)).unwrap_or(0),
                content_type: output.content_type().map(str::to_owned),
                content_encoding: output.content_encoding().map(str::to_owned),
                last_modified: output.last_modified().and_then(moment),
                cache_control: output.cache_control().map(str::to_owned),
                content_disposition: output.content_disposition().map(str::to_owned),
                tags: tags(output.tag_count()),
                metadata: output.metadata.unwrap_or_default(),
            })),
            Err(error) if matches!(meaning(&error), Meaning::Gone | Meaning::Unproven) => Ok(None),
            Err(error) => Err(subject.sdk(&error)),
        }
    }

    /// Write an object. A failed condition is a result, not an error.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn put(
        &self,
        bucket: &str,
        key: &str,
        put: Put<'_>,
        condition: Condition<'_>,
    ) -> Result<Written, StoreError> {
        let subject = Subject { operation: "PutObject", bucket, key };
        let mut request = self
            .client
            .put_object()
            .bucket(bucket)
            .key(blank::given(key))
            .content_type(put.content_type)
            .set_cache_control(put.cache_control.map(str::to_owned))
            .set_content_disposition(put.content_disposition)
            .body(ByteStream::from(put.body));
        for (name, value) in put.metadata {
            request = request.metadata(name, value);
        }
        request = match condition {
            Condition::Always => request,
            Condition::Absent => request.if_none_match("*"),
            Condition::Etag(etag) => request.if_match(format!("\"{etag}\"")),
        };
        match request.customize().mutate_request(blank::restored(key)).send().await {
            Ok(output) => Ok(Written::Etag(bare(output.e_tag(), subject)?)),
            Err(error) => match (condition, meaning(&error)) {
                (
                    Condition::Absent | Condition::Etag(_),
                    Meaning::Precondition | Meaning::Conflict,
                )
                // The object of the conditional write has been deleted.
                | (Condition::Etag(_), Meaning::Gone) => Ok(Written::Conflict),
                _ => Err(subject.sdk(&error)),
            },
        }
    }
}
