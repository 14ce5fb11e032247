//! Multipart uploads.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::listing::Names;
use super::write::{stored_encoding, to_ms, user_metadata};
use super::{Store, etag, length, timestamp};
use crate::clock;
use crate::s3::archive::class;
use crate::s3::blob::NewBlob;
use crate::s3::change::ChangeKind;
use crate::s3::condition::WriteCondition;
use crate::s3::digest::{Hasher, Wanted, composite, multipart_etag};
use crate::s3::meta::{Attributes, Checksums};
use crate::s3::receive::{Announced, internal, read_through};
use crate::s3::store::Draft;
use crate::s3::uploads::{Part, Upload};

/// The minimum size of every part except the last.
const SMALLEST_PART: u64 = 5 * 1024 * 1024;
const DEFAULT_MAX: i32 = 1000;

pub(super) async fn create(
    store: &Store,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let input = request.input;
    let algorithm = input.checksum_algorithm;
    let full_object = match (&algorithm, &input.checksum_type) {
        (_, Some(kind)) => kind.as_str() == ChecksumType::FULL_OBJECT,
        // The only algorithm without a composite form.
        (Some(algorithm), None) => algorithm.as_str() == ChecksumAlgorithm::CRC64NVME,
        (None, None) => false,
    };
    let upload = Upload {
        bucket: input.bucket.clone(),
        key: input.key.clone(),
        attributes: Attributes {
            content_type: input.content_type,
            content_encoding: input.content_encoding.and_then(|e| stored_encoding(&e)),
            content_language: input.content_language,
            content_disposition: input.content_disposition,
            cache_control: input.cache_control,
            expires_ms: input.expires.and_then(to_ms),
            storage_class: class(input.storage_class.as_ref().map(StorageClass::as_str))?,
            user: user_metadata(input.metadata)?,
            tags: super::tagging::parse_header(input.tagging.as_deref())?,
        },
        algorithm: algorithm.as_ref().map(|a| a.as_str().to_owned()),
        full_object,
        initiated_ms: clock::now_ms(),
        parts: std::collections::BTreeMap::new(),
    };
    let mut state = store.lock();
    state.bucket(&input.bucket)?;
    let id = state.uploads.create(upload).map_err(internal)?;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_type: algorithm.as_ref().map(|_| kind(full_object)),
        checksum_algorithm: algorithm,
        ..CreateMultipartUploadOutput::default()
    }))
}

pub(super) async fn upload_part(
    store: &Store,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let input = request.input;
    let number = part_number(input.part_number)?;
    // Checks before the body is read.
    store.lock().uploads.get(&input.upload_id, &input.bucket, &input.key)?;
    let announced = Announced {
        length: input.content_length,
        md5: input.content_md5.as_deref(),
        checksums: Checksums {
            crc32: input.checksum_crc32,
            crc32c: input.checksum_crc32c,
            crc64nvme: input.checksum_crc64nvme,
            sha1: input.checksum_sha1,
            sha256: input.checksum_sha256,
            composite: false,
        },
        headers: Some(&request.headers),
        trailers: request.trailing_headers.as_ref(),
    };
    let received = announced.receive(&store.blobs, input.body).await?;
    let part = Part {
        number,
        blob: received.blob.id().to_owned(),
        size: received.size,
        etag: received.etag.clone(),
        checksums: received.checksums.clone(),
        modified_ms: clock::now_ms(),
    };
    add_part(store, &input.upload_id, part, received.blob)?;
    let checksums = received.checksums;
    Ok(S3Response::new(UploadPartOutput {
        checksum_crc32: checksums.crc32,
        checksum_crc32c: checksums.crc32c,
        checksum_crc64nvme: checksums.crc64nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
        e_tag: Some(etag(&received.etag)),
        ..UploadPartOutput::default()
    }))
}

/// Records a part whose blob has been written.
pub(super) fn add_part(store: &Store, id: &str, part: Part, blob: NewBlob) -> S3Result<()> {
    let replaced = store.lock().uploads.add_part(id, part)?;
    blob.keep();
    if let Some(replaced) = replaced {
        store.blobs.remove(&replaced);
    }
    Ok(())
}

pub(super) fn part_number(number: i32) -> S3Result<i32> {
    if (1..=10_000).contains(&number) {
        Ok(number)
    } else {
        Err(s3_error!(
            InvalidArgument,
            "Part number must be an integer between 1 and 10000, inclusive"
        ))
    }
}

