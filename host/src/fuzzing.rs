//! What `host/fuzz` reaches that nothing else should.

use serde_json::Value;

use crate::code::Code;
use crate::document::Document;
use crate::pipeline::Manifest;

/// The renditions that a request to the deliver function means of a picture with this record, by key or by
/// name.
///
/// # Errors
/// The status of the answer, if it is no request.
pub fn meant(
    payload: &Value,
    prefix: &str,
    document: &Document,
    manifest: &Manifest,
) -> Result<Vec<String>, u16> {
    crate::deliver::meant(payload, prefix, document, manifest)
}

/// The new formats that a header `Accept` names, as the deliver function reads it.
#[must_use]
pub fn accepted(header: &str) -> Vec<&'static str> {
    crate::deliver::accepted(header)
}

/// The path that the deliver function is asked for, decoded. None if it refuses it.
#[must_use]
pub fn path(raw: &str) -> Option<String> {
    crate::deliver::path(raw)
}

/// What the gate does with a component before it compiles it.
///
/// # Errors
/// The code with which it refuses it.
pub fn inspected(component: &[u8]) -> Result<(), Code> {
    crate::gate::inspected(component)
}
