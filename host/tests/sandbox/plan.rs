//! Transforms that do not keep to their plan.

use obscura::sandbox::Limits;

use crate::harness::{Guest, behave};

/// Emits or plans something wrong: `plan-mismatch`, with these words.
fn mismatch(behaviour: &str, amount: u64, text: &str, words: &str) {
    let failure = Guest::hostile().ends_in("plan-mismatch", &behave(behaviour, amount, text));
    assert!(failure.to_string().contains(words), "{failure}");
}

#[test]
fn nothing_was_emitted() {
    let failure = Guest::hostile().ends_in("no-renditions", &behave("emit-nothing", 0, ""));
    assert!(failure.to_string().contains("any of the 1 planned"), "{failure}");
}

#[test]
fn an_unknown_name() {
    mismatch("emit-unplanned", 0, "surprise", "`surprise`, which it did not plan");
}

#[test]
fn a_name_that_would_leave_its_place() {
    mismatch("emit-unplanned", 0, "../../other/key", "which it did not plan");
}

#[test]
fn a_name_twice() {
    mismatch("emit-twice", 0, "", "or emitted it twice");
}

#[test]
fn another_media_type() {
    mismatch("emit-other-media-type", 0, "text/html", "as text/html, but planned application/");
}

#[test]
fn one_of_two_is_missing() {
    mismatch("omit", 2, "", "planned part-1, but did not emit it");
}

#[test]
fn attributes_are_few_and_short() {
    let guest = Guest::hostile();
    let trial = guest.run(&behave("emit-attributes", 64, "value"), Limits::default());
    assert_eq!(trial.rendition().attributes.len(), 64);
    mismatch("emit-attributes", 65, "value", "more than 64 attributes");
    mismatch("emit-attributes", 1, &"v".repeat(8 * 1024), "8192 bytes");
}

#[test]
fn names_that_cannot_be_keys_are_refused_before_anything_is_read() {
    let long = "n".repeat(65);
    let bad = ["", "../x", "a/b", ".", "..", "Upper", "ü", "a b", "a\0b", "a.jpg", &long];
    for name in bad {
        mismatch("plan-name", 0, name, "a name has 1 to 64 characters");
    }
    for name in ["manifest", "error"] {
        mismatch("plan-name", 0, name, "this name is reserved");
    }
}

#[test]
fn good_names_are_taken() {
    let guest = Guest::hostile();
    for name in ["a", "thumb-2x_dark", &"n".repeat(64)] {
        let plan = guest.transform().plan(&behave("plan-name", 0, name)).unwrap();
        assert_eq!(plan[0].name, name);
    }
}

#[test]
fn media_types_must_be_some() {
    mismatch("plan-no-media-type", 0, "", "at least one valid media type");
    for bad in ["", "jpeg", "image/", "image/jpeg\r\nx-evil: 1", &"a/".repeat(60)] {
        mismatch("plan-media-type", 0, bad, "at least one valid media type");
    }
}

#[test]
fn a_name_is_planned_once() {
    mismatch("plan-twice", 0, "", "it is planned twice");
}

#[test]
fn a_plan_has_an_end() {
    let guest = Guest::hostile();
    assert_eq!(guest.transform().plan(&behave("plan-many", 256, "")).unwrap().len(), 256);
    mismatch("plan-many", 257, "", "257 renditions; 256 are allowed");
}

#[test]
fn planning_has_no_picture() {
    mismatch("plan-emit", 0, "", "do it in `transform`");
    // Nor has it when it is asked alone.
    let failure = Guest::hostile().transform().plan(&behave("plan-emit", 0, "")).unwrap_err();
    assert!(failure.to_string().contains("do it in `transform`"), "{failure}");
}

#[test]
fn planning_can_trap_and_loop_like_anything_else() {
    let guest = Guest::hostile();
    guest.ends_in("transform-trapped", &behave("plan-trap", 0, ""));
    guest.ends_in("time-exceeded", &behave("plan-loop", 0, ""));
    let failure = guest.transform().plan(&behave("plan-loop", 0, "")).unwrap_err();
    assert_eq!(failure.to_string(), "the transform did not finish within 5.0 s");
}

#[test]
fn parameters_that_it_does_not_take() {
    let guest = Guest::hostile();
    for parameters in ["{", "{} and more", "{\"behaves\": 1}", "{\"behave\": \"nonsense\"}"] {
        guest.ends_in("invalid-parameters", parameters);
        assert_eq!(
            guest.transform().plan(parameters).unwrap_err().code().as_str(),
            "invalid-parameters"
        );
    }
}

#[test]
fn a_description_is_awaited_no_longer_than_five_seconds() {
    let failure = Guest::new("describe-loop").transform().describe().unwrap_err();
    assert_eq!(failure.to_string(), "the transform did not finish within 5.0 s");
}

#[test]
fn a_description_says_what_the_transform_is() {
    let first = Guest::new("echo").transform().describe().unwrap();
    assert_eq!((first.name.as_str(), first.version.as_str()), ("echo", "1.0.0"));
    assert_eq!(first.accepts, ["image/jpeg", "image/png", "image/gif", "image/webp"]);
    assert_eq!(first.default_parameters, r#"{"rendition":"original"}"#);
    let schema: serde_json::Value = serde_json::from_str(&first.parameters_schema).unwrap();
    assert_eq!(schema["properties"]["rendition"]["type"], "string");
    let next = Guest::new("echo-next").transform().describe().unwrap();
    assert_eq!((next.name.as_str(), next.version.as_str()), ("echo", "2.0.0"));
}