pub(super) async fn complete(
    store: &Arc<Store>,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let mut input = request.input;
    let named = input.multipart_upload.take().and_then(|upload| upload.parts);
    let (upload, parts, files) = {
        let state = store.lock();
        let upload = state.uploads.get(&input.upload_id, &input.bucket, &input.key)?;
        let parts = chosen(upload, &named.unwrap_or_default())?;
        let files: Result<Vec<File>, _> =
            parts.iter().map(|part| store.blobs.open(&part.blob, part.size)).collect();
        (upload.clone(), parts, files.map_err(internal)?)
    };
    let size = parts.iter().map(|part| part.size).sum();
    if let Some(expected) = input.mpu_object_size
        && u64::try_from(expected).ok() != Some(size)
    {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header does not match: {size} bytes came"
        ));
    }
    let mut wanted = Wanted::default();
    if upload.full_object {
        wanted.add(upload.algorithm.as_deref().unwrap_or_default());
    }
    // This may be hundreds of megabytes, so it must not block a serving thread.
    let blobs = store.blobs.clone();
    let joined = tokio::task::spawn_blocking(move || join(blobs.create(), files, wanted));
    let (blob, full) = joined.await.map_err(|error| s3_error!(error, InternalError))??;
    let checksums = if upload.full_object {
        full
    } else {
        composite(&parts.iter().map(|part| &part.checksums).collect::<Vec<_>>())
    };
    let expected = Checksums {
        crc32: input.checksum_crc32,
        crc32c: input.checksum_crc32c,
        crc64nvme: input.checksum_crc64nvme,
        sha1: input.checksum_sha1,
        sha256: input.checksum_sha256,
        composite: false,
    };
    if !expected.agree_with(&checksums) {
        return Err(s3_error!(
            BadDigest,
            "The checksum you specified did not match the calculated checksum."
        ));
    }
    let etags: Vec<&str> = parts.iter().map(|part| part.etag.as_str()).collect();
    let draft = Draft {
        kind: ChangeKind::CompleteMultipartUpload,
        bucket: input.bucket.clone(),
        key: input.key.clone(),
        blob,
        size,
        etag: multipart_etag(&etags),
        attributes: upload.attributes,
        checksums,
        parts: parts.iter().map(|part| part.size).collect(),
    };
    let condition = WriteCondition { if_match: input.if_match, if_none_match: input.if_none_match };
    let meta = {
        let mut state = store.lock();
        // It may have been completed or aborted concurrently.
        state.uploads.get(&input.upload_id, &input.bucket, &input.key)?;
        let meta = store.put_locked(&mut state, draft, &condition)?;
        for blob in state.uploads.remove(&input.upload_id).map_err(internal)? {
            store.blobs.remove(&blob);
        }
        meta
    };
    let checksums = meta.checksums.clone();
    Ok(S3Response::new(CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, crate::key::encode(&input.key))),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(etag(&meta.etag)),
        checksum_type: checksums.kind(),
        checksum_crc32: checksums.crc32,
        checksum_crc32c: checksums.crc32c,
        checksum_crc64nvme: checksums.crc64nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
        ..CompleteMultipartUploadOutput::default()
    }))
}

/// The parts that the client lists, which must exist, match, and be in order.
fn chosen(upload: &Upload, named: &[CompletedPart]) -> S3Result<Vec<Part>> {
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    let mut parts: Vec<Part> = Vec::with_capacity(named.len());
    for name in named {
        let number = name.part_number.unwrap_or_default();
        if parts.last().is_some_and(|last| last.number >= number) {
            return Err(s3_error!(
                InvalidPartOrder,
                "The list of parts was not in ascending order."
            ));
        }
        let expected = Checksums {
            crc32: name.checksum_crc32.clone(),
            crc32c: name.checksum_crc32c.clone(),
            crc64nvme: name.checksum_crc64nvme.clone(),
            sha1: name.checksum_sha1.clone(),
            sha256: name.checksum_sha256.clone(),
            composite: false,
        };
        let part = upload.parts.get(&number).filter(|part| {
            let named = name.e_tag.as_ref().map(ETag::value);
            named == Some(part.etag.as_str()) && expected.agree_with(&part.checksums)
        });
        let Some(part) = part else {
            return Err(s3_error!(
                InvalidPart,
                "Part {number} could not be found, or its ETag or checksum does not match"
            ));
        };
        if parts.last().is_some_and(|last| last.size < SMALLEST_PART) {
            return Err(s3_error!(
                EntityTooSmall,
                "Your proposed upload is smaller than the minimum allowed size"
            ));
        }
        parts.push(part.clone());
    }
    Ok(parts)
}

/// Concatenates the blobs.
fn join(
    blob: std::io::Result<NewBlob>,
    files: Vec<File>,
    wanted: Wanted,
) -> S3Result<(NewBlob, Checksums)> {
    let mut blob = blob.map_err(internal)?;
    let mut hasher = Hasher::new(wanted);
    for mut file in files {
        read_through(&mut file, |chunk| {
            hasher.update(chunk);
            blob.write_all(chunk)
        })?;
    }
    Ok((blob, hasher.finish().1))
}

