//! Documents that are proved before they become active.

use obscura::digest::Digest;
use obscura::gate::Prover;
use obscura::publish::{DocumentOutcome, DocumentReport, Documents, Outcome};
use serde_json::{Value, json};

use crate::publish::{stored, upload};
use crate::stage::pictures::jpeg;
use crate::stage::{COMPONENTS, Setup, Stage, tuned};

const ONE: &str = "routes[0].steps[0]";
const TWO: &str = "routes[0].steps[1]";

/// Put a document, and wait for the report on it.
async fn put(stage: &Stage, document: &str) -> DocumentReport {
    let etag = stage.put(COMPONENTS, "pipeline.json", document.to_owned()).await;
    stage.local.idle().await;
    let report = stored(stage, "reports/pipeline.json").await;
    let report = report.unwrap_or_else(|| panic!("no report: {}", stage.text()));
    let report: DocumentReport = serde_json::from_slice(&report).unwrap();
    assert_eq!(report.etag, Some(etag));
    // Until every process has read it.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    report
}

fn document(steps: Value) -> String {
    json!({ "version": 2, "routes": [{ "name": "all", "steps": steps }] }).to_string()
}

/// The result of a picture that is uploaded now.
async fn rendition(stage: &Stage, key: &str) -> String {
    stage.upload(key, jpeg("1")).await;
    stage.manifest(key).await["renditions"][0]["name"].as_str().unwrap().to_owned()
}

fn named(name: &str) -> String {
    document(json!([{ "transform": "echo", "parameters": { "rendition": name } }]))
}

