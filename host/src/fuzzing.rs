//! Entry points for `host/fuzz` only.

use serde_json::Value;

use crate::code::Code;
use crate::document::Document;
use crate::pipeline::Manifest;

/// The renditions that a request to the deliver function selects from a record, by key or by name.
///
/// # Errors
/// The status of the response, if the request is invalid.
pub fn meant(
    payload: &Value,
    prefix: &str,
    document: &Document,
    manifest: &Manifest,
) -> Result<Vec<String>, u16> {
    crate::deliver::meant(payload, prefix, document, manifest)
}

/// The formats that the deliver function recognises in `Accept`.
#[must_use]
pub fn accepted(header: &str) -> Vec<&'static str> {
    crate::deliver::accepted(header)
}

/// The decoded path of a request. None if it is refused.
#[must_use]
pub fn path(raw: &str) -> Option<String> {
    crate::deliver::path(raw)
}

/// The gate's steps before compilation.
///
/// # Errors
/// The code of the refusal.
pub fn inspected(component: &[u8]) -> Result<(), Code> {
    crate::gate::inspected(component)
}
