//! Copies within the store, without copying bytes, since blobs never change.

use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use hyper::HeaderMap;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::write::{stored_encoding, to_ms, user_metadata};
use super::{Store, etag, timestamp};
use crate::clock;
use crate::s3::archive::class;
use crate::s3::change::ChangeKind;
use crate::s3::condition::{ReadCondition, Verdict, WriteCondition};
use crate::s3::digest::{Hasher, Wanted, hex};
use crate::s3::meta::{Attributes, Meta};
use crate::s3::receive::{internal, read_through};
use crate::s3::store::Draft;
use crate::s3::uploads::Part;
use crate::s3::version::require_current;

pub(super) async fn copy(
    store: &Store,
    request: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    let input = request.input;
    let (bucket, key) = source(&request.headers)?;
    let (bucket, key) = (bucket.as_str(), key.as_str());
    let given_class = class(input.storage_class.as_ref().map(StorageClass::as_str))?;
    let replace = |directive: Option<&str>| directive == Some("REPLACE");
    let replace_metadata = replace(input.metadata_directive.as_ref().map(|d| d.as_str()));
    let replace_tags = replace(input.tagging_directive.as_ref().map(|d| d.as_str()));
    // A change of class also counts as a change.
    let recast = input.storage_class.is_some();
    if (bucket, key) == (&*input.bucket, &*input.key)
        && !replace_metadata
        && !replace_tags
        && !recast
    {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself \
             without changing the object's metadata"
        ));
    }
    let condition = ReadCondition {
        if_match: input.copy_source_if_match,
        if_none_match: input.copy_source_if_none_match,
        if_modified_since: input.copy_source_if_modified_since,
        if_unmodified_since: input.copy_source_if_unmodified_since,
    };
    let (meta, mut file) = store.open_object(bucket, key)?;
    judge(&condition, &meta)?;
    meta.require_readable()?;
    // The blob may have been removed if the source was overwritten; the open file is still valid.
    let blob = match store.blobs.duplicate(&meta.blob) {
        Ok(blob) => blob,
        Err(_) => {
            let mut blob = store.blobs.create().map_err(internal)?;
            std::io::copy(&mut file, &mut blob).map_err(internal)?;
            file.rewind().map_err(internal)?;
            blob
        }
    };
    let mut attributes = if replace_metadata {
        Attributes {
            content_type: input.content_type,
            content_encoding: input.content_encoding.and_then(|e| stored_encoding(&e)),
            content_language: input.content_language,
            content_disposition: input.content_disposition,
            cache_control: input.cache_control,
            expires_ms: input.expires.and_then(to_ms),
            user: user_metadata(input.metadata)?,
            ..Attributes::default()
        }
    } else {
        meta.attributes.clone()
    };
    // A copy's class comes from the request, not from the source.
    attributes.storage_class = given_class;
    attributes.tags = if replace_tags {
        super::tagging::parse_header(input.tagging.as_deref())?
    } else {
        meta.attributes.tags.clone()
    };
    let (copied_etag, checksums) = if meta.parts.is_empty() {
        (meta.etag.clone(), meta.checksums.clone())
    } else {
        // A copy is not a multipart object, so its ETag is the plain MD5.
        let mut hasher = Hasher::new(Wanted::of(&meta.checksums));
        read_through(&mut file, |chunk| {
            hasher.update(chunk);
            Ok(())
        })?;
        let (md5, checksums) = hasher.finish();
        (hex(&md5), checksums)
    };
    let copied = store.put(
        Draft {
            kind: ChangeKind::Copy,
            bucket: input.bucket,
            key: input.key,
            blob,
            size: meta.size,
            etag: copied_etag,
            attributes,
            checksums,
            parts: Vec::new(),
        },
        &condition_of(&request.headers),
    )?;
    let checksums = copied.checksums.clone();
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(CopyObjectResult {
            checksum_type: checksums.kind(),
            checksum_crc32: checksums.crc32,
            checksum_crc32c: checksums.crc32c,
            checksum_crc64nvme: checksums.crc64nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            e_tag: Some(etag(&copied.etag)),
            last_modified: Some(timestamp(copied.modified_ms)),
        }),
        ..CopyObjectOutput::default()
    }))
}

