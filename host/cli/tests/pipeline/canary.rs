//! Canaries: a share of the pictures for a new component.

use obscura::component::{Channel, Pointer, Pointers, Trial, artifact_key};
use obscura::digest::Digest;
use obscura::document::Canary;
use obscura::key::SourceKey;
use obscura::outcomes::{Ledger, Review, RouteCounts, TakenBack};
use obscura::sandbox::ENGINE_ID;
use obscura_local::{Fault, Matcher};
use serde_json::{Value, json};

use crate::stage::pictures::jpeg;
use crate::stage::{COMPONENTS, DESTINATION, SOURCE, Setup, Stage};

/// A route with a canary.
pub(crate) fn route(canary: &Value) -> Value {
    json!({
        "name": "all", "transform": "echo", "canary": canary,
        "limits": { "max_seconds": 1.0, "max_memory_mib": 64 },
    })
}

/// `echo` is stable, and `echo-faulty` is the canary of this share.
pub(crate) async fn stage(environments: usize, canary: &Value) -> (Stage, Trial) {
    tried(Setup::new(&["fixture-echo"], route(canary)).environments(environments)).await
}

async fn tried(setup: Setup) -> (Stage, Trial) {
    let stage = setup.start().await;
    let candidate = stage.canary("fixture-echo-faulty").await;
    let active = stage.publish("fixture-echo").await;
    let since = pointer(&stage, Channel::Canary).await.activated_at;
    let transform = "echo".parse().unwrap();
    (stage, Trial { transform, candidate, active, since })
}

pub(crate) async fn pointer(stage: &Stage, channel: Channel) -> Pointer {
    let pointers = Pointers::new(stage.store.clone(), COMPONENTS);
    pointers.read(&"echo".parse().unwrap(), channel).await.unwrap().value.unwrap()
}

/// The counts of all environments for the route.
pub(crate) async fn counts(stage: &Stage, trial: &Trial) -> RouteCounts {
    let totals = Ledger::new(stage.store.clone(), COMPONENTS).totals(trial).await.unwrap();
    totals.routes.get("all").cloned().unwrap_or_default()
}

/// The publish function's work for each written shard.
pub(crate) async fn review(stage: &Stage) -> Option<TakenBack> {
    let review = Review::new(stage.store.clone(), COMPONENTS);
    let mut taken_back = None;
    for key in stage.store.list(COMPONENTS, "outcomes/").await.unwrap() {
        taken_back = review.consider(&key).await.unwrap().or(taken_back);
    }
    taken_back
}

async fn digest(stage: &Stage, key: &str) -> Digest {
    let manifest = stage.manifest(key).await;
    serde_json::from_value(manifest["steps"][0]["transform"]["digest"].clone()).unwrap()
}

#[tokio::test]
async fn a_key_meets_the_same_component_every_time() {
    let (stage, trial) = stage(2, &json!({ "weight": 0.4 })).await;
    let keys: Vec<String> = (0..20).map(|number| format!("{number}.jpg")).collect();
    for key in &keys {
        stage.put(SOURCE, key, jpeg(key)).await;
    }
    stage.local.idle().await;
    let share = Canary { weight: 0.4, ..Canary::default() };
    let mut theirs = 0;
    for key in &keys {
        let taken = share.takes(trial.candidate, &SourceKey::literal(key));
        theirs += u64::from(taken);
        let expected = if taken { trial.candidate } else { trial.active };
        assert_eq!(digest(&stage, key).await, expected, "{key}");
    }
    assert!((1..20).contains(&theirs));
    let counted = counts(&stage, &trial).await;
    assert_eq!((counted.canary.pictures, counted.canary.failures()), (theirs, 0));
    // A repeated event gets the same component, and has nothing to do.
    for key in &keys {
        let etag = stage.manifest(key).await["source"]["etag"].clone();
        stage.deliver(Stage::event(key, etag.as_str())).await;
        assert_eq!(stage.outcomes(key), ["rendered", "unchanged"], "{key}");
    }
    assert_eq!(counts(&stage, &trial).await.canary.pictures, theirs);
}

