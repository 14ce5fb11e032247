//! Routes of several steps: one record, one download, no rendition made twice.

use std::collections::BTreeSet;

use obscura::pipeline::{Manifest, Status, StepStatus};
use serde_json::{Value, json};

use crate::stage::pictures::{jpeg, png};
use crate::stage::{DESTINATION, SOURCE, Setup, Stage};

const KEY: &str = "a.jpg";
const VERSIONED: &str = "{key}/{version}/{rendition}.{extension}";

async fn stage(steps: Value) -> Stage {
    let stage = Stage::echo().await;
    stage.publish("fixture-hostile").await;
    steps_of(&stage, steps).await;
    stage
}

fn document(steps: &Value, template: &str) -> Value {
    json!({ "version": 2, "routes": [{
        "name": "all", "steps": steps, "key_template": template, "cache_control": "no-cache",
    }]})
}

async fn steps_of(stage: &Stage, steps: Value) {
    stage.document(&document(&steps, "{key}/{rendition}.{extension}").to_string()).await;
}

async fn versioned(stage: &Stage, steps: Value) {
    stage.document(&document(&steps, VERSIONED).to_string()).await;
}

/// A step that stores its input.
fn echo(name: &str, rendition: &str) -> Value {
    json!({ "name": name, "transform": "echo", "parameters": { "rendition": rendition } })
}

/// A step that reads its input and then does this.
fn hostile(name: &str, behave: &str) -> Value {
    json!({
        "name": name, "transform": "hostile",
        "parameters": { "behave": behave, "amount": 1, "text": "x" },
    })
}

fn with(mut step: Value, more: Value) -> Value {
    step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    step
}

async fn manifest(stage: &Stage) -> Manifest {
    serde_json::from_value(stage.manifest(KEY).await).unwrap()
}

fn names(manifest: &Manifest) -> Vec<&str> {
    manifest.renditions.iter().map(|one| one.name.as_str()).collect()
}

fn count(stage: &Stage, operation: &str, bucket: &str) -> u64 {
    stage.local.faults().count(operation, bucket)
}

/// The destination has exactly the objects that the record names.
async fn consistent(stage: &Stage) -> Manifest {
    let manifest = manifest(stage).await;
    let mut expected: BTreeSet<String> = manifest.keys().map(str::to_owned).collect();
    expected.insert(format!("{KEY}/manifest.json"));
    assert_eq!(stage.keys().await, expected);
    for rendition in &manifest.renditions {
        let object = stage.object(&rendition.key).await.unwrap();
        assert_eq!(object.etag, rendition.etag, "{}", rendition.key);
    }
    manifest
}

async fn redeliver(stage: &Stage) {
    stage.local.faults().reset_counts();
    stage.deliver(Stage::event(KEY, Some("any"))).await;
}

#[tokio::test]
async fn steps_share_one_download_and_one_that_is_not_required_costs_only_itself() {
    let trap = with(hostile("bad", "trap"), json!({ "required": false }));
    let stage = stage(json!([echo("first", "one"), echo("second", "two"), trap])).await;
    stage.local.faults().reset_counts();
    stage.upload(KEY, jpeg("1")).await;
    assert_eq!(count(&stage, "GetObject", SOURCE), 1);
    let manifest = consistent(&stage).await;
    assert_eq!(manifest.status, Status::Ready);
    assert_eq!(names(&manifest), ["one", "two"]);
    let [.., bad] = manifest.steps.as_slice() else { panic!() };
    assert_eq!((bad.name.as_str(), bad.status), ("bad", StepStatus::Failed));
    assert_eq!(bad.error.as_ref().unwrap().code.as_str(), "transform-trapped");
    assert_eq!(stage.outcomes(KEY), ["rendered"]);
    let counted = stage.lines().iter().filter(|line| line["StepFailures"] == 1.0).count();
    assert_eq!(counted, 1);
    // It is not tried again until its inputs change.
    redeliver(&stage).await;
    assert_eq!(stage.outcomes(KEY), ["rendered", "unchanged"]);
    assert_eq!(count(&stage, "PutObject", DESTINATION), 0);
}

