//! Writes and deletes objects.

use std::collections::BTreeMap;

use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};
use time::OffsetDateTime;

use super::{Store, etag, length};
use crate::s3::archive::class;
use crate::s3::change::ChangeKind;
use crate::s3::condition::WriteCondition;
use crate::s3::faults::IgnoreConditions;
use crate::s3::meta::{Attributes, Checksums};
use crate::s3::receive::Announced;
use crate::s3::store::Draft;
use crate::s3::version::{Version, invalid};
use crate::s3::xml;

/// S3's maximum for the names and values of all user metadata together.
const USER_METADATA_LIMIT: usize = 2048;

pub(super) async fn put(
    store: &Store,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let unconditional = request.extensions.get::<IgnoreConditions>().is_some();
    let input = request.input;
    let condition = match unconditional {
        true => WriteCondition::default(),
        false => WriteCondition { if_match: input.if_match, if_none_match: input.if_none_match },
    };
    // Checks before the body is read: the bucket exists, and the metadata is not too large.
    store.lock().bucket(&input.bucket)?;
    let attributes = Attributes {
        content_type: input.content_type,
        content_encoding: input.content_encoding.and_then(|e| stored_encoding(&e)),
        content_language: input.content_language,
        content_disposition: input.content_disposition,
        cache_control: input.cache_control,
        expires_ms: input.expires.and_then(to_ms),
        storage_class: class(input.storage_class.as_ref().map(StorageClass::as_str))?,
        user: user_metadata(input.metadata)?,
        tags: super::tagging::parse_header(input.tagging.as_deref())?,
    };
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
    let meta = store.put(
        Draft {
            kind: ChangeKind::Put,
            bucket: input.bucket,
            key: input.key,
            blob: received.blob,
            size: received.size,
            etag: received.etag,
            attributes,
            checksums: received.checksums,
            parts: Vec::new(),
        },
        &condition,
    )?;
    let checksums = meta.checksums.clone();
    Ok(S3Response::new(PutObjectOutput {
        checksum_type: checksums.kind(),
        checksum_crc32: checksums.crc32,
        checksum_crc32c: checksums.crc32c,
        checksum_crc64nvme: checksums.crc64nvme,
        checksum_sha1: checksums.sha1,
        checksum_sha256: checksums.sha256,
        e_tag: Some(etag(&meta.etag)),
        size: Some(length(meta.size)),
        ..PutObjectOutput::default()
    }))
}

pub(super) async fn delete(
    store: &Store,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let input = request.input;
    match Version::of(input.version_id.as_deref()) {
        Version::Current => {}
        Version::Invalid => return Err(invalid()),
        // Counts as deleted. The current object is another version, and stays.
        Version::Missing => {
            store.lock().bucket(&input.bucket)?;
            let version_id = input.version_id;
            let output = DeleteObjectOutput { version_id, ..DeleteObjectOutput::default() };
            return Ok(S3Response::new(output));
        }
    }
    let condition = WriteCondition { if_match: input.if_match, if_none_match: None };
    store.delete(&input.bucket, &input.key, &condition)?;
    Ok(S3Response::new(DeleteObjectOutput::default()))
}

pub(super) async fn delete_many(
    store: &Store,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let input = request.input;
    if input.delete.objects.len() > 1000 {
        return Err(s3_error!(MalformedXML, "At most 1000 keys at once"));
    }
    // Checked before anything is deleted: the response could not represent such a key.
    if input.delete.objects.iter().any(|object| !object.key.chars().all(xml::can_hold)) {
        return Err(s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published \
             schema"
        ));
    }
    store.lock().bucket(&input.bucket)?;
    let quiet = input.delete.quiet.unwrap_or(false);
    let mut deleted = Vec::new();
    let mut errors = Vec::new();
    for object in input.delete.objects {
        if Version::of(object.version_id.as_deref()) != Version::Current {
            errors.push(Error {
                code: Some("NoSuchVersion".to_owned()),
                key: Some(object.key),
                message: Some("The specified version does not exist.".to_owned()),
                version_id: object.version_id,
            });
            continue;
        }
        let condition =
            WriteCondition { if_match: object.e_tag.map(ETagCondition::ETag), if_none_match: None };
        match store.delete(&input.bucket, &object.key, &condition) {
            Ok(_) if quiet => {}
            Ok(_) => {
                deleted.push(DeletedObject { key: Some(object.key), ..DeletedObject::default() })
            }
            Err(error) => {
                let error = S3Error::from(error);
                errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(object.key),
                    message: error.message().map(str::to_owned),
                    version_id: None,
                });
            }
        }
    }
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: Some(deleted),
        errors: Some(errors),
        ..DeleteObjectsOutput::default()
    }))
}

/// `aws-chunked` is an encoding of the transfer, not of the object.
pub(super) fn stored_encoding(header: &str) -> Option<String> {
    let encodings = header.split(',').map(str::trim);
    let kept: Vec<_> =
        encodings.filter(|encoding| !encoding.is_empty() && *encoding != "aws-chunked").collect();
    (!kept.is_empty()).then(|| kept.join(", "))
}

pub(super) fn user_metadata(given: Option<Metadata>) -> S3Result<BTreeMap<String, String>> {
    let user: BTreeMap<String, String> = given.unwrap_or_default().into_iter().collect();
    let size: usize = user.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > USER_METADATA_LIMIT {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size"
        ));
    }
    Ok(user)
}

pub(super) fn to_ms(timestamp: Timestamp) -> Option<u64> {
    let seconds = OffsetDateTime::from(timestamp).unix_timestamp();
    u64::try_from(seconds).ok()?.checked_mul(1000)
}
