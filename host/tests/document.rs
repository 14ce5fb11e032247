//! Mistakes in a pipeline document, each refused with its own message and field. Those that only
//! the components can detect are tested on the whole pipeline.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

use obscura::document::{Document, changes};
use serde_json::{Value, json};

/// A document with one route of these steps.
fn of_steps(steps: Value) -> Value {
    json!({ "version": 2, "routes": [{ "name": "a", "steps": steps }] })
}

/// A document with one step that has these additional fields.
fn of_step(more: Value) -> Value {
    of_steps(json!([with(json!({ "transform": "resize" }), more)]))
}

/// A document with one route that has these additional fields.
fn of_route(more: Value) -> Value {
    let route = json!({ "name": "a", "steps": [{ "transform": "resize" }] });
    json!({ "version": 2, "routes": [with(route, more)] })
}

fn with(mut value: Value, more: Value) -> Value {
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

/// A document of these steps with immutable keys.
fn versioned(steps: Value) -> Value {
    let template = "{key}/{version}/{rendition}.{extension}";
    let route = json!({ "name": "a", "key_template": template, "steps": steps });
    json!({ "version": 2, "routes": [route] })
}

/// Two steps: `resize`, and one with these fields.
fn second(more: Value) -> Value {
    of_steps(json!([
        { "transform": "resize" }, with(json!({ "transform": "watermark" }), more)
    ]))
}

fn mistakes() -> Vec<(Value, &'static str, &'static str)> {
    let digest = "0".repeat(64);
    vec![
        (json!({ "routes": [] }), "version", "1 or 2 is expected"),
        (json!({ "version": 3, "routes": [] }), "version", "3 is not known"),
        (json!({ "version": 2 }), "", "missing field `routes`"),
        (json!({ "version": 2, "routes": [], "rotues": [] }), "rotues", "unknown field `rotues`"),
        (of_route(json!({ "name": "" })), "routes[0].name", "a name has 1 to 64 characters"),
        (
            json!({ "version": 2, "routes": [{ "name": "a", "ignore": true }, { "name": "a", "ignore": true }] }),
            "routes[1].name",
            "two routes are called `a`",
        ),
        (of_route(json!({ "keys": [""] })), "routes[0].keys[0]", "matches all keys"),
        (of_route(json!({ "keys": ["a".repeat(1025)] })), "routes[0].keys[0]", "1 to 1024 bytes"),
        (
            of_route(
                json!({ "key_template": format!("{}{{key}}/{{rendition}}", "x".repeat(513)) }),
            ),
            "routes[0].key_template",
            "at most 512",
        ),
        (of_route(json!({ "cache_control": "x".repeat(1025) })), "routes[0].cache_control", "1024"),
        (
            of_route(json!({ "media_types": ["png"] })),
            "routes[0].media_types[0]",
            "not a media type",
        ),
        (of_route(json!({ "ignore": true })), "routes[0].ignore", "has no steps"),
        (of_route(json!({ "steps": [] })), "routes[0].steps", "1 to 16 steps"),
        (of_route(json!({ "metadata": ["Alt"] })), "routes[0].metadata[0]", "cannot be copied"),
        (
            of_route(json!({ "metadata": ["obscura-source"] })),
            "routes[0].metadata[0]",
            "does not begin with `obscura-`",
        ),
        (of_route(json!({ "disposition": "save" })), "routes[0].disposition", "unknown variant"),
        (of_step(json!({ "when": "later" })), "routes[0].steps[0].when", "`uploaded`, `requested`"),
        (of_step(json!({ "when": "requested" })), "routes[0].steps[0].when", "need {version}"),
        (
            versioned(json!([
                { "transform": "resize", "when": "requested" },
                { "transform": "watermark", "of": "resize" },
            ])),
            "routes[0].steps[1].when",
            "a step that reads it must be `requested`, too",
        ),
        (
            versioned(json!([
                { "transform": "resize" },
                { "transform": "watermark", "of": "resize", "when": "requested", "replace": true },
            ])),
            "routes[0].steps[1].replace",
            "is made at upload, but its replacement on request",
        ),
        (of_route(json!({ "cache_control": "ü" })), "routes[0].cache_control", "printable ASCII"),
        (of_route(json!({ "key_template": "{rendition}" })), "routes[0].key_template", "{key}"),
        (of_route(json!({ "key_template": "{key}/{size}" })), "routes[0].key_template", "size"),
        (of_route(json!({ "colour": "red" })), "routes[0].colour", "unknown field `colour`"),
        (of_step(json!({ "transform": "Re/size" })), "routes[0].steps[0].transform", "`Re/size`"),
        (of_step(json!({ "name": "source" })), "routes[0].steps[0].name", "the uploaded picture"),
        (of_step(json!({ "channel": "beta" })), "routes[0].steps[0].channel", "`beta`"),
        (of_step(json!({ "digest": "abc" })), "routes[0].steps[0].digest", "64"),
        (
            of_step(json!({ "digest": digest, "canary": { "weight": 0.1 } })),
            "routes[0].steps[0].canary",
            "with a pinned digest",
        ),
        (
            of_step(json!({ "digest": digest, "channel": "canary" })),
            "routes[0].steps[0].channel",
            "follows no channel",
        ),
        (of_step(json!({ "canary": { "weight": 2 } })), "routes[0].steps[0].canary", "0 to 1"),
        (of_step(json!({ "shadow": { "share": -1 } })), "routes[0].steps[0].shadow", "0 to 1"),
        (of_step(json!({ "parameters": 1 })), "routes[0].steps[0].parameters", "an object"),
        (
            of_step(json!({ "limits": { "max_memory_mib": 4096 } })),
            "routes[0].steps[0].limits",
            "max_memory_mib: 1 to 2048",
        ),
        (
            of_step(json!({ "limits": { "max_seconds": 0 } })),
            "routes[0].steps[0].limits",
            "max_seconds: 0.01 to 890",
        ),
        (
            of_step(json!({ "limits": { "max_pixel": 1 } })),
            "routes[0].steps[0].limits.max_pixel",
            "unknown field `max_pixel`",
        ),
        (
            of_step(json!({ "settable": ["focus"] })),
            "routes[0].steps[0].settable[0]",
            "JSON pointer",
        ),
        (of_step(json!({ "names": "thumb" })), "routes[0].steps[0].names", "neither {rendition}"),
        (
            of_step(json!({ "names": "{input}-x" })),
            "routes[0].steps[0].names",
            "that read renditions",
        ),
        (of_step(json!({ "replace": true })), "routes[0].steps[0].replace", "only a rendition"),
        (of_step(json!({ "of": "large" })), "routes[0].steps[0].of", "there is no step `large`"),
        (
            of_step(json!({ "of": "resize/Large" })),
            "routes[0].steps[0].of",
            "not a rendition's name",
        ),
        (of_step(json!({ "of": [] })), "routes[0].steps[0].of", "at least one rendition"),
        (of_step(json!({ "of": "resize" })), "routes[0].steps[0].of", "`resize` comes later"),
        (
            of_steps(json!([
                { "transform": "a", "of": "b" }, { "transform": "b", "of": "a" }
            ])),
            "routes[0].steps[0].of",
            "`b` comes later",
        ),
        (
            second(json!({ "of": ["source", "resize"] })),
            "routes[0].steps[1].of",
            "cannot be read together",
        ),
        (
            second(json!({ "of": ["resize", "resize"] })),
            "routes[0].steps[1].of",
            "`resize` is named twice",
        ),
        (
            second(json!({ "name": "resize" })),
            "routes[0].steps[1].name",
            "two steps are called `resize`",
        ),
        (
            second(json!({ "of": "resize", "settable": ["/focus"] })),
            "routes[0].steps[1].settable",
            "only the parameters of a step that reads the source",
        ),
        (
            second(json!({ "of": "resize", "replace": true, "required": false })),
            "routes[0].steps[1].replace",
            "neither would be stored",
        ),
        (
            of_steps(json!([
                { "transform": "a", "required": false }, { "transform": "b", "of": "a" }
            ])),
            "routes[0].steps[1].of",
            "`a` is not required",
        ),
        (
            json!({ "version": 1, "routes": [{ "name": "a", "steps": [] }] }),
            "routes[0].steps",
            "unknown field `steps`",
        ),
        (
            json!({ "version": 1, "routes": [
                { "name": "a", "transform": "resize", "limits": { "max_output_mib": 0 } }
            ] }),
            "routes[0].limits",
            "max_output_mib: 1 to 2048",
        ),
    ]
}

#[test]
fn each_mistake_is_refused_by_its_own_message_and_field() {
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    for (document, path, message) in mistakes() {
        let Err(error) = Document::parse(document.to_string().as_bytes()) else {
            wrong.push(format!("{document} is taken"));
            continue;
        };
        if error.path != path || !error.message.contains(message) {
            wrong.push(format!("{document}: {error}\n  expected {path}: {message}"));
        }
        if !seen.insert(error.to_string()) {
            wrong.push(format!("{error} is told of two mistakes"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen.len() >= 30);
}

#[test]
fn likely_mistakes_are_reported() {
    let document = json!({ "version": 2, "routes": [
        { "name": "all", "steps": [{ "transform": "resize" }], "cache_control": "immutable" },
        { "name": "never", "ignore": true },
    ] });
    let document = Document::parse(document.to_string().as_bytes()).unwrap();
    let warnings: Vec<String> = document.warnings().into_iter().map(|one| one.path).collect();
    assert_eq!(warnings, ["routes[0].cache_control", "routes[1].name"]);
}

#[test]
fn changes_are_reported_with_the_steps_to_render_again() {
    let parse = |value: &Value| Document::parse(value.to_string().as_bytes()).unwrap();
    let steps = |width: u64, seconds: u64| {
        json!([
            {
                "transform": "resize", "parameters": { "width": width },
                "limits": { "max_seconds": seconds },
            },
            { "transform": "watermark", "of": "resize" },
            { "transform": "placeholder" },
        ])
    };
    let before = parse(&json!({ "version": 2, "routes": [
        { "name": "a", "keys": ["a/*"], "steps": steps(1, 10) },
        { "name": "b", "steps": steps(1, 10) },
        { "name": "old", "ignore": true },
    ] }));
    assert!(changes(&before, &before).is_empty());
    let after = parse(&json!({ "version": 2, "routes": [
        { "name": "new", "ignore": true },
        { "name": "b", "steps": steps(2, 10) },
        { "name": "a", "keys": ["b/*"], "steps": steps(1, 20) },
    ] }));
    let changes = changes(&before, &after);
    assert_eq!((changes.added, changes.gone), (vec!["new".to_owned()], vec!["old".to_owned()]));
    assert!(changes.reordered);
    let [b, a] = changes.changed.as_slice() else { panic!("{:?}", changes.changed) };
    assert_eq!(b.fields, ["steps.resize.parameters"]);
    assert_eq!(b.renders_anew, ["resize", "watermark"]);
    assert_eq!(a.fields, ["keys", "steps.resize.limits"]);
    assert_eq!(a.renders_anew, [""; 0]);
}
