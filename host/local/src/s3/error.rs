//! Why the store refused.

use std::io;

/// Why the store refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("The specified bucket does not exist")]
    NoSuchBucket,
    #[error("Your previous request to create the named bucket succeeded and you already own it.")]
    BucketExists,
    #[error("The bucket you tried to delete is not empty")]
    BucketNotEmpty,
    #[error("The specified key does not exist.")]
    NoSuchKey,
    #[error("The specified upload does not exist. It may have been aborted or completed.")]
    NoSuchUpload,
    #[error("At least one of the pre-conditions you specified did not hold")]
    PreconditionFailed,
    #[error("If-None-Match on a write takes * alone")]
    UnsupportedCondition,
    #[error(transparent)]
    Io(#[from] io::Error),
}
