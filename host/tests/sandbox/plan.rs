//! Transforms that violate their plan.

use obscura::sandbox::{
    AllowedTypes, Limits, MAX_ATTRIBUTE_BYTES, MAX_ATTRIBUTES, MAX_ATTRIBUTES_JSON, MAX_RENDITIONS,
};

use crate::harness::{Guest, behave};

/// Emits or plans something invalid: `plan-mismatch`, with these words.
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
fn attributes_match_the_contract() {
    for bad in ["", "Upper", "under_score", "a b", "ä", "a\n", &"n".repeat(65)] {
        mismatch("emit-attribute-named", 0, bad, "a name has 1 to 64 characters of a-z, 0-9 and -");
    }
    // In a value, misleading characters are replaced.
    let guest = Guest::hostile();
    let trial = guest.run(&behave("emit-attributes", 1, "a\nb\u{1}c\u{202e}d"), Limits::default());
    assert_eq!(trial.rendition().attributes, [("a-0".to_owned(), "a b c d".to_owned())]);
}

#[test]
fn the_largest_plan_with_the_largest_attributes_makes_a_small_record() {
    let guest = Guest::hostile();
    // The maximum of one rendition, with the characters that JSON escapes longest.
    let value = "\"".repeat(MAX_ATTRIBUTE_BYTES / MAX_ATTRIBUTES - 4);
    let fits = MAX_ATTRIBUTES_JSON / (2 * MAX_ATTRIBUTE_BYTES) - 1;
    let emit = |renditions: usize| {
        let parameters = serde_json::json!({
            "behave": "emit-all-attributes", "amount": renditions, "text": value,
        });
        guest.run(&parameters.to_string(), Limits::default())
    };
    let trial = emit(MAX_RENDITIONS);
    let failure = trial.failure();
    assert_eq!(failure.code().as_str(), "plan-mismatch", "{failure}");
    assert!(failure.to_string().contains("524288 bytes"), "{failure}");
    assert!(emit(fits).run.outcome.is_ok());

    // The largest record: the accepted values, and the maximum number of renditions, each with the
    // longest key, of only control characters.
    let key = "\u{1}".repeat(1024);
    let entry = |attributes: &[(String, String)]| {
        serde_json::json!({
            "name": "n".repeat(64), "key": key, "media_type": "m".repeat(127), "bytes": u64::MAX,
            "sha256": "f".repeat(64), "etag": "e".repeat(100), "width": u32::MAX,
            "height": u32::MAX, "attributes": attributes,
        })
    };
    let mut record: Vec<_> = trial.renditions.iter().map(|one| entry(&one.attributes)).collect();
    record.resize(MAX_RENDITIONS, entry(&[]));
    let size = serde_json::to_vec_pretty(&record).unwrap().len();
    assert!(size < 2 << 20, "{size} of the 4 MiB that are read again");
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
    mismatch("plan-no-media-type", 0, "", "it has 0 media types; 1 to 8");
    mismatch("plan-media-types", 9, "", "it has 9 media types; 1 to 8");
    let odd = "image/png; a=\"\u{1}\"";
    for bad in ["", "jpeg", "image/", "image/jpeg\r\nx-evil: 1", odd, &"a/".repeat(65)] {
        mismatch("plan-media-type", 0, bad, "is not a media type");
    }
}

#[test]
fn what_a_browser_runs_is_not_planned_unless_a_route_allows_it() {
    let guest = Guest::hostile();
    for bad in ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"] {
        let failure = guest.ends_in("media-type-not-allowed", &behave("plan-media-type", 0, bad));
        assert_eq!(
            failure.to_string(),
            format!("`result` is planned as {bad}, which is not allowed here")
        );
        let only = AllowedTypes::only([bad.to_owned()]);
        let wider = guest.transform().clone().allowing(only);
        wider.plan(&behave("plan-media-type", 0, bad)).unwrap();
        assert_eq!(
            wider.plan(&behave("well", 0, "")).unwrap_err().code().as_str(),
            "media-type-not-allowed"
        );
    }
}

#[test]
fn a_name_is_planned_once() {
    mismatch("plan-twice", 0, "", "it is planned twice");
}

#[test]
fn a_plan_has_an_end() {
    let guest = Guest::hostile();
    assert_eq!(guest.transform().plan(&behave("plan-many", 128, "")).unwrap().len(), 128);
    mismatch("plan-many", 129, "", "129 renditions; 128 are allowed");
}

#[test]
fn a_mismatch_does_not_list_everything() {
    let failure = Guest::hostile().ends_in("plan-mismatch", &behave("omit", 128, ""));
    let text = failure.to_string();
    assert!(text.contains("and 122 more, but did not emit it"), "{text}");
}

#[test]
fn planning_has_no_picture() {
    mismatch("plan-emit", 0, "", "do it in `transform`");
    // The same if it is asked alone.
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
fn a_description_describes_the_transform() {
    let first = Guest::new("echo").transform().describe().unwrap();
    assert_eq!((first.name.as_str(), first.version.as_str()), ("echo", "1.0.0"));
    assert_eq!(first.accepts, ["image/jpeg", "image/png", "image/gif", "image/webp"]);
    assert_eq!(first.default_parameters, r#"{"rendition":"original"}"#);
    let schema: serde_json::Value = serde_json::from_str(&first.parameters_schema).unwrap();
    assert_eq!(schema["properties"]["rendition"]["type"], "string");
    let next = Guest::new("echo-next").transform().describe().unwrap();
    assert_eq!((next.name.as_str(), next.version.as_str()), ("echo", "2.0.0"));
}
