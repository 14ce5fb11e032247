//! What can be refused before a byte of it is decoded.

use crate::document::Route;
use crate::error::{Code, Rejection};
use crate::store::Head;

/// Whether an upload's size is one that the route takes.
pub(super) fn admissible(head: &Head, route: &Route) -> Result<(), Rejection> {
    let limit = route.limits.max_bytes;
    if head.size == 0 {
        return Err(Rejection::new(Code::Malformed, "the object is empty")
            .with_remedy("Upload the picture once more; the upload may have been cut short."));
    }
    if head.size > limit {
        let message = format!("the object has {} bytes; the route allows {limit}", head.size);
        return Err(Rejection::new(Code::LimitExceeded, message).with_remedy(
            "Upload a smaller picture, or raise the route's max_bytes in the pipeline document.",
        ));
    }
    Ok(())
}

/// Of a key under which there is no room for renditions.
pub(super) fn key_too_long() -> Rejection {
    Rejection::new(
        Code::KeyTooLong,
        "the key leaves no room for the renditions' names within S3's 1024 bytes",
    )
}