#[tokio::test]
async fn a_picture_counts_once_even_if_its_record_moves_meanwhile() {
    for versioned in [true, false] {
        let mut route = route(&json!({ "weight": 1.0 }));
        if versioned {
            route["key_template"] = json!("{key}/{version}/{rendition}.{extension}");
        }
        let (stage, trial) = tried(Setup::new(&["fixture-echo"], route)).await;
        let record = Matcher::any().operation("PutObject").bucket(DESTINATION);
        let record = record.key_prefix("1.jpg/manifest.json");
        stage.local.faults().fail_next(1, record, Fault::Error("PreconditionFailed", 412));
        stage.upload("1.jpg", jpeg("1")).await;
        assert!(stage.local.faults().is_clear());
        assert_eq!(digest(&stage, "1.jpg").await, trial.candidate);
        let counted = counts(&stage, &trial).await.canary;
        assert_eq!((counted.pictures, counted.failures()), (1, 0), "versioned: {versioned}");
    }
}

#[tokio::test]
async fn without_a_canary_or_a_share_everything_is_stable() {
    let setup = Setup::new(&["fixture-echo"], route(&json!({ "weight": 1.0 })));
    let stage = setup.start().await;
    let stable = stage.publish("fixture-echo").await;
    stage.upload("1.jpg", jpeg("1")).await;
    assert_eq!(digest(&stage, "1.jpg").await, stable);
    stage.canary("fixture-echo-faulty").await;
    stage.routes(json!([{ "name": "all", "transform": "echo" }])).await;
    stage.upload("2.jpg", jpeg("2")).await;
    assert_eq!(digest(&stage, "2.jpg").await, stable);
    assert!(stage.store.list(COMPONENTS, "outcomes/").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_failing_canary_loses_no_picture_and_refusals_by_stable_are_excused() {
    let (stage, trial) = stage(1, &json!({ "weight": 1.0 })).await;
    let failures = [
        ("trap.jpg", "please trap", "transform-trapped"),
        ("loop.jpg", "please loop", "time-exceeded"),
        ("allocate.jpg", "please allocate", "memory-exceeded"),
        ("refuse.jpg", "please refuse", "malformed"),
    ];
    for (key, text, code) in failures {
        let etag = stage.upload(key, jpeg(text)).await;
        assert_eq!(stage.error_code(key).await, None, "{key}");
        let manifest = stage.manifest(key).await;
        assert_eq!(manifest["steps"][0]["transform"]["digest"], trial.active.to_string(), "{key}");
        assert_eq!(manifest["steps"][0]["canary"]["digest"], trial.candidate.to_string(), "{key}");
        assert_eq!(manifest["steps"][0]["canary"]["code"], code, "{key}");
        assert_eq!(stage.object(&format!("{key}/original.jpg")).await.unwrap().body, jpeg(text));
        stage.deliver(Stage::event(key, Some(&etag))).await;
        assert_eq!(stage.outcomes(key), ["rendered", "unchanged"], "{key}");
        // The log names the component that rendered.
        let lines = stage.lines();
        let mut done = lines.iter().filter(|line| line["key"] == key && line["message"] == "done");
        assert!(done.all(|line| line["digest"] == trial.active.to_string()), "{key}: {lines:?}");
        let counted = counts(&stage, &trial).await.canary;
        assert_eq!(counted.failures[code], 1, "{counted:?}");
    }
    let etag = stage.upload("bad.jpg", jpeg("refuse in any case")).await;
    assert_eq!(stage.error_code("bad.jpg").await.as_deref(), Some("malformed"));
    stage.deliver(Stage::event("bad.jpg", Some(&etag))).await;
    assert_eq!(stage.outcomes("bad.jpg"), ["malformed", "malformed"]);
    let counted = counts(&stage, &trial).await.canary;
    assert_eq!((counted.pictures, counted.failures()), (5, 4));
    assert_eq!(counted.excused["malformed"], 1);
    assert_eq!(stage.dead_letters(), 0);
    assert_eq!(stage.started().len(), 1, "the process lives");
}

#[tokio::test]
async fn a_canary_that_cannot_be_loaded_fails_no_event_and_is_taken_back() {
    let (stage, trial) = stage(1, &json!({ "weight": 1.0, "min_pictures": 50 })).await;
    let artifact = artifact_key(&trial.transform, trial.candidate, ENGINE_ID);
    stage.put(COMPONENTS, &artifact, "something else").await;
    stage.upload("1.jpg", jpeg("1")).await;
    assert_eq!(digest(&stage, "1.jpg").await, trial.active);
    assert_eq!(counts(&stage, &trial).await.canary.failures["artifact-corrupt"], 1);
    stage.upload("2.jpg", jpeg("2")).await;
    assert_eq!(review(&stage).await.unwrap().trial, trial);
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn a_bad_canary_is_withdrawn_by_the_counts_of_all_environments() {
    let (stage, trial) = stage(3, &json!({ "weight": 0.5, "min_pictures": 20 })).await;
    upload_sixty(&stage).await;
    let shards = stage.store.list(COMPONENTS, &trial.prefix()).await.unwrap();
    assert!(shards.len() >= 2, "only {} environment had the canary", shards.len());
    let report = review(&stage).await.expect("it is bad");
    assert_eq!((report.trial.clone(), report.route.as_str()), (trial.clone(), "all"));
    assert!(report.exceeded.to_string().contains("max_error_rate"), "{}", report.exceeded);
    let withdrawn = pointer(&stage, Channel::Canary).await.withdrawn.unwrap();
    assert!(withdrawn.reason.contains("`all`"), "{}", withdrawn.reason);
    let key = format!("reports/echo/taken-back/{}.json", trial.candidate);
    assert!(stage.store.head(COMPONENTS, &key).await.unwrap().is_some());
    // One failure is enough: all pictures get the stable component from now on.
    assert!(review(&stage).await.is_none());
    for number in 60..70 {
        let key = format!("{number}.jpg");
        stage.upload(&key, jpeg("later")).await;
        assert_eq!(digest(&stage, &key).await, trial.active);
    }
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn the_publish_function_takes_a_bad_canary_back_by_itself() {
    let route = route(&json!({ "weight": 0.5, "min_pictures": 20 }));
    let setup = Setup::new(&["fixture-echo"], route).environments(2).publishers(1);
    let (stage, trial) = tried(setup).await;
    upload_sixty(&stage).await;
    let withdrawn = pointer(&stage, Channel::Canary).await.withdrawn.expect("nobody took it back");
    assert!(withdrawn.reason.contains("`all`"), "{}", withdrawn.reason);
    let key = format!("reports/echo/taken-back/{}.json", trial.candidate);
    assert!(stage.store.head(COMPONENTS, &key).await.unwrap().is_some());
    stage.upload("later.jpg", jpeg("later")).await;
    assert_eq!(digest(&stage, "later.jpg").await, trial.active);
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn a_slow_canary_is_taken_back_by_itself() {
    let route = route(&json!({ "weight": 0.5, "min_pictures": 10, "max_slowdown": 2.0 }));
    let setup = Setup::new(&["fixture-echo"], route).environments(2).publishers(1);
    let (stage, trial) = tried(setup).await;
    for number in 0..60 {
        stage.put(SOURCE, &format!("{number}.jpg"), jpeg("please dawdle")).await;
    }
    stage.local.idle().await;
    let withdrawn = pointer(&stage, Channel::Canary).await.withdrawn.expect("nobody took it back");
    assert!(withdrawn.reason.contains("max_slowdown"), "{}", withdrawn.reason);
    assert_eq!(counts(&stage, &trial).await.canary.failures(), 0);
    assert_eq!(stage.dead_letters(), 0);
}

/// Pictures such that the canary fails on every second one.
async fn upload_sixty(stage: &Stage) {
    for number in 0..60 {
        let text = if number % 2 == 0 { "please trap".to_owned() } else { number.to_string() };
        stage.put(SOURCE, &format!("{number}.jpg"), jpeg(&text)).await;
    }
    stage.local.idle().await;
}