#[tokio::test]
async fn a_document_that_would_break_live_pictures_never_reaches_one() {
    let stage = Setup::echo().gated().start().await;
    // The first document is proved.
    stage.local.idle().await;
    let wasm = tuned("well", "hostile", "1.0.0");
    let report = upload(&stage, "incoming/hostile/well.wasm", wasm).await;
    assert_eq!(report.outcome, Outcome::Active, "{report:?}");
    let report = put(&stage, &named("good")).await;
    assert_eq!(report.outcome, DocumentOutcome::Proved, "{report:?}");
    assert_eq!(report.routes[0].pictures.len(), 7, "{report:?}");
    assert_eq!(stored(&stage, "proved/pipeline.json").await.unwrap(), named("good"));
    assert_eq!(rendition(&stage, "0.jpg").await, "good");

    let trap = json!([{ "transform": "hostile", "parameters": { "behave": "trap" } }]);
    for (number, (bad, path)) in [
        ("{".to_owned(), ""),
        (r#"{"version":2,"routes":[{"name":"x"}]}"#.to_owned(), "routes[0].steps"),
        (document(json!([{ "transform": "nobody" }])), "routes[0].steps[0].transform"),
        (document(trap), ONE),
    ]
    .into_iter()
    .enumerate()
    {
        let report = put(&stage, &bad).await;
        assert_eq!(report.outcome, DocumentOutcome::Refused, "{bad}");
        assert_eq!(report.errors[0].path, path, "{report:?}");
        assert_eq!(rendition(&stage, &format!("bad-{number}.jpg")).await, "good", "{bad}");
    }
    let report = put(&stage, &named("better")).await;
    assert_eq!(report.outcome, DocumentOutcome::Proved);
    assert_eq!(report.changes.changed[0].fields, ["steps.echo.parameters"]);
    assert_eq!(report.changes.changed[0].renders_anew, ["echo"]);
    assert_eq!(rendition(&stage, "1.jpg").await, "better");
    // A previously proved document, stored again.
    assert_eq!(put(&stage, &named("good")).await.outcome, DocumentOutcome::Proved);
    assert_eq!(rendition(&stage, "2.jpg").await, "good");
    // The same event twice changes nothing.
    let before = stored(&stage, "reports/pipeline.json").await;
    put(&stage, &named("good")).await;
    assert_eq!(stored(&stage, "reports/pipeline.json").await, before);
    // Without one, the default route applies.
    stage.delete(COMPONENTS, "pipeline.json").await;
    stage.local.idle().await;
    let held = stored(&stage, "proved/pipeline.json").await.unwrap();
    let held: Value = serde_json::from_slice(&held).unwrap();
    assert_eq!(held["routes"][0]["name"], "default");
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn a_document_waits_for_its_component() {
    let stage = Setup::echo().gated().start().await;
    // The first document is proved.
    stage.local.idle().await;
    let wanted = document(json!([{ "transform": "hostile" }]));
    let report = put(&stage, &wanted).await;
    assert_eq!(report.errors[0].path, "routes[0].steps[0].transform", "{report:?}");
    assert_eq!(rendition(&stage, "1.jpg").await, "original");
    let wasm = tuned("well", "hostile", "1.0.0");
    let digest = Digest::of(&wasm);
    upload(&stage, "incoming/hostile/well.wasm", wasm).await;
    assert_eq!(stored(&stage, "proved/pipeline.json").await.unwrap(), wanted);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    stage.upload("2.jpg", jpeg("1")).await;
    let manifest = stage.manifest("2.jpg").await;
    assert_eq!(manifest["steps"][0]["transform"]["digest"], digest.to_string());
}

/// Every mistake that only the components can detect, by its field and its message.
#[tokio::test]
async fn each_mistake_that_components_tell_of_has_its_field_and_message() {
    let stage = Setup::echo().gated().start().await;
    // The first document is proved.
    stage.local.idle().await;
    upload(&stage, "incoming/hostile/well.wasm", tuned("well", "hostile", "1.0.0")).await;
    let prover = Prover::new(env!("CARGO_BIN_EXE_obscura"));
    let documents = Documents::new(stage.store.clone(), COMPONENTS, prover);
    let echo = |more: Value| with(json!({ "transform": "echo" }), more);
    let hostile = |behave: &str, more: Value| {
        let step = json!({ "transform": "hostile", "parameters": { "behave": behave } });
        with(step, more)
    };
    let none = json!({});
    let unknown = Digest::of(b"nobody").to_string();
    let cases: Vec<(Value, String, &str)> = vec![
        (json!([{ "transform": "nobody" }]), format!("{ONE}.transform"), "is not published"),
        (json!([echo(json!({ "digest": unknown }))]), format!("{ONE}.digest"), "has this digest"),
        (
            json!([echo(json!({ "shadow": { "share": 0.5, "digest": unknown } }))]),
            format!("{ONE}.shadow.digest"),
            "has this digest",
        ),
        (
            json!([echo(json!({ "parameters": { "colour": "red" } }))]),
            format!("{ONE}.parameters"),
            "unknown field `colour`",
        ),
        (
            json!([echo(none.clone()), echo(json!({ "name": "b" }))]),
            format!("{TWO}.names"),
            "two renditions would be called `original`",
        ),
        (
            json!([echo(
                json!({ "parameters": { "rendition": "fest" }, "names": "mani{rendition}" })
            )]),
            format!("{ONE}.names"),
            "`manifest` cannot be a rendition's name",
        ),
        (
            json!([echo(none.clone()), echo(json!({ "name": "b", "of": "echo/large" }))]),
            format!("{TWO}.of"),
            "no earlier step makes `echo/large`",
        ),
        (
            json!([hostile("well", none.clone()), echo(json!({ "of": "hostile" }))]),
            format!("{TWO}.of"),
            "`result` is application/octet-stream, but `echo` reads",
        ),
        (
            json!([
                echo(none.clone()),
                hostile("several", json!({ "of": "echo", "replace": true })),
            ]),
            format!("{TWO}.replace"),
            "it plans 3",
        ),
        (json!([hostile("trap", none.clone())]), ONE.to_owned(), "trap"),
        (
            json!([hostile("well", json!({ "limits": { "max_bytes": 10 } }))]),
            ONE.to_owned(),
            "the step allows 10",
        ),
        (
            json!([echo(none.clone()), hostile("trap", json!({ "of": "echo" }))]),
            TWO.to_owned(),
            "in the step `hostile`",
        ),
    ];
    for (steps, path, message) in cases {
        let text = document(steps).into();
        let report = documents.check(&text, None).await.unwrap();
        assert_eq!(report.errors.len(), 1, "{path} {message}: {report:?}");
        assert_eq!(report.errors[0].path, path, "{report:?}");
        assert!(report.errors[0].message.contains(message), "{message}: {report:?}");
        assert!(!report.errors[0].remedy.is_empty());
    }
    // A failure that does not affect the picture is only reported.
    let optional = json!([echo(none.clone()), hostile("trap", json!({ "required": false }))]);
    let report = documents.check(&document(optional).into(), None).await.unwrap();
    assert_eq!(report.outcome, DocumentOutcome::Proved, "{report:?}");
    assert_eq!(report.warnings[0].path, TWO);
    // In a document of version 1, a route is its step.
    let route = json!({ "name": "x", "transform": "echo", "parameters": { "colour": 1 } });
    let first = json!({ "version": 1, "routes": [route] }).to_string();
    let report = documents.check(&first.into(), None).await.unwrap();
    assert_eq!(report.errors[0].path, "routes[0].parameters");
    let route = json!({
        "name": "x", "media_types": ["image/png"], "steps": [{ "transform": "hostile" }],
    });
    let text = json!({ "version": 2, "routes": [route] }).to_string();
    let report = documents.check(&text.into(), None).await.unwrap();
    assert_eq!(report.errors[0].path, format!("{ONE}.transform"));
    assert!(report.errors[0].message.contains("takes only image/png"), "{report:?}");
}

fn with(mut step: Value, more: Value) -> Value {
    step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    step
}
