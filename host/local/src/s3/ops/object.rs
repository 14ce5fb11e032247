//! Reads objects.

use std::ops::Range as Span;

use hyper::header::{ETAG, HeaderValue, LAST_MODIFIED};
use hyper::{HeaderMap, StatusCode};
use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::{Store, etag, length, timestamp};
use crate::s3::blob::BlobStream;
use crate::s3::condition::{ReadCondition, Verdict};
use crate::s3::error::StoreError;
use crate::s3::faults::CutBody;
use crate::s3::meta::{Checksums, Meta};
use crate::s3::receive::internal;
use crate::s3::version::require_current;

pub(super) async fn get(
    store: &Store,
    request: S3Request<GetObjectInput>,
) -> S3Result<S3Response<GetObjectOutput>> {
    let cut = request.extensions.get::<CutBody>().is_some();
    let anonymous = request.credentials.is_none();
    let input = request.input;
    require_current(input.version_id.as_deref())?;
    let opened = store.open_object(&input.bucket, &input.key);
    let (meta, file) = opened.map_err(|error| hidden(error, anonymous))?;
    let condition = ReadCondition {
        if_match: input.if_match,
        if_none_match: input.if_none_match,
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    };
    judge(&condition, &meta)?;
    meta.require_readable()?;
    let part = Portion::of(&meta, input.range, input.part_number)?;
    let mut body = BlobStream::new(file, part.span.start, part.span.end - part.span.start)
        .map_err(internal)?;
    if cut {
        body = body.cut_half_way();
    }
    let checksums = part.checksums(&meta, input.checksum_mode.as_ref());
    let output = GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        body: Some(StreamingBlob::new(body)),
        cache_control: meta.attributes.cache_control.clone(),
        checksum_type: checksums.kind(),
        checksum_crc32: checksums.crc32,
        checksum_crc32c: checksums.crc32c,
        checksum_crc64nvme: checksums.crc64nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
        content_disposition: meta.attributes.content_disposition.clone(),
        content_encoding: meta.attributes.content_encoding.clone(),
        content_language: meta.attributes.content_language.clone(),
        content_length: Some(length(part.span.end - part.span.start)),
        content_range: part.content_range(&meta),
        content_type: Some(content_type(&meta)),
        e_tag: Some(etag(&meta.etag)),
        expires: meta.attributes.expires_ms.map(timestamp),
        last_modified: Some(timestamp(meta.modified_ms)),
        metadata: Some(user_metadata(&meta)),
        parts_count: part.parts_count,
        restore: meta.restore_header(),
        storage_class: meta.attributes.storage_class.clone().map(StorageClass::from),
        tag_count: tag_count(&meta),
        ..GetObjectOutput::default()
    };
    Ok(part.respond(output))
}

pub(super) async fn head(
    store: &Store,
    request: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let anonymous = request.credentials.is_none();
    let input = request.input;
    require_current(input.version_id.as_deref())?;
    let found = store.get(&input.bucket, &input.key);
    let meta = found.map_err(|error| hidden(error, anonymous))?;
    let condition = ReadCondition {
        if_match: input.if_match,
        if_none_match: input.if_none_match,
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    };
    judge(&condition, &meta)?;
    let part = Portion::of(&meta, input.range, input.part_number)?;
    let checksums = part.checksums(&meta, input.checksum_mode.as_ref());
    let output = HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: meta.attributes.cache_control.clone(),
        checksum_type: checksums.kind(),
        checksum_crc32: checksums.crc32,
        checksum_crc32c: checksums.crc32c,
        checksum_crc64nvme: checksums.crc64nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
        content_disposition: meta.attributes.content_disposition.clone(),
        content_encoding: meta.attributes.content_encoding.clone(),
        content_language: meta.attributes.content_language.clone(),
        content_length: Some(length(part.span.end - part.span.start)),
        content_range: part.content_range(&meta),
        content_type: Some(content_type(&meta)),
        e_tag: Some(etag(&meta.etag)),
        expires: meta.attributes.expires_ms.map(timestamp),
        last_modified: Some(timestamp(meta.modified_ms)),
        metadata: Some(user_metadata(&meta)),
        parts_count: part.parts_count,
        restore: meta.restore_header(),
        storage_class: meta.attributes.storage_class.clone().map(StorageClass::from),
        ..HeadObjectOutput::default()
    };
    let mut response = part.respond(output);
    // `HeadObjectOutput` has no field for it.
    if let Some(count) = tag_count(&meta) {
        response.headers.insert("x-amz-tagging-count", count.into());
    }
    Ok(response)
}