#[tokio::test]
async fn a_step_reads_renditions_and_takes_their_place() {
    let several = hostile("parts", "several");
    let mark = with(
        echo("mark", "marked"),
        json!({ "of": ["parts/part-0", "parts/part-2"], "replace": true }),
    );
    let copy = with(echo("copy", "copy"), json!({ "of": "mark" }));
    let stage = stage(json!([several, mark, copy])).await;
    stage.upload(KEY, jpeg("1")).await;
    let manifest = consistent(&stage).await;
    assert_eq!(names(&manifest), ["part-1", "part-0", "part-2", "part-0-copy", "part-2-copy"]);
    let of = |name: &str| manifest.renditions.iter().find(|one| one.name == name).unwrap();
    // The input of the watermark is not stored, but recorded.
    assert_eq!(manifest.steps[of("part-0").step].name, "mark");
    assert_eq!(of("part-0").emitted_as.as_deref(), Some("marked"));
    let [parts, ..] = manifest.steps.as_slice() else { panic!() };
    assert_eq!(parts.intermediates.len(), 2);
    let input = manifest.steps[of("part-2-copy").step].input.clone().unwrap();
    assert_eq!((input.step.as_str(), input.rendition.as_str()), ("mark", "part-2"));
    redeliver(&stage).await;
    assert_eq!(stage.outcomes(KEY), ["rendered", "unchanged"]);
}

#[tokio::test]
async fn only_steps_whose_action_has_changed_run() {
    let stage = stage(json!([hostile("parts", "several"), echo("copy", "one")])).await;
    stage.upload(KEY, jpeg("1")).await;
    steps_of(&stage, json!([hostile("parts", "several"), echo("copy", "two")])).await;
    redeliver(&stage).await;
    assert_eq!(names(&consistent(&stage).await), ["part-0", "part-1", "part-2", "two"]);
    // One rendition and the record.
    assert_eq!(count(&stage, "PutObject", DESTINATION), 2);
    let ran: Vec<String> =
        stage.lines().iter().filter_map(|line| line["steps"].as_str().map(str::to_owned)).collect();
    assert!(ran[0].contains("parts") && !ran[1].contains("parts"), "{ran:?}");
    // A missing rendition is made again, and no other is written.
    stage.delete(DESTINATION, "a.jpg/part-1.bin").await;
    redeliver(&stage).await;
    consistent(&stage).await;
    assert_eq!(count(&stage, "PutObject", DESTINATION), 2, "the part and the record");
}

#[tokio::test]
async fn a_rendition_that_is_read_again_comes_from_the_store() {
    let copy = |name: &str| with(echo("copy", name), json!({ "of": "parts/part-1" }));
    let stage = stage(json!([hostile("parts", "several"), copy("one")])).await;
    stage.upload(KEY, jpeg("1")).await;
    steps_of(&stage, json!([hostile("parts", "several"), copy("two")])).await;
    redeliver(&stage).await;
    let manifest = consistent(&stage).await;
    assert_eq!(names(&manifest), ["part-0", "part-1", "part-2", "part-1-two"]);
    assert_eq!(count(&stage, "PutObject", DESTINATION), 2);
}

