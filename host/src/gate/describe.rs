//! The step that instantiates it and checks `describe`.

use super::{Refusal, Step};
use crate::code::Code;
use crate::component::TransformName;
use crate::sandbox::{Description, Limits, Transform};

/// Limits that differ from the defaults in everything that a transform can query. The results of
/// `describe` and `plan` must not depend on them.
pub(super) fn other_limits() -> Limits {
    let limits = Limits::default();
    Limits {
        max_pixels: limits.max_pixels / 2,
        max_frames: limits.max_frames / 2,
        max_memory_bytes: limits.max_memory_bytes - (1 << 20),
        ..limits
    }
}

/// Make an instance.
pub(super) fn start(transform: &Transform) -> Result<(), Refusal> {
    let started = transform.start();
    started.map_err(|failure| Refusal::of_failure(Step::Describe, "it does not start", &failure))
}

/// Call `describe` twice, and check the results.
pub(super) fn check(
    transform: &Transform,
    expected: Option<&TransformName>,
) -> Result<Description, Refusal> {
    let failed = |failure| Refusal::of_failure(Step::Describe, "`describe` failed", &failure);
    let description = transform.describe().map_err(failed)?;
    let again = transform.describe_within(other_limits()).map_err(failed)?;
    if description != again {
        return Err(Refusal::new(
            Code::NotDeterministic,
            Step::Describe,
            "`describe` gave two different answers",
            "Return a constant: it must depend neither on limits nor on earlier calls.",
        ));
    }
    if let Some(expected) = expected.filter(|name| name.as_str() != description.name) {
        return Err(Refusal::new(
            Code::NameMismatch,
            Step::Describe,
            format!("it calls itself `{}`, but was uploaded for `{expected}`", description.name),
            format!(
                "Upload it to incoming/{0}/ (`obscura publish --name {0}`), or change its name.",
                description.name
            ),
        ));
    }
    Ok(description)
}
