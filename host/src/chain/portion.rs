//! The renditions of a step that are made in one run.

use serde_json::Value;

use super::Problem;
use crate::document::When;
use crate::sandbox::{Description, RenditionSpec};

/// The marker of a property in a parameter schema: a list of the only names that the transform is
/// to make.
const MARK: &str = "x-obscura-only";

/// Renditions of a step that are made in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Portion {
    /// The renditions.
    pub specs: Vec<RenditionSpec>,
    /// The parameters with which exactly these are made.
    pub parameters: Option<Value>,
    /// Whether they are made on request.
    pub requested: bool,
}

/// How to tell a transform to make only some of its renditions.
#[derive(Debug, Clone, PartialEq)]
pub struct Narrowing {
    property: String,
    defaults: Value,
}

impl Narrowing {
    /// The property of a component's parameter schema that is marked by `x-obscura-only`.
    pub fn of(description: &Description) -> Option<Self> {
        let schema: Value = serde_json::from_str(&description.parameters_schema).ok()?;
        let properties = schema.get("properties")?.as_object()?;
        let marked = |(_, property): &(&String, &Value)| property.get(MARK) == Some(&true.into());
        let (property, _) = properties.iter().find(marked)?;
        let defaults = serde_json::from_str(&description.default_parameters).ok()?;
        Some(Self { property: property.clone(), defaults })
    }

    /// Parameters that restrict a transform to these renditions.
    fn apply(&self, parameters: Option<&Value>, specs: &[RenditionSpec]) -> Option<Value> {
        let mut parameters = parameters.unwrap_or(&self.defaults).clone();
        let names = specs.iter().map(|spec| Value::from(spec.name.as_str())).collect();
        parameters.as_object_mut()?.insert(self.property.clone(), Value::Array(names));
        Some(parameters)
    }
}

/// Split the renditions of a step into runs: one for each requested rendition, if its transform
/// supports that, and one for the others.
///
/// # Errors
/// If only some are made on request and the transform cannot make some of its renditions.
pub fn portions(
    when: &When,
    specs: &[RenditionSpec],
    parameters: Option<&Value>,
    narrowing: Option<&Narrowing>,
) -> Result<Vec<Portion>, Problem> {
    let (requested, uploaded): (Vec<_>, Vec<_>) =
        specs.iter().cloned().partition(|spec| when.is_requested(&spec.name));
    let whole =
        |requested| Portion { specs: specs.to_vec(), parameters: parameters.cloned(), requested };
    if requested.is_empty() {
        return Ok(vec![whole(false)]);
    }
    let narrow = |specs: Vec<RenditionSpec>, requested| {
        let parameters = narrowing?.apply(parameters, &specs)?;
        Some(Portion { specs, parameters: Some(parameters), requested })
    };
    let mut portions = Vec::with_capacity(requested.len() + 1);
    if !uploaded.is_empty() {
        portions.push(narrow(uploaded, false));
    }
    portions.extend(requested.into_iter().map(|spec| narrow(vec![spec], true)));
    match portions.into_iter().collect::<Option<Vec<_>>>() {
        Some(portions) => Ok(portions),
        None if when.is_all_requested() => Ok(vec![whole(true)]),
        None => Err(Problem {
            field: "when",
            message: "its transform can only make all of its renditions; use `requested` for the whole step, or split it into two steps"
                .to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn spec(name: &str) -> RenditionSpec {
        RenditionSpec { name: name.to_owned(), media_types: vec!["image/webp".to_owned()] }
    }

    fn narrowing() -> Narrowing {
        Narrowing { property: "only".to_owned(), defaults: json!({"a": 1}) }
    }

    fn when(text: &str) -> When {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_is_requested_is_made_alone() {
        let specs = [spec("a"), spec("card-1"), spec("b"), spec("card-2")];
        let some = when(r#"{"requested": ["card-*"]}"#);
        let made = portions(&some, &specs, None, Some(&narrowing())).unwrap();
        let names = |portion: &Portion| portion.parameters.as_ref().unwrap()["only"].clone();
        assert_eq!(
            made.iter().map(names).collect::<Vec<_>>(),
            [json!(["a", "b"]), json!(["card-1"]), json!(["card-2"])]
        );
        assert_eq!(made.iter().map(|one| one.requested).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(made[1].parameters, Some(json!({"a": 1, "only": ["card-1"]})));
    }

    #[test]
    fn a_transform_that_makes_all_or_none_is_asked_for_all() {
        let specs = [spec("a"), spec("b")];
        let made = portions(&When::Requested, &specs, None, None).unwrap();
        assert_eq!(made.len(), 1);
        assert!(made[0].requested && made[0].parameters.is_none());
        let some = when(r#"{"requested": ["a"]}"#);
        assert_eq!(portions(&some, &specs, None, None).unwrap_err().field, "when");
    }

    #[test]
    fn what_is_made_at_the_upload_stays_as_it_is() {
        let specs = [spec("a"), spec("b")];
        let made = portions(&When::Uploaded, &specs, None, Some(&narrowing())).unwrap();
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].parameters, None);
    }
}
