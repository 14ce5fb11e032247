//! Interprets S3's responses by their codes, never by their HTTP status: a `404` may mean a missing
//! picture or a missing bucket.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use crate::code::Code;

/// The meaning of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The object does not exist, but the bucket does.
    Gone,
    /// The object does not exist; the response does not say whether the bucket does.
    Unproven,
    /// The bucket does not exist.
    NoBucket,
    /// The object still has the known ETag.
    NotModified,
    /// The condition of a write failed.
    Precondition,
    /// There is a concurrent write.
    Conflict,
    /// Missing permissions, also for an encryption key.
    Denied,
    /// The object is archived, and must be restored first.
    Archived,
    /// The object is encrypted with a key that only its uploader has (SSE-C).
    Encrypted,
    /// The credentials have expired.
    Expired,
    /// The clocks differ too much.
    Clock,
    /// Too many requests.
    Throttled,
    /// The bucket is in another region, or at another address.
    Elsewhere,
    /// Bytes were corrupted in transit.
    Damaged,
    /// The requested range is empty.
    Range,
    /// The key is too long for S3.
    KeyTooLong,
    /// Something in S3 failed, or did not answer.
    Unavailable,
    /// The store does not implement the operation.
    Unsupported,
    /// S3 refused the request for another reason.
    Refused,
}

use Meaning::{
    Archived, Clock, Conflict, Damaged, Denied, Elsewhere, Encrypted, Expired, Gone, KeyTooLong,
    NoBucket, NotModified, Precondition, Range, Refused, Throttled, Unavailable, Unproven,
    Unsupported,
};

/// S3's codes. [`of`] classifies others by their status.
const CODES: &[(&str, Meaning)] = &[
    ("NoSuchKey", Gone),
    ("NoSuchVersion", Gone),
    ("NoSuchBucket", NoBucket),
    // The SDK's code for a 404 without a body, as for HEAD.
    ("NotFound", Unproven),
    ("NotModified", NotModified),
    ("PreconditionFailed", Precondition),
    ("ConditionalRequestConflict", Conflict),
    ("OperationAborted", Conflict),
    ("AccessDenied", Denied),
    ("AccountProblem", Denied),
    ("AllAccessDisabled", Denied),
    ("CrossLocationLoggingProhibited", Denied),
    ("InvalidAccessKeyId", Denied),
    ("InvalidPayer", Denied),
    ("InvalidSecurity", Denied),
    ("NotSignedUp", Denied),
    ("SignatureDoesNotMatch", Denied),
    ("UnauthorizedAccess", Denied),
    ("InvalidObjectState", Archived),
    ("ObjectNotInActiveTierError", Archived),
    ("ExpiredToken", Expired),
    ("InvalidToken", Expired),
    ("TokenRefreshRequired", Expired),
    ("RequestTimeTooSkewed", Clock),
    ("RequestExpired", Clock),
    ("SlowDown", Throttled),
    ("ServiceUnavailable", Throttled),
    ("BandwidthLimitExceeded", Throttled),
    ("RequestLimitExceeded", Throttled),
    ("RequestThrottled", Throttled),
    ("Throttling", Throttled),
    ("ThrottlingException", Throttled),
    ("TooManyRequests", Throttled),
    ("TooManyRequestsException", Throttled),
    ("AuthorizationHeaderMalformed", Elsewhere),
    ("IllegalLocationConstraintException", Elsewhere),
    ("IncorrectEndpoint", Elsewhere),
    ("PermanentRedirect", Elsewhere),
    ("Redirect", Elsewhere),
    ("TemporaryRedirect", Elsewhere),
    ("BadDigest", Damaged),
    ("IncompleteBody", Damaged),
    ("InvalidDigest", Damaged),
    ("XAmzContentChecksumMismatch", Damaged),
    ("XAmzContentSHA256Mismatch", Damaged),
    ("InvalidRange", Range),
    ("KeyTooLongError", KeyTooLong),
    // Not a code of S3, but of other servers.
    ("NotImplemented", Unsupported),
    ("InternalError", Unavailable),
    ("RequestTimeout", Unavailable),
    ("BadGateway", Unavailable),
    ("GatewayTimeout", Unavailable),
];

/// Part of S3's `InvalidRequest` message for an object with SSE-C; the code alone is ambiguous.
const WANTS_KEY: &str = "Server Side Encryption";

/// Classify a response by code and message. Without a code, as for HEAD, the status is used as far
/// as possible.
pub(super) fn of(code: Option<&str>, message: &str, status: u16) -> Meaning {
    match code {
        Some("InvalidRequest") if message.contains(WANTS_KEY) => Encrypted,
        Some(code) if code.starts_with("KMS.") => Denied,
        Some(code) => {
            let known = CODES.iter().find(|(known, _)| *known == code);
            known.map_or_else(|| of_status(status), |(_, meaning)| *meaning)
        }
        None => of_status(status),
    }
}

/// A status alone never proves that an object is missing.
fn of_status(status: u16) -> Meaning {
    match status {
        // A response that cannot be read, as of a proxy.
        200..=299 => Unavailable,
        301 | 302 | 307 | 308 => Elsewhere,
        304 => NotModified,
        401 | 403 => Denied,
        404 => Unproven,
        408 | 500..=599 => Unavailable,
        409 => Conflict,
        412 => Precondition,
        416 => Range,
        429 => Throttled,
        _ => Refused,
    }
}

impl Meaning {
    /// Its code in logs, metrics and records.
    pub(super) fn code(self) -> Code {
        match self {
            Denied | Archived | Encrypted => Code::StoreDenied,
            NoBucket => Code::BucketMissing,
            KeyTooLong => Code::KeyTooLong,
            _ => Code::StoreUnavailable,
        }
    }

    /// Its description, for messages.
    pub(super) fn words(self) -> &'static str {
        match self {
            Gone | Unproven => "there is no such object",
            NoBucket => "there is no such bucket",
            NotModified => "it has not changed",
            Precondition => "the condition failed",
            Conflict => "there is a concurrent write",
            Denied => "access is denied",
            Archived => "the object is archived, and has to be restored before it can be read",
            Encrypted => "the object is encrypted with a key that only its uploader has (SSE-C)",
            Expired => "the credentials have expired",
            Clock => "this machine's clock differs too much from S3's",
            Throttled => "S3 throttles: too many requests",
            Elsewhere => "the bucket is in another region or at another address",
            Damaged => "bytes were corrupted in transit (a checksum does not match)",
            Range => "the object has no bytes there",
            KeyTooLong => "the key is too long",
            Unavailable => "S3 failed, or did not answer",
            Unsupported => "the store does not implement this",
            Refused => "S3 refused the request",
        }
    }
}