/// A client that may read but not list must not learn which keys are missing.
fn hidden(error: StoreError, anonymous: bool) -> S3Error {
    match error {
        StoreError::NoSuchKey if anonymous => s3_error!(AccessDenied, "Access Denied"),
        error => error.into(),
    }
}

fn judge(condition: &ReadCondition, meta: &Meta) -> S3Result<()> {
    match condition.judge(meta) {
        Verdict::Send => Ok(()),
        Verdict::NotModified => Err(not_modified(meta)),
        Verdict::Failed => Err(s3_error!(
            PreconditionFailed,
            "At least one of the pre-conditions you specified did not hold"
        )),
    }
}

/// A 304 with the headers of the unmodified object.
fn not_modified(meta: &Meta) -> S3Error {
    let mut error = s3_error!(NotModified);
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&format!("\"{}\"", meta.etag)) {
        headers.insert(ETAG, value);
    }
    let mut date = Vec::new();
    let formatted = timestamp(meta.modified_ms).format(TimestampFormat::HttpDate, &mut date);
    if let (Ok(()), Ok(value)) = (formatted, HeaderValue::from_bytes(&date)) {
        headers.insert(LAST_MODIFIED, value);
    }
    error.set_headers(headers);
    error
}

fn content_type(meta: &Meta) -> String {
    let given = meta.attributes.content_type.clone();
    given.unwrap_or_else(|| "binary/octet-stream".to_owned())
}

fn user_metadata(meta: &Meta) -> Metadata {
    meta.attributes.user.clone().into_iter().collect()
}

fn tag_count(meta: &Meta) -> Option<i32> {
    let count = i32::try_from(meta.attributes.tags.len()).ok()?;
    (count > 0).then_some(count)
}

/// The requested range of an object.
struct Portion {
    span: Span<u64>,
    partial: bool,
    parts_count: Option<i32>,
}

impl Portion {
    fn of(meta: &Meta, range: Option<Range>, part: Option<i32>) -> S3Result<Self> {
        let whole = 0..meta.size;
        match (range, part) {
            (Some(_), Some(_)) => Err(s3_error!(
                InvalidRequest,
                "Cannot specify both Range header and partNumber query parameter"
            )),
            (Some(range), None) => Ok(Self {
                span: range.check(meta.size).map_err(|error| {
                    s3_error!(error, InvalidRange, "The requested range is not satisfiable")
                })?,
                partial: true,
                parts_count: None,
            }),
            (None, Some(number)) => Self::of_part(meta, number),
            (None, None) => Ok(Self { span: whole, partial: false, parts_count: None }),
        }
    }

    /// An object that is not multipart has one part.
    fn of_part(meta: &Meta, number: i32) -> S3Result<Self> {
        let whole = [meta.size];
        let parts: &[u64] = if meta.parts.is_empty() { &whole } else { &meta.parts };
        let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
        let found = index.and_then(|index| Some((parts.get(..index)?, parts.get(index)?)));
        let Some((before, size)) = found else {
            return Err(s3_error!(InvalidRange, "The requested part number is not satisfiable"));
        };
        let start = before.iter().sum();
        Ok(Self {
            span: start..start + size,
            partial: true,
            parts_count: (!meta.parts.is_empty())
                .then(|| i32::try_from(meta.parts.len()).ok())
                .flatten(),
        })
    }

    fn content_range(&self, meta: &Meta) -> Option<String> {
        let Span { start, end } = self.span;
        (self.partial && end > start).then(|| format!("bytes {start}-{}/{}", end - 1, meta.size))
    }

    /// A checksum covers the whole object, and is only returned on request.
    fn checksums(&self, meta: &Meta, mode: Option<&ChecksumMode>) -> Checksums {
        let whole = self.span == (0..meta.size);
        if whole && mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED) {
            meta.checksums.clone()
        } else {
            Checksums::default()
        }
    }

    fn respond<T>(&self, output: T) -> S3Response<T> {
        if self.partial {
            S3Response::with_status(output, StatusCode::PARTIAL_CONTENT)
        } else {
            S3Response::new(output)
        }
    }
}
