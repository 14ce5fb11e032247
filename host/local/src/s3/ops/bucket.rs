//! Buckets.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

use super::{Store, timestamp};
use crate::account::REGION;

pub(super) async fn create(
    store: &Store,
    request: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let bucket = request.input.bucket;
    store.create_bucket(&bucket)?;
    Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{bucket}")) }))
}

pub(super) async fn head(
    store: &Store,
    request: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    store.lock().bucket(&request.input.bucket)?;
    Ok(S3Response::new(HeadBucketOutput {
        bucket_region: Some(REGION.to_owned()),
        ..HeadBucketOutput::default()
    }))
}

pub(super) async fn delete(
    store: &Store,
    request: S3Request<DeleteBucketInput>,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    store.delete_bucket(&request.input.bucket)?;
    Ok(S3Response::new(DeleteBucketOutput::default()))
}

pub(super) async fn list(
    store: &Store,
    request: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let prefix = request.input.prefix;
    let wanted = prefix.as_deref().unwrap_or_default();
    let state = store.lock();
    let buckets = state.buckets.iter().filter(|(name, _)| name.starts_with(wanted));
    let buckets = buckets.map(|(name, bucket)| Bucket {
        name: Some(name.clone()),
        creation_date: Some(timestamp(bucket.created_ms)),
        bucket_region: Some(REGION.to_owned()),
    });
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(buckets.collect()),
        owner: Some(Owner { id: Some("local".to_owned()), ..Owner::default() }),
        prefix,
        ..ListBucketsOutput::default()
    }))
}

/// For historical reasons, the first region has no location constraint.
pub(super) async fn location(
    store: &Store,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    store.lock().bucket(&request.input.bucket)?;
    Ok(S3Response::new(GetBucketLocationOutput::default()))
}
