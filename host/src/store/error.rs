//! Errors of the store.

use std::error::Error;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::answer::{self, Meaning};
use crate::code::Code;
use crate::text::{clip, shown};

/// The maximum length of a quoted S3 message.
const MAX_QUOTED_BYTES: usize = 300;

/// A failed request. It may succeed on a retry, or after an operator has fixed a policy.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation} s3://{bucket}/{}: {message}", shown(.key))]
pub struct StoreError {
    /// Such as `GetObject`.
    pub operation: &'static str,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The store's message.
    pub message: String,
    code: Code,
    meaning: Meaning,
}

impl StoreError {
    /// The stable code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The meaning of the store's response.
    pub fn meaning(&self) -> Meaning {
        self.meaning
    }

    /// The same for reads of a source: if it is archived, or encrypted with an unknown key, the
    /// failure is permanent, and its uploader has to fix it.
    #[must_use]
    pub fn of_source(self) -> Self {
        let code = match self.meaning {
            Meaning::Archived => Code::SourceArchived,
            Meaning::Encrypted => Code::SourceEncrypted,
            _ => self.code,
        };
        Self { code, ..self }
    }
}

/// The target of a request.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) operation: &'static str,
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
}

impl Subject<'_> {
    pub(super) fn failed(self, message: String) -> StoreError {
        self.error(Meaning::Unavailable, message)
    }

    pub(super) fn too_large(self, bytes: usize, max: u64) -> StoreError {
        let message = format!("the record would have {bytes} bytes; at most {max} are read again");
        StoreError { code: Code::RecordTooLarge, ..self.error(Meaning::Refused, message) }
    }

    /// An error response with S3's code and message.
    pub(super) fn answered(self, meaning: Meaning, code: &str, message: &str) -> StoreError {
        let [code, message] = [code, message].map(|text| clip(shown(text), MAX_QUOTED_BYTES));
        let said = [&code, &message].iter().filter(|part| !part.is_empty()).count();
        let quoted = match said {
            0 => String::new(),
            1 => format!(" ({code}{message})"),
            _ => format!(" ({code}: {message})"),
        };
        self.error(meaning, format!("{}{quoted}", meaning.words()))
    }

    pub(super) fn sdk<E>(self, error: &SdkError<E>) -> StoreError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let (meaning, code) = (meaning(error), error.meta().code().unwrap_or_default());
        let status = error.raw_response().map(HttpResponse::status);
        let unread = code.is_empty() && status.is_some_and(|status| status.is_success());
        if status.is_some() && !unread {
            return self.answered(meaning, code, error.meta().message().unwrap_or_default());
        }
        // Without a response that can be read, the root cause is the most informative.
        let causes = causes(error);
        let cause = causes.last().map_or("no answer", String::as_str);
        if unread {
            let message = format!(
                "S3's answer cannot be read ({cause}); try again, and check AWS_ENDPOINT_URL and \
                 proxies"
            );
            return self.error(meaning, message);
        }
        if causes.iter().any(|cause| cause.contains("credential")) {
            let message =
                format!("there are no usable credentials ({cause}); sign in, or set AWS_PROFILE");
            return self.error(Meaning::Denied, message);
        }
        let message = match error {
            SdkError::ConstructionFailure(_) => format!("the request cannot be built: {cause}"),
            _ => format!(
                "S3 cannot be reached ({cause}); check the network, AWS_REGION and AWS_ENDPOINT_URL"
            ),
        };
        self.error(meaning, message)
    }

    fn error(self, meaning: Meaning, message: String) -> StoreError {
        StoreError {
            operation: self.operation,
            bucket: self.bucket.to_owned(),
            key: self.key.to_owned(),
            message,
            code: meaning.code(),
            meaning,
        }
    }
}

/// The meaning of a response; without a response, the store is unavailable.
pub(super) fn meaning<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Meaning {
    let Some(response) = error.raw_response() else { return Meaning::Unavailable };
    let message = error.meta().message().unwrap_or_default();
    answer::of(error.meta().code(), message, response.status().as_u16())
}

/// The texts of an error and its causes, outermost first.
pub(super) fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        causes.push(clip(shown(&headline(error)), MAX_QUOTED_BYTES));
        next = error.source();
    }
    causes
}

/// An error's first line: credential errors list each location that was tried.
fn headline(error: &dyn Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    first.strip_suffix(". Attempted:").unwrap_or(first).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_s3_says_is_one_short_line() {
        let subject = Subject { operation: "GetObject", bucket: "bucket", key: "key" };
        let long = "a\nb\u{1b}".repeat(1_000);
        for (code, message) in [("\n", ""), ("", "\r\n"), (&long, &long)] {
            let said = subject.answered(Meaning::Elsewhere, code, message).to_string();
            assert!(said.len() < 1_000 && !said.contains(char::is_control), "{said:?}");
        }
    }
}