#[tokio::test]
async fn a_failed_required_step_keeps_the_previous_renditions() {
    let stage = stage(json!([echo("first", "one")])).await;
    let etag = stage.upload(KEY, jpeg("1")).await;
    let before = stage.object("a.jpg/one.jpg").await.unwrap();
    steps_of(&stage, json!([echo("first", "one"), echo("other", "two"), hostile("bad", "trap")]))
        .await;
    stage.deliver(Stage::event(KEY, Some(&etag))).await;
    assert_eq!(stage.error_code(KEY).await.as_deref(), Some("transform-trapped"));
    let manifest = consistent(&stage).await;
    assert_eq!(names(&manifest), ["one"]);
    assert_eq!(stage.object("a.jpg/one.jpg").await.unwrap(), before);
    redeliver(&stage).await;
    assert_eq!(count(&stage, "PutObject", DESTINATION), 0);
    // The next picture has nothing to fall back on.
    stage.upload(KEY, jpeg("2")).await;
    assert_eq!(stage.keys().await.len(), 1);
    // Without the step, everything succeeds.
    steps_of(&stage, json!([echo("first", "one"), echo("other", "two")])).await;
    redeliver(&stage).await;
    assert_eq!(names(&consistent(&stage).await), ["one", "two"]);
}

#[tokio::test]
async fn keys_that_never_change_are_kept_for_the_way_back() {
    let stage = stage(json!([])).await;
    versioned(&stage, json!([echo("copy", "one")])).await;
    stage.upload(KEY, jpeg("1")).await;
    let first = consistent(&stage).await;
    versioned(&stage, json!([echo("copy", "two")])).await;
    redeliver(&stage).await;
    let second = consistent(&stage).await;
    assert_eq!(names(&second), ["two"]);
    assert_eq!(second.retired.len(), 1);
    let old = &first.renditions[0].key;
    assert_eq!(stage.store.head(DESTINATION, old).await.unwrap().unwrap().tags, 1);
    // Reverted: only the record is written.
    versioned(&stage, json!([echo("copy", "one")])).await;
    redeliver(&stage).await;
    let third = consistent(&stage).await;
    assert_eq!(third.renditions, first.renditions);
    assert_eq!(count(&stage, "PutObject", DESTINATION), 1);
    assert_eq!(stage.outcomes(KEY), ["rendered", "rendered", "restored"]);
    assert_eq!(stage.store.head(DESTINATION, old).await.unwrap().unwrap().tags, 0);
    let other = &second.renditions[0].key;
    assert_eq!(stage.store.head(DESTINATION, other).await.unwrap().unwrap().tags, 1);
    redeliver(&stage).await;
    assert_eq!(count(&stage, "PutObject", DESTINATION), 0);
    // A worker died before it tagged the retired renditions.
    stage.store.unmark(DESTINATION, other).await.unwrap();
    redeliver(&stage).await;
    assert_eq!(stage.store.head(DESTINATION, other).await.unwrap().unwrap().tags, 1);
    // One died after writing renditions that no record names.
    let stray = "a.jpg/0123456789abcdef/stray.jpg";
    let mut put = obscura::store::Put { content_type: "image/jpeg", ..Default::default() };
    put.metadata =
        vec![(obscura::pipeline::SOURCE_MARK.to_owned(), obscura::pipeline::source_mark(KEY))];
    stage.store.put(DESTINATION, stray, put, obscura::store::Condition::Always).await.unwrap();
    // Another picture is in the same folder.
    let beside = "a.jpg/0123456789abcdef/x.jpg/one.jpg";
    stage.put(DESTINATION, beside, "another's").await;
    stage.remove(KEY).await;
    assert_eq!(stage.keys().await.into_iter().collect::<Vec<_>>(), [beside]);
}

#[tokio::test]
async fn an_overwrite_and_back_finds_the_renditions_of_the_first_picture() {
    let stage = stage(json!([])).await;
    versioned(&stage, json!([echo("copy", "one")])).await;
    stage.upload(KEY, jpeg("1")).await;
    let first = consistent(&stage).await;
    stage.upload(KEY, png("2")).await;
    assert_eq!(consistent(&stage).await.retired.len(), 1);
    stage.local.faults().reset_counts();
    stage.upload(KEY, jpeg("1")).await;
    assert_eq!(consistent(&stage).await.renditions, first.renditions);
    assert_eq!(count(&stage, "PutObject", DESTINATION), 1);
}

