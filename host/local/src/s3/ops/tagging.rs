//! Tags of an object.

use std::collections::BTreeMap;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::Store;
use crate::key;
use crate::s3::version::require_current;

/// S3's maximum.
const MOST: usize = 10;

pub(super) async fn get(
    store: &Store,
    request: S3Request<GetObjectTaggingInput>,
) -> S3Result<S3Response<GetObjectTaggingOutput>> {
    require_current(request.input.version_id.as_deref())?;
    let meta = store.get(&request.input.bucket, &request.input.key)?;
    let tags = meta
        .attributes
        .tags
        .iter()
        .map(|(name, value)| Tag { key: Some(name.clone()), value: Some(value.clone()) });
    Ok(S3Response::new(GetObjectTaggingOutput { tag_set: tags.collect(), version_id: None }))
}

pub(super) async fn put(
    store: &Store,
    request: S3Request<PutObjectTaggingInput>,
) -> S3Result<S3Response<PutObjectTaggingOutput>> {
    let input = request.input;
    require_current(input.version_id.as_deref())?;
    let tags = input
        .tagging
        .tag_set
        .into_iter()
        .map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()));
    store.set_tags(&input.bucket, &input.key, checked(tags)?)?;
    Ok(S3Response::new(PutObjectTaggingOutput::default()))
}

pub(super) async fn delete(
    store: &Store,
    request: S3Request<DeleteObjectTaggingInput>,
) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
    require_current(request.input.version_id.as_deref())?;
    store.set_tags(&request.input.bucket, &request.input.key, BTreeMap::new())?;
    Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
}

/// The `x-amz-tagging` header: `name=value&name=value`.
pub(super) fn parse_header(header: Option<&str>) -> S3Result<BTreeMap<String, String>> {
    let pairs = header.unwrap_or_default().split('&');
    checked(pairs.filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key::decode(name), key::decode(value))
    }))
}

fn checked(tags: impl Iterator<Item = (String, String)>) -> S3Result<BTreeMap<String, String>> {
    let mut checked = BTreeMap::new();
    for (name, value) in tags {
        if name.is_empty() || name.len() > 128 || value.len() > 256 {
            return Err(s3_error!(InvalidTag, "The tag {name:?} is empty or too long"));
        }
        if checked.insert(name, value).is_some() {
            return Err(s3_error!(InvalidTag, "Cannot provide multiple Tags with the same key"));
        }
    }
    if checked.len() > MOST {
        return Err(s3_error!(InvalidTag, "Object tags cannot be greater than {MOST}"));
    }
    Ok(checked)
}
