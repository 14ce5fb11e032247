//! What can go wrong with the store.

use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use crate::code::Code;

/// A request that failed. It may succeed on another try, or once an operator
/// has mended a policy.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation} s3://{bucket}/{key}: {message}")]
pub struct StoreError {
    /// Such as `GetObject`.
    pub operation: &'static str,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// What the store said.
    pub message: String,
    code: Code,
}

impl StoreError {
    /// The stable code.
    pub fn code(&self) -> Code {
        self.code
    }
}

/// What a request was about.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) operation: &'static str,
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
}

impl Subject<'_> {
    pub(super) fn failed(self, message: String) -> StoreError {
        StoreError {
            operation: self.operation,
            bucket: self.bucket.to_owned(),
            key: self.key.to_owned(),
            message,
            code: Code::StoreUnavailable,
        }
    }

    pub(super) fn too_large(self, bytes: usize, max: u64) -> StoreError {
        let message = format!("the record would have {bytes} bytes; at most {max} are read again");
        StoreError { code: Code::RecordTooLarge, ..self.failed(message) }
    }

    pub(super) fn sdk<E>(self, error: &SdkError<E>) -> StoreError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let denied = status(error) == Some(403);
        let code = if denied { Code::StoreDenied } else { Code::StoreUnavailable };
        let said = error
            .meta()
            .code()
            .map(|code| format!("{code}: {}", error.meta().message().unwrap_or("no message")));
        let message = said.unwrap_or_else(|| DisplayErrorContext(error).to_string());
        StoreError { code, ..self.failed(message) }
    }
}

/// The HTTP status of an answer, if there was one.
pub(super) fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}
