//! The step that checks its plan, also with the parameters of live routes.

use super::describe::other_limits;
use super::{Refusal, Setting, Step};
use crate::code::Code;
use crate::sandbox::{Description, Failure, RenditionSpec, Transform};

/// Plan with the defaults and with the parameters of every route. Returns the distinct parameters
/// to render with.
pub(super) fn check(
    transform: &Transform,
    description: &Description,
    routes: &[Setting],
) -> Result<Vec<Setting>, Refusal> {
    let defaults = Setting {
        used_by: "the defaults".to_owned(),
        parameters: description.default_parameters.clone(),
    };
    let planned = plan(transform, &defaults)?;
    // A route without parameters passes an empty text.
    let none = Setting { used_by: "no parameters".to_owned(), parameters: String::new() };
    if plan(transform, &none)? != planned {
        return Err(Refusal::new(
            Code::DefaultsInvalid,
            Step::Plan,
            "its plan without parameters differs from the plan with `default-parameters`",
            "Treat an empty text as the defaults.",
        ));
    }
    let mut settings = vec![defaults];
    for route in routes.iter().filter(|route| !route.parameters.trim().is_empty()) {
        plan(transform, route)?;
        if !settings.iter().any(|known| known.parameters == route.parameters) {
            settings.push(route.clone());
        }
    }
    Ok(settings)
}

fn plan(transform: &Transform, setting: &Setting) -> Result<Vec<RenditionSpec>, Refusal> {
    let Setting { used_by, parameters } = setting;
    let refused = |failure: Failure| match failure {
        Failure::InvalidParameters(message) => Refusal::new(
            Code::ParametersRefused,
            Step::Plan,
            format!("it does not accept the parameters of {used_by}: {message}"),
            "Accept them, or change the pipeline document first.",
        ),
        failure => {
            let what = format!("`plan` failed with the parameters of {used_by}");
            Refusal::of_failure(Step::Plan, &what, &failure)
        }
    };
    let planned = transform.plan(parameters).map_err(refused)?;
    if planned != transform.plan_within(parameters, other_limits()).map_err(refused)? {
        return Err(Refusal::new(
            Code::NotDeterministic,
            Step::Plan,
            format!("`plan` gave two different answers for the parameters of {used_by}"),
            "Let it depend only on the parameters.",
        ));
    }
    if planned.is_empty() {
        return Err(Refusal::new(
            Code::PlanEmpty,
            Step::Plan,
            format!("it plans no rendition with the parameters of {used_by}"),
            "Plan at least one, or refuse the parameters.",
        ));
    }
    Ok(planned)
}