pub(super) async fn copy_part(
    store: &Arc<Store>,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let input = request.input;
    let number = super::multipart::part_number(input.part_number)?;
    let wanted = {
        let state = store.lock();
        let upload = state.uploads.get(&input.upload_id, &input.bucket, &input.key)?;
        let mut wanted = Wanted::default();
        wanted.add(upload.algorithm.as_deref().unwrap_or_default());
        wanted
    };
    let (bucket, key) = source(&request.headers)?;
    let condition = ReadCondition {
        if_match: input.copy_source_if_match,
        if_none_match: input.copy_source_if_none_match,
        if_modified_since: input.copy_source_if_modified_since,
        if_unmodified_since: input.copy_source_if_unmodified_since,
    };
    let (meta, mut file) = store.open_object(&bucket, &key)?;
    judge(&condition, &meta)?;
    meta.require_readable()?;
    let span = match &input.copy_source_range {
        None => 0..meta.size,
        Some(range) => Range::parse(range)
            .map_err(|_| s3_error!(InvalidArgument, "The range is not valid: {range:?}"))?
            .check(meta.size)?,
    };
    file.seek(SeekFrom::Start(span.start)).map_err(internal)?;
    let mut hasher = Hasher::new(wanted);
    let mut blob = store.blobs.create().map_err(internal)?;
    read_through(&mut (&file).take(span.end - span.start), |chunk| {
        hasher.update(chunk);
        blob.write_all(chunk)
    })?;
    let (md5, checksums) = hasher.finish();
    let part = Part {
        number,
        blob: blob.id().to_owned(),
        size: span.end - span.start,
        etag: hex(&md5),
        checksums: checksums.clone(),
        modified_ms: clock::now_ms(),
    };
    let result = CopyPartResult {
        e_tag: Some(etag(&part.etag)),
        last_modified: Some(timestamp(part.modified_ms)),
        checksum_crc32: checksums.crc32,
        checksum_crc32c: checksums.crc32c,
        checksum_crc64nvme: checksums.crc64nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
    };
    super::multipart::add_part(store, &input.upload_id, part, blob)?;
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(result),
        ..UploadPartCopyOutput::default()
    }))
}

/// The header is form-encoded: a `+` in it is a space, and a plus is `%2B`.
fn source(headers: &HeaderMap) -> S3Result<(String, String)> {
    let header = headers.get("x-amz-copy-source").and_then(|value| value.to_str().ok());
    let source = CopySource::parse(&header.unwrap_or_default().replace('+', "%20"));
    match source.map_err(|error| s3_error!(error, InvalidArgument, "Invalid copy source"))? {
        CopySource::Bucket { bucket, key, version_id } => {
            require_current(version_id.as_deref())?;
            Ok((bucket.into(), key.into()))
        }
        _ => Err(s3_error!(NotImplemented, "Only buckets can be copied from, not access points")),
    }
}

/// The condition on the replaced object, which the protocol layer does not parse.
fn condition_of(headers: &HeaderMap) -> WriteCondition {
    let condition = |name| {
        let text = headers.get(name)?.to_str().ok()?.trim();
        let etag = || ETagCondition::ETag(ETag::Strong(text.trim_matches('"').to_owned()));
        Some(if text == "*" { ETagCondition::Any } else { etag() })
    };
    WriteCondition { if_match: condition("if-match"), if_none_match: condition("if-none-match") }
}

/// For a copy, both kinds of failed conditions are a 412.
fn judge(condition: &ReadCondition, meta: &Meta) -> S3Result<()> {
    match condition.judge(meta) {
        Verdict::Send => Ok(()),
        Verdict::NotModified | Verdict::Failed => Err(s3_error!(
            PreconditionFailed,
            "At least one of the pre-conditions you specified did not hold"
        )),
    }
}
