//! Parameters that an uploader may set for one picture.
//!
//! They are given in the user metadata of the object, under `obscura-<step>`: a JSON object from
//! JSON pointers to values, such as `x-amz-meta-obscura-resize: {"/renditions/*/focus": "top"}`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A JSON pointer (RFC 6901) in which the segment `*` matches any member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Settable(String);

/// The prefix of the metadata's name; the step's name follows.
pub const METADATA_PREFIX: &str = "obscura-";

impl Settable {
    /// Whether an uploader who may set this may set `pointer`: every segment is
    /// the same, or `*` here.
    fn allows(&self, pointer: &str) -> bool {
        let (ours, theirs) = (self.0.split('/'), pointer.split('/'));
        self.0.split('/').count() == pointer.split('/').count()
            && ours.zip(theirs).all(|(ours, theirs)| ours == "*" || ours == theirs)
    }
}

impl TryFrom<String> for Settable {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.starts_with('/') && text.len() > 1 && text.len() <= 200 {
            return Ok(Self(text));
        }
        Err(format!("`{text}` is not a JSON pointer such as /renditions/*/focus"))
    }
}

impl From<Settable> for String {
    fn from(settable: Settable) -> Self {
        settable.0
    }
}

impl JsonSchema for Settable {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Settable".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^/.+", "examples": ["/renditions/*/focus"],
        })
    }
}

/// Apply an uploader's values to `parameters`.
///
/// # Errors
/// A message for the uploader.
pub fn apply(parameters: &mut Value, settable: &[Settable], wanted: &str) -> Result<(), String> {
    let wanted: Map<String, Value> = serde_json::from_str(wanted)
        .map_err(|_| "a JSON object from JSON pointers to values is expected".to_owned())?;
    for (pointer, value) in wanted {
        if !settable.iter().any(|one| one.allows(&pointer)) {
            let shown: String = pointer.chars().take(80).collect();
            return Err(format!("`{shown}` is not one of the parameters that may be set"));
        }
        let segments: Vec<&str> = pointer.split('/').skip(1).collect();
        if set(parameters, &segments, &value) == 0 {
            let shown: String = pointer.chars().take(80).collect();
            return Err(format!("`{shown}` does not exist in the step's parameters"));
        }
    }
    Ok(())
}

/// Set a value at every match of the segments; returns the number of matches. The last segment may
/// name a new member.
fn set(at: &mut Value, segments: &[&str], value: &Value) -> usize {
    let Some((first, rest)) = segments.split_first() else {
        *at = value.clone();
        return 1;
    };
    let name = first.replace("~1", "/").replace("~0", "~");
    match at {
        Value::Object(members) if *first == "*" => {
            members.values_mut().map(|member| set(member, rest, value)).sum()
        }
        Value::Object(members) if rest.is_empty() => {
            members.insert(name, value.clone());
            1
        }
        Value::Object(members) => {
            members.get_mut(&name).map_or(0, |member| set(member, rest, value))
        }
        Value::Array(items) if *first == "*" => {
            items.iter_mut().map(|item| set(item, rest, value)).sum()
        }
        Value::Array(items) => {
            let item = name.parse().ok().and_then(|index: usize| items.get_mut(index));
            item.map_or(0, |item| set(item, rest, value))
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn apply_to(wanted: &str) -> Result<Value, String> {
        let mut parameters =
            json!({ "renditions": [{ "name": "a" }, { "name": "b", "focus": "x" }] });
        let settable = ["/renditions/*/focus", "/metadata"]
            .map(|text| Settable::try_from(text.to_owned()).unwrap());
        apply(&mut parameters, &settable, wanted).map(|()| parameters)
    }

    #[test]
    fn what_may_be_set_is_set_wherever_it_is() {
        let all = apply_to(r#"{"/renditions/*/focus":"top","/metadata":"keep"}"#).unwrap();
        assert_eq!(
            all,
            json!({ "metadata": "keep", "renditions": [
                { "name": "a", "focus": "top" }, { "name": "b", "focus": "top" } ] })
        );
        let one = apply_to(r#"{"/renditions/1/focus":"top"}"#).unwrap();
        assert_eq!(one["renditions"][0].get("focus"), None);
        assert_eq!(one["renditions"][1]["focus"], "top");
    }

    #[test]
    fn nothing_else_can_be_set() {
        for bad in [
            "",
            "[]",
            "{",
            r#"{"/renditions/0/name":"x"}"#,
            r#"{"/renditions":[]}"#,
            r#"{"/renditions/9/focus":"top"}"#,
            r#"{"":{}}"#,
            r#"{"/renditions/0/focus/x":1}"#,
            r#"{"/other":1}"#,
        ] {
            assert!(apply_to(bad).is_err(), "{bad}");
        }
    }
}