#[tokio::test]
async fn an_uploader_sets_what_the_step_allows_and_nothing_else() {
    let settable = with(echo("copy", "one"), json!({ "settable": ["/rendition"] }));
    let stage = stage(json!([settable])).await;
    let upload = async |wanted: &str| {
        let put = obscura::store::Put {
            body: jpeg("1").into(),
            content_type: "image/jpeg",
            metadata: vec![("obscura-copy".to_owned(), wanted.to_owned())],
            ..Default::default()
        };
        let condition = obscura::store::Condition::Always;
        stage.store.put(SOURCE, KEY, put, condition).await.unwrap();
        stage.local.idle().await;
    };
    upload(r#"{"/rendition":"mine"}"#).await;
    let recorded = consistent(&stage).await;
    assert_eq!(names(&recorded), ["mine"]);
    assert_eq!(recorded.steps[0].parameters, Some(json!({ "rendition": "mine" })));
    // The same bytes with different metadata are a different picture.
    upload(r#"{"/rendition":"yours"}"#).await;
    assert_eq!(names(&consistent(&stage).await), ["yours"]);
    redeliver(&stage).await;
    assert_eq!(count(&stage, "PutObject", DESTINATION), 0);
    for bad in [r#"{"/rendition":"NO"}"#, r#"{"/other":1}"#, "nonsense"] {
        upload(bad).await;
        let error = stage.error(KEY).await.unwrap();
        assert_eq!(error["mend"], "uploader", "{bad}: {error}");
    }
}

#[tokio::test]
async fn colliding_names_and_missing_inputs_are_configuration_errors() {
    let stage = stage(json!([])).await;
    for (steps, said) in [
        (json!([echo("a", "one"), echo("b", "one")]), "two renditions would be called `one`"),
        (
            json!([echo("a", "one"), with(echo("b", "x"), json!({ "of": "a/two" }))]),
            "reads `a/two`, which no earlier step makes",
        ),
        (
            json!([
                hostile("a", "several"),
                with(hostile("b", "several"), json!({ "of": "a/part-0", "replace": true }))
            ]),
            "one is expected of its transform; it plans 3",
        ),
        (json!([with(echo("a", "x"), json!({ "names": "manifest" })), echo("b", "y")]), ""),
    ] {
        if said.is_empty() {
            assert!(
                obscura::document::Document::parse(
                    document(&steps, VERSIONED).to_string().as_bytes()
                )
                .is_err()
            );
            continue;
        }
        steps_of(&stage, steps).await;
        stage.upload(KEY, jpeg(said)).await;
        let error = stage.error(KEY).await.unwrap();
        assert_eq!(error["code"], "route-invalid", "{error}");
        assert!(error["message"].as_str().unwrap().contains(said), "{error}");
    }
}

#[tokio::test]
async fn another_pictures_rendition_is_neither_overwritten_nor_deleted() {
    let stage = stage(json!([echo("copy", "one")])).await;
    let put = obscura::store::Put {
        body: "theirs".into(),
        content_type: "image/jpeg",
        metadata: vec![(
            obscura::pipeline::SOURCE_MARK.to_owned(),
            obscura::pipeline::source_mark("other.jpg"),
        )],
        ..Default::default()
    };
    let key = "a.jpg/one.jpg";
    stage.store.put(DESTINATION, key, put, obscura::store::Condition::Always).await.unwrap();
    stage.upload(KEY, jpeg("1")).await;
    assert_eq!(stage.error_code(KEY).await.as_deref(), Some("key-taken"));
    assert_eq!(stage.object(key).await.unwrap().body, "theirs");
    stage.remove(KEY).await;
    assert_eq!(stage.keys().await.into_iter().collect::<Vec<_>>(), [key]);
}

#[tokio::test]
async fn steps_run_side_by_side_where_there_are_processors() {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        return;
    }
    let slow = |name: &str| {
        json!({
            "name": name, "transform": "hostile", "names": format!("{name}-{{rendition}}"),
            "required": false, "limits": { "max_seconds": 2.0 },
            "parameters": { "behave": "spin", "amount": u64::MAX, "text": "" },
        })
    };
    let stage = stage(json!([echo("copy", "one"), slow("a"), slow("b")])).await;
    stage.upload(KEY, jpeg("1")).await;
    let manifest = consistent(&stage).await;
    let spent: f64 = manifest.steps[1..].iter().map(|step| step.cost.wall_ms).sum();
    let line = stage.lines().into_iter().find(|line| line["outcome"] == "rendered").unwrap();
    let took = line["ms"].as_f64().unwrap();
    assert!(took < spent, "{took} ms for steps that took {spent} ms together");
}

#[tokio::test]
async fn pictures_of_one_event_are_worked_on_together() {
    let mut setup = Setup::echo();
    setup.silent = true;
    let stage = setup.start().await;
    let mut records = Vec::new();
    for number in 0..8 {
        let key = format!("{number}.jpg");
        stage.put(SOURCE, &key, jpeg(&key)).await;
        let event = Stage::event(&key, None);
        records.extend(event["Records"].as_array().unwrap().clone());
    }
    // One of them twice: it is checked once.
    records.push(records[0].clone());
    assert_eq!(stage.invoke(&json!({ "Records": records })).await.unwrap(), Value::Null);
    for number in 0..8 {
        assert_eq!(stage.outcomes(&format!("{number}.jpg")), ["rendered"]);
    }
}

/// The equivalent of this record in version 1.
fn first_version(manifest: &Value) -> Value {
    let step = &manifest["steps"][0];
    json!({
        "version": 1,
        "source": manifest["source"],
        "transform": step["transform"],
        "parameters_sha256": step["parameters_sha256"],
        "route": manifest["route"],
        "renditions": manifest["renditions"],
        "rendered_at": manifest["rendered_at"],
        "cost": step["cost"],
    })
}

#[tokio::test]
async fn records_of_version_1_hold() {
    let stage = Stage::echo().await;
    stage.upload(KEY, jpeg("1")).await;
    let record = format!("{KEY}/manifest.json");
    let first = first_version(&stage.manifest(KEY).await);
    stage.put(DESTINATION, &record, first.to_string()).await;
    redeliver(&stage).await;
    assert_eq!(stage.outcomes(KEY), ["rendered", "unchanged"]);
    assert_eq!(count(&stage, "PutObject", DESTINATION), 0);
    assert_eq!(stage.manifest(KEY).await, first);
    // A failure without renditions.
    stage.upload(KEY, jpeg("refuse in any case")).await;
    let failed = stage.manifest(KEY).await;
    let step = &failed["steps"][0];
    let error = json!({
        "version": 1,
        "source": failed["source"],
        "error": step["error"],
        "transform": step["transform"]["name"],
        "digest": step["transform"]["digest"],
        "parameters_sha256": step["parameters_sha256"],
        "limits": step["limits"],
        "failed_at": failed["rendered_at"],
    });
    stage.delete(DESTINATION, &record).await;
    stage.put(DESTINATION, &format!("{KEY}/error.json"), error.to_string()).await;
    redeliver(&stage).await;
    assert_eq!(stage.outcomes(KEY)[2..], ["malformed", "malformed"]);
    // It is known, and moves into the single record.
    assert_eq!(count(&stage, "PutObject", DESTINATION), 1);
    assert_eq!(stage.keys().await.into_iter().collect::<Vec<_>>(), [record.as_str()]);
    redeliver(&stage).await;
    assert_eq!(count(&stage, "PutObject", DESTINATION), 0);
    // The next picture has one record again.
    stage.upload(KEY, jpeg("2")).await;
    consistent(&stage).await;
    stage.put(DESTINATION, &format!("{KEY}/error.json"), error.to_string()).await;
    stage.remove(KEY).await;
    assert!(stage.keys().await.is_empty());
}
