//! Transforms that misbehave: each ends with its own typed error, and the process survives.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stage::pictures::jpeg;
use crate::stage::{Setup, Stage};

/// A behaviour of the fixture `hostile`, its amount, and the result.
type Case = (&'static str, u64, &'static str, &'static str);

const CASES: [Case; 18] = [
    ("spin", u64::MAX, "time-exceeded", "author"),
    ("allocate", 0, "memory-exceeded", "author"),
    ("trap", 0, "transform-trapped", "author"),
    ("unreachable", 0, "transform-trapped", "author"),
    ("overflow", 0, "transform-trapped", "author"),
    ("exit", 3, "transform-trapped", "author"),
    ("emit-parts", 64, "output-exceeded", "author"),
    ("emit-nothing", 0, "no-renditions", "author"),
    ("emit-unplanned", 0, "plan-mismatch", "author"),
    ("emit-twice", 0, "plan-mismatch", "author"),
    ("omit", 3, "plan-mismatch", "author"),
    ("open-file", 0, "capability-denied", "author"),
    ("open-file-or-trap", 0, "capability-denied", "author"),
    ("read-environment", 0, "capability-denied", "author"),
    ("plan-trap", 0, "transform-trapped", "author"),
    ("plan-loop", 0, "time-exceeded", "author"),
    ("plan-many", 2_000, "plan-mismatch", "author"),
    ("plan-many", 0, "plan-mismatch", "author"),
];

fn text(behaviour: &str) -> &'static str {
    match behaviour {
        "read-environment" => "AWS_SECRET_ACCESS_KEY",
        "emit-unplanned" => "surprise",
        _ => "/etc/passwd",
    }
}

fn route(name: &str, behaviour: &str, amount: u64) -> Value {
    json!({
        "name": name,
        "keys": [format!("{name}/*")],
        "transform": "hostile",
        "parameters": { "behave": behaviour, "amount": amount, "text": text(behaviour) },
        "limits": { "max_seconds": 1.0, "max_memory_mib": 64 },
    })
}

#[tokio::test]
async fn every_misbehaviour_is_a_typed_error_and_the_next_picture_succeeds() {
    let setup = Setup::new(
        &["fixture-hostile", "fixture-echo"],
        json!({ "name": "x", "transform": "echo" }),
    );
    let stage = setup.start().await;
    let mut routes: Vec<Value> = CASES
        .iter()
        .enumerate()
        .map(|(number, (behaviour, amount, ..))| {
            route(&format!("{number}-{behaviour}"), behaviour, *amount)
        })
        .collect();
    routes.push(json!({ "name": "well", "transform": "echo" }));
    stage.routes(json!(routes)).await;
    stage.upload("well/before.jpg", jpeg("well")).await;
    for (number, (behaviour, _, code, party)) in CASES.iter().enumerate() {
        let key = format!("{number}-{behaviour}/a.jpg");
        let started = Instant::now();
        stage.upload(&key, jpeg("x")).await;
        let took = started.elapsed();
        // Its limit is a second; the rest is for busy machines.
        assert!(took < Duration::from_secs(60), "{behaviour} took {took:?}");
        let Some(error) = stage.error(&key).await else {
            panic!("{behaviour}: no error, but {:?}", stage.keys().await);
        };
        assert_eq!(error["code"], *code, "{behaviour}: {error}");
        assert_eq!(error["mend"], *party, "{behaviour}: {error}");
        for field in ["message", "remedy"] {
            assert!(error[field].as_str().is_some_and(|text| text.len() > 10), "{error}");
        }
        assert_eq!(stage.outcomes(&key), [*code], "{behaviour} was tried once");
    }
    stage.upload("well/after.jpg", jpeg("well")).await;
    assert_eq!(stage.outcomes("well/after.jpg"), ["rendered"]);
    // Only errors, and the two successes.
    let keys = stage.keys().await;
    assert_eq!(keys.len(), CASES.len() + 4, "{keys:?}");
    assert_eq!(stage.dead_letters(), 0);
    assert_eq!(stage.started().len(), 1, "the process lives");
    assert!(!stage.text().contains(&stage.local.credentials().secret_access_key));
}

#[tokio::test]
async fn parameters_that_the_transform_does_not_take_are_the_configurators() {
    let parameters = json!({ "rendition": "x", "colour": "red" });
    let route = json!({ "name": "all", "transform": "echo", "parameters": parameters });
    let stage = Setup::new(&["fixture-echo"], route).start().await;
    stage.upload("a.jpg", jpeg("1")).await;
    let error = stage.error("a.jpg").await.unwrap();
    assert_eq!(error["code"], "invalid-parameters");
    assert_eq!(error["mend"], "configurator");
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn a_failing_component_does_not_damage_what_an_older_one_made() {
    let stage = Stage::echo().await;
    stage.publish("fixture-hostile").await;
    let etag = stage.upload("a.jpg", jpeg("1")).await;
    let before = stage.object("a.jpg/original.jpg").await.unwrap();
    let parameters = json!({ "behave": "emit-parts", "amount": 64 });
    stage
        .routes(json!([{ "name": "all", "transform": "hostile", "parameters": parameters }]))
        .await;
    stage.deliver(Stage::event("a.jpg", Some(&etag))).await;
    assert_eq!(stage.error_code("a.jpg").await.as_deref(), Some("output-exceeded"));
    assert_eq!(stage.object("a.jpg/original.jpg").await.unwrap(), before);
    assert_eq!(stage.manifest("a.jpg").await["source"]["etag"], etag);
    assert_eq!(stage.keys().await.len(), 2);
    // The old component is active again: the failure is resolved.
    stage.routes(json!([{ "name": "all", "transform": "echo" }])).await;
    stage.deliver(Stage::event("a.jpg", Some(&etag))).await;
    assert_eq!(stage.error_code("a.jpg").await, None);
    assert_eq!(stage.keys().await.len(), 2);
}
