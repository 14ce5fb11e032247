//! Restores archived objects, which takes hours in S3, but no time here.

use hyper::StatusCode;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::Store;
use crate::clock;
use crate::s3::version::require_current;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

pub(super) async fn restore(
    store: &Store,
    request: S3Request<RestoreObjectInput>,
) -> S3Result<S3Response<RestoreObjectOutput>> {
    let input = request.input;
    require_current(input.version_id.as_deref())?;
    let wanted = input.restore_request.unwrap_or_default();
    if wanted.type_.is_some() || wanted.output_location.is_some() {
        return Err(s3_error!(NotImplemented, "Selecting from an archive is not implemented"));
    }
    let days = wanted.days.and_then(|days| u64::try_from(days).ok()).filter(|days| *days > 0);
    let Some(days) = days else {
        return Err(s3_error!(MalformedXML, "Say for how many days, at least one"));
    };
    let meta = store.get(&input.bucket, &input.key)?;
    if !meta.is_archived() {
        return Err(s3_error!(
            InvalidObjectState,
            "Restore is not allowed for the object's current storage class"
        ));
    }
    let again = meta.is_restored();
    let until = clock::now_ms().saturating_add(days.saturating_mul(DAY_MS));
    store.restore(&input.bucket, &input.key, until)?;
    let mut response = S3Response::new(RestoreObjectOutput::default());
    if !again {
        // The protocol layer supports only one status.
        response.extensions.insert(StatusCode::ACCEPTED);
    }
    Ok(response)
}
