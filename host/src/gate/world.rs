//! The step that checks imports and exports: names here, types when it is loaded.

use super::shape::Shape;
use super::{Refusal, Step};
use crate::code::Code;
use crate::sandbox::{Artifact, EXPORT, PACKAGE, RefusedImports, Sandbox, Transform, VERSION};

/// The interface's name without its version.
const TRANSFORMER: &str = "obscura:transform/transformer@";

/// Compare the names, before it is compiled.
pub(super) fn check(shape: &Shape) -> Result<(), Refusal> {
    RefusedImports::check(shape.imports.iter().map(String::as_str)).map_err(|imports| {
        let remedy = imports.remedy();
        Refusal::new(Code::ImportNotAllowed, Step::World, imports.to_string(), remedy)
    })?;
    if shape.exports.iter().any(|name| name == EXPORT) {
        return Ok(());
    }
    if let Some(other) = shape.exports.iter().find_map(|name| name.strip_prefix(TRANSFORMER)) {
        return Err(Refusal::new(
            Code::ContractVersionUnsupported,
            Step::World,
            format!("it is built against {PACKAGE}@{}; this host supports {VERSION}", shown(other)),
            "Build it against the wit/ of this version of Obscura, or upgrade Obscura first.",
        ));
    }
    let exports: Vec<String> = shape.exports.iter().take(10).map(|name| shown(name)).collect();
    let found = if exports.is_empty() { "nothing".to_owned() } else { exports.join(", ") };
    Err(Refusal::new(
        Code::WorldMismatch,
        Step::World,
        format!("it exports {found}, but not {EXPORT}"),
        "Build it for the world `transform` of wit/transform.wit; in Rust, use \
         `obscura_sdk::export!`.",
    ))
}

/// Load the compiled component, which checks the types.
pub(super) fn load(sandbox: &Sandbox, artifact: &Artifact) -> Result<Transform, Refusal> {
    Transform::load(sandbox, artifact)
        .map_err(|failure| Refusal::of_failure(Step::World, "it does not link", &failure))
}

fn shown(name: &str) -> String {
    name.chars().take(120).collect()
}
