//! Components and documents that change while it runs.

use std::collections::BTreeSet;

use serde_json::json;

use crate::stage::pictures::{jpeg, png};
use crate::stage::{SOURCE, Setup, Stage};

fn set(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[tokio::test]
async fn the_next_upload_is_made_by_the_component_that_was_just_published() {
    let stage = Stage::echo().await;
    let first = stage.publish("fixture-echo").await;
    stage.upload("1.jpg", jpeg("1")).await;
    let second = stage.publish("fixture-echo-next").await;
    assert_ne!(first, second);
    stage.upload("2.jpg", jpeg("2")).await;
    stage.publish("fixture-echo").await;
    stage.upload("3.jpg", jpeg("3")).await;
    for (key, digest, version) in
        [("1.jpg", first, "1.0.0"), ("2.jpg", second, "2.0.0"), ("3.jpg", first, "1.0.0")]
    {
        let manifest = stage.manifest(key).await;
        assert_eq!(manifest["steps"][0]["transform"]["digest"], digest.to_string(), "{key}");
        assert_eq!(manifest["steps"][0]["transform"]["version"], version, "{key}");
        let attributes = &manifest["renditions"][0]["attributes"];
        assert_eq!(*attributes, json!([["echo-version", version]]), "{key}");
    }
    assert_eq!(stage.started().len(), 1, "one process did it all");
}

#[tokio::test]
async fn a_repeat_after_a_swap_renders_again() {
    let stage = Stage::echo().await;
    let etag = stage.upload("1.jpg", jpeg("1")).await;
    let digest = stage.publish("fixture-echo-next").await;
    stage.deliver(Stage::event("1.jpg", Some(&etag))).await;
    assert_eq!(stage.outcomes("1.jpg"), ["rendered", "rendered"]);
    assert_eq!(
        stage.manifest("1.jpg").await["steps"][0]["transform"]["digest"],
        digest.to_string()
    );
    let object = stage.object("1.jpg/original.jpg").await.unwrap();
    assert_eq!(object.metadata["obscura-digest"], digest.to_string());
}

#[tokio::test]
async fn a_route_with_a_digest_stays_with_it() {
    let stage = Stage::echo().await;
    let pinned = stage.publish("fixture-echo").await;
    let stable = stage.publish("fixture-echo-next").await;
    stage
        .routes(json!([
            { "name": "old", "keys": ["old/**"], "transform": "echo", "digest": pinned },
            { "name": "new", "transform": "echo" },
        ]))
        .await;
    stage.upload("old/a.jpg", jpeg("1")).await;
    stage.upload("new/a.jpg", jpeg("1")).await;
    for (key, digest) in [("old/a.jpg", pinned), ("new/a.jpg", stable)] {
        assert_eq!(
            stage.manifest(key).await["steps"][0]["transform"]["digest"],
            digest.to_string()
        );
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_used_keeps_the_last_good_one() {
    let stage = Stage::echo().await;
    let route = |name: &str| json!([{ "name": "all", "transform": "echo", "parameters": { "rendition": name } }]);
    stage.routes(route("good")).await;
    stage.upload("1.jpg", jpeg("1")).await;
    for (number, bad) in [
        "{",
        r#"{"version":3,"routes":[]}"#,
        r#"{"version":1,"routes":[{"name":"x","transform":"echo","colour":"red"}]}"#,
    ]
    .into_iter()
    .enumerate()
    {
        stage.document(bad).await;
        let key = format!("bad-{number}.jpg");
        stage.upload(&key, jpeg("2")).await;
        assert_eq!(stage.manifest(&key).await["renditions"][0]["name"], "good", "{bad}");
    }
    assert!(stage.text().contains("pipeline-document-invalid"));
    stage.routes(route("better")).await;
    stage.upload("3.jpg", jpeg("3")).await;
    assert_eq!(stage.manifest("3.jpg").await["renditions"][0]["name"], "better");
    assert_eq!(stage.started().len(), 1);
}

#[tokio::test]
async fn new_parameters_render_again_and_the_old_rendition_goes() {
    let stage = Stage::echo().await;
    let etag = stage.upload("1.jpg", jpeg("1")).await;
    let parameters = json!({ "rendition": "copy" });
    stage.routes(json!([{ "name": "all", "transform": "echo", "parameters": parameters }])).await;
    stage.deliver(Stage::event("1.jpg", Some(&etag))).await;
    assert_eq!(stage.keys().await, set(&["1.jpg/copy.jpg", "1.jpg/manifest.json"]));
}

#[tokio::test]
async fn routes_match_by_key_and_by_content() {
    let stage = Stage::echo().await;
    let route = |name: &str, keys: &[&str], media_types: &[&str]| {
        json!({
            "name": name, "keys": keys, "media_types": media_types,
            "transform": "echo", "parameters": { "rendition": name },
        })
    };
    stage
        .routes(json!([
            route("avatar", &["*/avatar.*"], &[]),
            route("jpeg", &["photos/**"], &["image/jpeg"]),
            route("png", &["photos/**"], &["image/png"]),
        ]))
        .await;
    let lies = png("a PNG file called JPEG");
    for (key, body) in [
        ("anna/avatar.jpg", jpeg("1")),
        ("photos/deep/down.jpg", jpeg("1")),
        ("photos/lies.jpg", lies),
        ("photos/text.jpg", b"not a picture at all".to_vec()),
        ("deep/down/avatar.jpg", jpeg("1")),
    ] {
        stage.upload(key, body).await;
    }
    assert_eq!(
        stage.keys().await,
        set(&[
            "anna/avatar.jpg/avatar.jpg",
            "anna/avatar.jpg/manifest.json",
            "photos/deep/down.jpg/jpeg.jpg",
            "photos/deep/down.jpg/manifest.json",
            "photos/lies.jpg/png.png",
            "photos/lies.jpg/manifest.json",
        ])
    );
    assert_eq!(stage.outcomes("photos/text.jpg"), ["ignored"]);
    assert_eq!(stage.outcomes("deep/down/avatar.jpg"), ["ignored"]);
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn a_picture_that_no_route_takes_any_more_leaves_no_older_one_behind() {
    let stage = Stage::echo().await;
    stage
        .routes(json!([{ "name": "jpeg", "media_types": ["image/jpeg"], "transform": "echo" }]))
        .await;
    stage.upload("a.jpg", jpeg("1")).await;
    assert_eq!(stage.keys().await.len(), 2);
    stage.upload("a.jpg", "text now").await;
    assert_eq!(stage.keys().await, set(&[]));
    assert_eq!(stage.outcomes("a.jpg"), ["rendered", "ignored"]);
}

#[tokio::test]
async fn a_slip_in_the_document_costs_no_renditions() {
    let stage = Stage::echo().await;
    let etag = stage.upload("a.jpg", jpeg("1")).await;
    stage.routes(json!([{ "name": "x", "keys": ["nothing/*"], "transform": "echo" }])).await;
    stage.deliver(Stage::event("a.jpg", Some(&etag))).await;
    assert_eq!(stage.outcomes("a.jpg"), ["rendered", "ignored"]);
    assert_eq!(stage.keys().await.len(), 2);
}

#[tokio::test]
async fn a_key_template_is_used_and_objects_of_an_older_one_are_removed() {
    let stage = Stage::echo().await;
    let etag = stage.upload("x/1.jpg", jpeg("1")).await;
    assert_eq!(stage.keys().await, set(&["x/1.jpg/original.jpg", "x/1.jpg/manifest.json"]));
    let template = "by-name/{rendition}/{key}.{extension}";
    stage.routes(json!([{ "name": "all", "transform": "echo", "key_template": template }])).await;
    stage.deliver(Stage::event("x/1.jpg", Some(&etag))).await;
    let expected = set(&["by-name/original/x/1.jpg.jpg", "x/1.jpg/manifest.json"]);
    assert_eq!(stage.keys().await, expected);
    stage.remove("x/1.jpg").await;
    assert_eq!(stage.keys().await, set(&[]));
}

#[tokio::test]
async fn without_a_document_everything_goes_through_resize() {
    let stage = Setup::new(&["resize"], json!({ "name": "x", "transform": "echo" })).start().await;
    stage.delete(crate::stage::COMPONENTS, "pipeline.json").await;
    stage.put(SOURCE, "a.jpg", crate::stage::pictures::GRADIENT).await;
    stage.local.idle().await;
    assert_eq!(stage.manifest("a.jpg").await["renditions"].as_array().unwrap().len(), 4);
}
