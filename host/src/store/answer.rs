//! What S3's answers mean here, judged by their codes and never by their HTTP
//! status: a `404` may be a picture that is gone, or a bucket that is.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use crate::code::Code;

/// What an answer means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The object is not there, in a bucket that is.
    Gone,
    /// There is nothing, but the answer does not say whether the bucket is there.
    Unproven,
    /// The bucket is not there.
    NoBucket,
    /// The object still has the ETag that is known.
    NotModified,
    /// The condition of a write did not hold.
    Precondition,
    /// Others are writing at the same time.
    Conflict,
    /// Permissions, or a key that encrypts the object.
    Denied,
    /// The object is in an archive, and has to be restored before it is read.
    Archived,
    /// The object is encrypted with a key that only its uploader has (SSE-C).
    Encrypted,
    /// The credentials were good, and have expired.
    Expired,
    /// The clocks differ too much.
    Clock,
    /// Too many requests.
    Throttled,
    /// The bucket is in another region, or at another address.
    Elsewhere,
    /// Bytes changed on the way.
    Damaged,
    /// There are no bytes where some were asked for.
    Range,
    /// S3 does not take a key of this length.
    KeyTooLong,
    /// Something in S3 failed, or did not answer.
    Unavailable,
    /// S3 did not like the request, for another reason.
    Refused,
}

use Meaning::{
    Archived, Clock, Conflict, Damaged, Denied, Elsewhere, Encrypted, Expired, Gone, KeyTooLong,
    NoBucket, NotModified, Precondition, Range, Refused, Throttled, Unavailable, Unproven,
};

/// S3's codes. One that is not here is judged by its family, see [`of`].
const CODES: &[(&str, Meaning)] = &[
    ("NoSuchKey", Gone),
    ("NoSuchVersion", Gone),
    ("NoSuchBucket", NoBucket),
    // What the SDK makes of a 404 without a body, as HEAD has none.
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
    ("InternalError", Unavailable),
    ("RequestTimeout", Unavailable),
    ("BadGateway", Unavailable),
    ("GatewayTimeout", Unavailable),
];

/// What S3 says of an object that was stored with SSE-C, as the message of an
/// `InvalidRequest`: the code alone says nothing.
const WANTS_KEY: &str = "Server Side Encryption";

/// What an answer means that has this code and message. Without a code, which
/// HEAD never has, the status says as much as it can.
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

/// A status alone never says that an object is gone.
fn of_status(status: u16) -> Meaning {
    match status {
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
    /// What our logs, metrics and records call it.
    pub(super) fn code(self) -> Code {
        match self {
            Denied | Archived | Encrypted => Code::StoreDenied,
            NoBucket => Code::BucketMissing,
            KeyTooLong => Code::KeyTooLong,
            _ => Code::StoreUnavailable,
        }
    }

    /// In words, for whoever reads the message.
    pub(super) fn words(self) -> &'static str {
        match self {
            Gone | Unproven => "there is no such object",
            NoBucket => "there is no such bucket",
            NotModified => "it has not changed",
            Precondition => "the condition did not hold",
            Conflict => "others are writing at the same time",
            Denied => "access is denied",
            Archived => "the object is archived, and has to be restored before it can be read",
            Encrypted => "the object is encrypted with a key that only its uploader has (SSE-C)",
            Expired => "the credentials have expired",
            Clock => "this machine's clock differs too much from S3's",
            Throttled => "S3 throttles: too many requests",
            Elsewhere => "the bucket is in another region or at another address",
            Damaged => "bytes changed on the way (a checksum does not match)",
            Range => "the object has no bytes there",
            KeyTooLong => "the key is too long",
            Unavailable => "S3 failed, or did not answer",
            Refused => "S3 refused the request",
        }
    }
}
