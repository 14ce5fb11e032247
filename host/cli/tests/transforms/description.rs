//! The transforms' descriptions.

use serde_json::Value;

use crate::guests::{Guest, all};

fn mistake(guest: &Guest, parameters: &str) -> String {
    let failure = guest.transform.plan(parameters).expect_err(guest.name);
    assert_eq!(failure.code().as_str(), "invalid-parameters", "{}: {failure}", guest.name);
    failure.to_string()
}

#[test]
fn a_description_is_complete_and_always_the_same() {
    for guest in all() {
        let said = guest.transform.describe().unwrap();
        assert_eq!(format!("{said:?}"), format!("{:?}", guest.transform.describe().unwrap()));
        assert_eq!(said.name, guest.name);
        assert_eq!(said.version.split('.').count(), 3, "{}", said.version);
        assert!(said.summary.ends_with('.'), "{}", said.summary);
        assert_eq!(said.accepts, guest.reads);
    }
}

#[test]
fn the_schema_describes_the_defaults() {
    for guest in all() {
        let said = guest.transform.describe().unwrap();
        let schema: Value = serde_json::from_str(&said.parameters_schema).unwrap();
        let defaults: Value = serde_json::from_str(&said.default_parameters).unwrap();
        assert_eq!(schema["type"], "object", "{}", guest.name);
        assert_eq!(schema["additionalProperties"], false, "{}", guest.name);
        for (name, field) in schema["properties"].as_object().unwrap() {
            assert!(defaults.get(name).is_some(), "{}: {name} has no default", guest.name);
            assert!(field.get("description").is_some(), "{}: {name}", guest.name);
        }
    }
}

#[test]
fn a_plan_depends_on_the_parameters_alone() {
    for guest in all() {
        let plan = guest.transform.plan(&guest.defaults()).unwrap();
        assert!(!plan.is_empty(), "{}", guest.name);
        let again = guest.transform.plan(&guest.defaults()).unwrap();
        assert_eq!(format!("{plan:?}"), format!("{again:?}"));
        // No text means the defaults.
        assert_eq!(format!("{plan:?}"), format!("{:?}", guest.transform.plan("").unwrap()));
    }
}

#[test]
fn mistakes_in_parameters_are_named() {
    for guest in all() {
        assert!(mistake(guest, r#"{"nonsense": 1}"#).contains("nonsense"), "{}", guest.name);
        mistake(guest, "{");
        mistake(guest, "[1]");
        mistake(guest, "7");
    }
}