pub(super) async fn abort(
    store: &Store,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let input = request.input;
    let mut state = store.lock();
    state.uploads.get(&input.upload_id, &input.bucket, &input.key)?;
    for blob in state.uploads.remove(&input.upload_id).map_err(internal)? {
        store.blobs.remove(&blob);
    }
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

pub(super) async fn list_parts(
    store: &Store,
    request: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    let input = request.input;
    let state = store.lock();
    let upload = state.uploads.get(&input.upload_id, &input.bucket, &input.key)?;
    let max = input.max_parts.unwrap_or(DEFAULT_MAX).clamp(0, DEFAULT_MAX);
    let marker = input.part_number_marker.unwrap_or(0);
    let mut rest = upload.parts.values().filter(|part| part.number > marker);
    let page: Vec<&Part> = rest.by_ref().take(usize::try_from(max).unwrap_or(0)).collect();
    let truncated = rest.next().is_some();
    let parts = page.iter().map(|part| s3s::dto::Part {
        checksum_crc32: part.checksums.crc32.clone(),
        checksum_crc32c: part.checksums.crc32c.clone(),
        checksum_crc64nvme: part.checksums.crc64nvme.clone(),
        checksum_sha1: part.checksums.sha1.clone(),
        checksum_sha256: part.checksums.sha256.clone(),
        e_tag: Some(etag(&part.etag)),
        last_modified: Some(timestamp(part.modified_ms)),
        part_number: Some(part.number),
        size: Some(length(part.size)),
    });
    Ok(S3Response::new(ListPartsOutput {
        parts: Some(parts.collect()),
        is_truncated: Some(truncated),
        next_part_number_marker: page.last().filter(|_| truncated).map(|part| part.number),
        part_number_marker: Some(marker),
        max_parts: Some(max),
        checksum_algorithm: upload.algorithm.clone().map(ChecksumAlgorithm::from),
        checksum_type: upload.algorithm.as_ref().map(|_| kind(upload.full_object)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        ..ListPartsOutput::default()
    }))
}

pub(super) async fn list_uploads(
    store: &Store,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let input = request.input;
    if input.delimiter.is_some() {
        return Err(s3_error!(NotImplemented, "A delimiter is not implemented for uploads"));
    }
    let names = Names::new(input.encoding_type.as_ref())?;
    let prefix = input.prefix.unwrap_or_default();
    let state = store.lock();
    state.bucket(&input.bucket)?;
    let all = state.uploads.uploads.iter();
    let mut found: Vec<(&str, &str, &Upload)> = all
        .filter(|(_, upload)| upload.bucket == input.bucket && upload.key.starts_with(&prefix))
        .map(|(id, upload)| (upload.key.as_str(), id.as_str(), upload))
        .collect();
    found.sort_unstable_by_key(|(key, id, _)| (*key, *id));
    if let Some(marker) = input.key_marker.as_deref().filter(|marker| !marker.is_empty()) {
        let after = (marker, input.upload_id_marker.as_deref());
        found.retain(|(key, id, _)| match after {
            (marker, Some(marker_id)) => (*key, *id) > (marker, marker_id),
            (marker, None) => *key > marker,
        });
    }
    let max = input.max_uploads.unwrap_or(DEFAULT_MAX).clamp(0, DEFAULT_MAX);
    let page = usize::try_from(max).unwrap_or(0).min(found.len());
    let truncated = found.len() > page;
    found.truncate(page);
    let last = found.last().filter(|_| truncated);
    let next_key_marker = names.write(last.map(|(key, ..)| (*key).to_owned()));
    let next_upload_id_marker = last.map(|(_, id, _)| (*id).to_owned());
    let uploads = found.iter().map(|(key, id, upload)| MultipartUpload {
        key: names.write(Some((*key).to_owned())),
        upload_id: Some((*id).to_owned()),
        initiated: Some(timestamp(upload.initiated_ms)),
        ..MultipartUpload::default()
    });
    Ok(S3Response::new(ListMultipartUploadsOutput {
        uploads: Some(uploads.collect()),
        is_truncated: Some(truncated),
        next_key_marker,
        next_upload_id_marker,
        max_uploads: Some(max),
        prefix: names.write(Some(prefix)),
        key_marker: names.write(input.key_marker),
        upload_id_marker: input.upload_id_marker,
        encoding_type: input.encoding_type,
        bucket: Some(input.bucket),
        ..ListMultipartUploadsOutput::default()
    }))
}

fn kind(full_object: bool) -> ChecksumType {
    ChecksumType::from_static(if full_object {
        ChecksumType::FULL_OBJECT
    } else {
        ChecksumType::COMPOSITE
    })
}
