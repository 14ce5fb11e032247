//! Renditions that are made on request.

use futures_util::future::join_all;
use obscura::pipeline::Manifest;
use obscura::store::{Condition, Put};
use serde_json::{Value, json};

use crate::stage::pictures::{GRADIENT, TURNED, jpeg};
use crate::stage::{COMPONENTS, DESTINATION, SOURCE, Setup, Stage};

const TEMPLATE: &str = "{key}/{version}/{rendition}.{extension}";
const KEY: &str = "in/a b.jpg";

/// A thumbnail at the upload, a family on request.
fn family() -> Value {
    json!([{
        "transform": "resize",
        "when": { "requested": ["card-*"] },
        "parameters": { "renditions": [
            { "name": "thumb", "width": 20 },
            { "name": "card", "widths": [32, 64], "formats": ["webp", "jpeg"] },
        ] },
    }])
}

async fn stage(packages: &[&'static str], steps: &Value, deliverers: usize) -> Stage {
    let first = json!({ "name": "first", "transform": "resize" });
    let stage = Setup::new(packages, first).deliverers(deliverers).start().await;
    let route = json!({ "name": "all", "steps": steps, "key_template": TEMPLATE });
    stage.document(&json!({ "version": 2, "routes": [route] }).to_string()).await;
    stage
}

async fn manifest(stage: &Stage, key: &str) -> Manifest {
    serde_json::from_value(stage.manifest(key).await).unwrap()
}

fn path(key: &str) -> String {
    format!("/{}", key.replace(' ', "%20"))
}

fn requested(manifest: &Manifest) -> Vec<&str> {
    manifest.requested.iter().map(|one| one.name.as_str()).collect()
}

fn made(manifest: &Manifest) -> Vec<&str> {
    let mut names: Vec<_> = manifest.renditions.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    names
}

fn key_of(manifest: &Manifest, name: &str) -> String {
    manifest.requested.iter().find(|one| one.name == name).unwrap().key.clone()
}

/// The number of reads of the picture.
fn reads(stage: &Stage) -> u64 {
    stage.local.faults().count("GetObject", SOURCE)
}

#[tokio::test(flavor = "multi_thread")]
async fn requested_renditions_are_made_on_the_first_request_and_only_once() {
    let stage = stage(&["resize"], &family(), 1).await;
    stage.upload(KEY, GRADIENT.to_vec()).await;
    let before = manifest(&stage, KEY).await;
    assert_eq!(made(&before), ["thumb"]);
    assert_eq!(
        requested(&before),
        ["card-32-webp", "card-32-jpeg", "card-64-webp", "card-64-jpeg"]
    );
    assert_eq!(stage.keys().await.len(), 2, "a record and a thumbnail");

    let key = key_of(&before, "card-32-webp");
    let answer = stage.ask(&path(&key), &[]).await;
    assert_eq!(answer.is(), (200, ""), "{}", stage.text());
    assert_eq!(answer.header("content-type"), "image/webp");
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    let stored = stage.object(&key).await.unwrap();
    assert_eq!(stored.body, answer.body);
    assert_eq!(stored.cache_control.as_deref(), Some("public, max-age=31536000, immutable"));
    assert_eq!(stored.dimensions().0, 32);
    assert_eq!(answer.header("etag"), format!("\"{}\"", stored.etag));

    let after = manifest(&stage, KEY).await;
    assert_eq!(made(&after), ["card-32-webp", "thumb"]);
    assert_eq!(requested(&after).len(), 3);
    assert_eq!(stage.manifest(KEY).await["cause"], "request");

    let read = reads(&stage);
    assert_eq!(stage.ask(&path(&key), &[]).await.body, answer.body);
    for unknown in ["card-96-webp.webp", "card", "x/y", "0123456789abcdef/card-32-webp.webp"] {
        let answer = stage.ask(&format!("/in/a%20b.jpg/{unknown}"), &[]).await;
        let expected = if unknown == "card" { 200 } else { 404 };
        assert_eq!(answer.status, expected, "{unknown}: {}", stage.text());
    }
    // `card` was the family's largest member, which had to be made.
    assert_eq!(reads(&stage), read + 1);

    // A redelivery changes nothing.
    stage.local.faults().reset_counts();
    stage.deliver(Stage::event(KEY, Some("any"))).await;
    assert_eq!(stage.local.faults().count("PutObject", DESTINATION), 0);
    assert_eq!(made(&manifest(&stage, KEY).await), ["card-32-webp", "card-64-jpeg", "thumb"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overwrite_removes_renditions_on_request_and_a_deletion_everything() {
    let stage = stage(&["resize"], &family(), 1).await;
    stage.upload(KEY, GRADIENT.to_vec()).await;
    let old = key_of(&manifest(&stage, KEY).await, "card-32-webp");
    let first = stage.ask(&path(&old), &[]).await;
    stage.upload(KEY, TURNED.to_vec()).await;
    let now = manifest(&stage, KEY).await;
    assert_eq!(made(&now), ["thumb"]);
    let new = key_of(&now, "card-32-webp");
    assert_ne!(old, new);
    // The older picture's URL shows the older picture as long as it exists.
    assert_eq!(stage.ask(&path(&old), &[]).await.body, first.body);
    assert_ne!(stage.ask(&path(&new), &[]).await.body, first.body);
    let named = stage.ask("/in/a%20b.jpg/card-32.webp", &[]).await;
    assert_eq!(named.body, stage.object(&new).await.unwrap().body);
    stage.remove(KEY).await;
    assert!(stage.keys().await.is_empty(), "{:?}", stage.keys().await);
    for gone in [path(&old), path(&new), "/in/a%20b.jpg/thumb".to_owned()] {
        assert_eq!(stage.ask(&gone, &[]).await.is(), (404, "picture-unknown"), "{gone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_many_renditions_at_once_agree() {
    let widths: Vec<u32> = (1..=8).map(|one| one * 4).collect();
    let steps = json!([{ "transform": "resize", "when": "requested", "parameters": {
        "renditions": [{ "name": "card", "widths": widths, "formats": ["webp", "jpeg"] }] } }]);
    let stage = stage(&["resize"], &steps, 4).await;
    stage.upload(KEY, GRADIENT.to_vec()).await;
    let planned = manifest(&stage, KEY).await.requested;
    assert_eq!(planned.len(), 16);
    // Each twice, in parallel with an event.
    let paths: Vec<String> = planned.iter().chain(&planned).map(|one| path(&one.key)).collect();
    let asked = join_all(paths.iter().map(|path| stage.ask(path, &[])));
    let (answers, ()) = tokio::join!(asked, stage.deliver(Stage::event(KEY, Some("any"))));
    for (answer, path) in answers.iter().zip(&paths) {
        assert_eq!(answer.is(), (200, ""), "{path}: {}", stage.text());
    }
    let (first, second) = answers.split_at(16);
    assert!(first.iter().zip(second).all(|(one, other)| one.body == other.body));
    let after = manifest(&stage, KEY).await;
    assert_eq!((after.renditions.len(), after.requested.len()), (16, 0));
    assert_eq!(stage.keys().await.len(), 17);
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transform_that_makes_all_or_none_makes_all() {
    let steps = json!([
        { "transform": "resize", "parameters": { "renditions": [{ "name": "thumb", "width": 20 }] } },
        { "transform": "echo", "when": "requested", "parameters": { "rendition": "copy" } },
        { "name": "again", "transform": "echo", "of": "echo/copy", "when": "requested" },
    ]);
    let stage = stage(&["resize", "fixture-echo"], &steps, 1).await;
    stage.upload("a.jpg", GRADIENT.to_vec()).await;
    let before = manifest(&stage, "a.jpg").await;
    assert_eq!(made(&before), ["thumb"]);
    // It can have any media type, so there is a key for each.
    let mut again = before.requested.iter().filter(|one| one.step == "again");
    let last = again.find(|one| one.media_type == "image/jpeg").unwrap();
    // Its input is made on request, so that is made, too.
    assert_eq!(stage.ask(&path(&last.key), &[]).await.is(), (200, ""), "{}", stage.text());
    let after = manifest(&stage, "a.jpg").await;
    assert_eq!((after.renditions.len(), after.requested.len()), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_recorded_answered_and_not_tried_again() {
    let steps = json!([
        { "transform": "echo" },
        { "transform": "hostile", "when": "requested",
          "parameters": { "behave": "trap", "amount": 0, "text": "" } },
    ]);
    let stage = stage(&["fixture-echo", "fixture-hostile", "resize"], &steps, 1).await;
    stage.upload("a.jpg", jpeg("x")).await;
    let planned = manifest(&stage, "a.jpg").await;
    assert_eq!(planned.requested.len(), 1, "{planned:?}");
    let asked = path(&planned.requested[0].key);
    let answer = stage.ask(&asked, &[]).await;
    assert_eq!(answer.is(), (422, "transform-trapped"), "{}", stage.text());
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(body["remedy"].as_str().unwrap().contains("publish it again"), "{body}");
    let after = stage.manifest("a.jpg").await;
    assert_eq!((&after["status"], &after["requested"][0]["failed"]), (&json!("ready"), &json!(1)));
    let read = reads(&stage);
    assert_eq!(stage.ask(&asked, &[]).await.is(), (422, "transform-trapped"));
    assert_eq!(reads(&stage), read, "it was not tried again");
}

#[tokio::test(flavor = "multi_thread")]
async fn renditions_carry_a_file_name_and_chosen_metadata() {
    let setup = Setup::new(&["resize"], json!({ "name": "first", "transform": "resize" }));
    let stage = setup.deliverers(1).start().await;
    let route = json!({
        "name": "all", "steps": family(), "key_template": TEMPLATE,
        "disposition": "attachment", "metadata": ["alt", "absent"],
    });
    stage.document(&json!({ "version": 2, "routes": [route] }).to_string()).await;
    let upload = async |alt: &str| {
        let put = Put {
            body: GRADIENT.into(),
            content_type: "image/jpeg",
            metadata: vec![
                ("alt".to_owned(), alt.to_owned()),
                ("other".to_owned(), "x".to_owned()),
            ],
            ..Put::default()
        };
        stage.store.put(SOURCE, KEY, put, Condition::Always).await.unwrap();
        stage.local.idle().await;
        key_of(&manifest(&stage, KEY).await, "card-32-webp")
    };
    let key = upload("a cat").await;
    let answer = stage.ask(&path(&key), &[]).await;
    let name = "attachment; filename*=UTF-8''a%20b-card-32-webp.webp";
    assert_eq!(answer.header("content-disposition"), name, "{}", stage.text());
    let stored = stage.object(&key).await.unwrap();
    assert_eq!(stored.metadata["alt"], "a cat");
    assert!(!stored.metadata.contains_key("other"));
    // The same bytes with different metadata are a different object, with a different key.
    let other = upload("a dog").await;
    assert_ne!(key, other);
    // A retired rendition keeps its metadata.
    let head = stage.store.head(DESTINATION, &key).await.unwrap().unwrap();
    assert_eq!((head.tags, head.metadata["alt"].as_str()), (1, "a cat"));
    assert_eq!(head.content_disposition.as_deref(), Some(name));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_answered_as_http_has_it() {
    let stage = stage(&["resize"], &family(), 1).await;
    stage.upload("a.jpg", GRADIENT.to_vec()).await;
    let ask = async |accept: &str| {
        let answer = stage.ask("/a.jpg/card-64", &[("accept", accept)]).await;
        assert_eq!(answer.header("vary"), "Accept");
        answer.header("content-type").to_owned()
    };
    assert_eq!(ask("image/avif,image/webp,*/*;q=0.8").await, "image/webp");
    assert_eq!(ask("*/*").await, "image/jpeg");
    let hinted = async |headers: &[(&str, &str)]| {
        let answer = stage.ask("/a.jpg/card", headers).await;
        answer.header("etag").to_owned()
    };
    let small = stage.ask("/a.jpg/card-32.jpg", &[]).await;
    assert_eq!(hinted(&[("width", "20")]).await, small.header("etag"));
    assert_ne!(hinted(&[("width", "33")]).await, small.header("etag"));

    let etag = small.header("etag").to_owned();
    let same = stage.ask("/a.jpg/card-32.jpg", &[("if-none-match", &etag)]).await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    let part = stage.ask("/a.jpg/card-32.jpg", &[("range", "bytes=2-4")]).await;
    assert_eq!((part.status, &part.body), (206, &small.body.slice(2..5)));
    assert_eq!(part.header("content-range"), format!("bytes 2-4/{}", small.body.len()));
    let none = stage.ask("/a.jpg/card-32.jpg", &[("range", "bytes=999999-")]).await;
    assert_eq!(none.is(), (416, "range-not-satisfiable"));
    let head = stage.request("HEAD", "/a.jpg/card-32.jpg", &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), small.body.len().to_string());
    let post = stage.request("POST", "/a.jpg/card-32.jpg", &[]).await;
    assert_eq!((post.is(), post.header("allow")), ((405, "method-not-allowed"), "GET, HEAD"));
    for header in ["etag", "last-modified", "content-type", "accept-ranges"] {
        assert!(!small.header(header).is_empty(), "{header}");
    }
    assert_eq!(small.header("x-content-type-options"), "nosniff");
    let record = stage.ask("/a.jpg/manifest.json", &[]).await;
    assert_eq!((record.status, record.header("content-type")), (200, "application/json"));
    let told: Manifest = serde_json::from_slice(&record.body).unwrap();
    assert_eq!(told.source.key, "a.jpg");
}

#[tokio::test]
async fn a_canarys_renditions_on_request_are_counted() {
    let first = json!({ "name": "first", "transform": "echo" });
    let stage = Setup::new(&["fixture-echo"], first).deliverers(1).start().await;
    let mut step = json!({ "transform": "echo", "when": "requested" });
    stage.document(&of_step(&step)).await;
    stage.upload("1.jpg", jpeg("1")).await;
    stage.canary("fixture-echo-faulty").await;
    step["canary"] = json!({ "weight": 1 });
    stage.document(&of_step(&step)).await;
    let answer = stage.ask("/1.jpg/original", &[]).await;
    assert_eq!(answer.is(), (200, ""), "{}", stage.text());
    let counted = stage.store.list(COMPONENTS, "outcomes/").await.unwrap();
    assert_eq!(counted.len(), 1, "{}", stage.text());
}

fn of_step(step: &Value) -> String {
    let route = json!({ "name": "all", "steps": [step], "key_template": TEMPLATE });
    json!({ "version": 2, "routes": [route] }).to_string()
}
