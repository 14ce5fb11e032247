//! Pictures that cannot be rendered.

use serde_json::json;

use crate::stage::pictures::{GRADIENT, TURNED, huge_png, jpeg};
use crate::stage::{DESTINATION, SOURCE, Setup, Stage};

async fn resize() -> Stage {
    Setup::new(&["resize"], json!({ "name": "all", "transform": "resize" })).start().await
}

#[tokio::test]
async fn a_broken_picture_is_a_typed_error_and_is_tried_once() {
    let stage = resize().await;
    for (key, body, code) in [
        ("truncated.jpg", GRADIENT[..GRADIENT.len() / 4].to_vec(), "malformed"),
        ("text.jpg", b"I am not a picture.".to_vec(), "unsupported-format"),
        ("empty.jpg", Vec::new(), "malformed"),
        ("bomb.png", huge_png(), "limit-exceeded"),
    ] {
        stage.upload(key, body).await;
        let Some(error) = stage.error(key).await else { panic!("{key}: {:?}", stage.keys().await) };
        assert_eq!(error["code"], code, "{key}: {error}");
        assert_eq!(error["mend"], "uploader", "{key}");
        let record = stage.manifest(key).await;
        assert_eq!(record["source"]["key"], key);
        assert_eq!(record["steps"][0]["transform"]["name"], "resize");
        assert_eq!(stage.outcomes(key), [code], "{key} was tried once");
    }
    stage.upload("good.jpg", TURNED).await;
    assert_eq!(stage.outcomes("good.jpg"), ["rendered"]);
    assert_eq!(stage.dead_letters(), 0);
    assert_eq!(stage.started().len(), 1);
}

#[tokio::test]
async fn a_known_failure_is_not_tried_again() {
    let stage = resize().await;
    let etag = stage.upload("text.jpg", "I am not a picture.").await;
    stage.local.faults().reset_counts();
    stage.deliver(Stage::event("text.jpg", Some(&etag))).await;
    assert_eq!(stage.outcomes("text.jpg"), ["unsupported-format", "unsupported-format"]);
    assert_eq!(stage.local.faults().count("PutObject", DESTINATION), 0);
}

#[tokio::test]
async fn an_archived_picture_takes_the_place_of_the_one_before() {
    let stage = Stage::echo().await;
    stage.upload("a.jpg", jpeg("1")).await;
    assert_eq!(stage.keys().await.len(), 2);
    let etag = stage.archive("a.jpg", jpeg("2")).await;
    assert_eq!(stage.error_code("a.jpg").await.as_deref(), Some("source-archived"));
    assert_eq!(stage.manifest("a.jpg").await["source"]["etag"], etag);
    assert_eq!(stage.keys().await.len(), 1, "{:?}", stage.keys().await);
    stage.local.faults().reset_counts();
    stage.deliver(Stage::event("a.jpg", Some(&etag))).await;
    assert_eq!(stage.local.faults().count("PutObject", DESTINATION), 0);

    stage.restore("a.jpg").await;
    assert_eq!(stage.error_code("a.jpg").await, None);
    assert_eq!(stage.outcomes("a.jpg").last().unwrap(), "rendered");
    assert_eq!(stage.keys().await.len(), 2);
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn renditions_stay_when_their_picture_is_archived() {
    let stage = Stage::echo().await;
    stage.upload("a.jpg", jpeg("1")).await;
    let before = stage.manifest("a.jpg").await;
    stage.archive("a.jpg", jpeg("1")).await;
    assert_eq!(stage.manifest("a.jpg").await, before);
    assert_eq!(stage.keys().await.len(), 2);
}

#[tokio::test]
async fn a_picture_that_vanished_before_its_event_came_leaves_nothing() {
    let stage = Stage::echo().await;
    stage.deliver(Stage::event("gone.jpg", Some("0123"))).await;
    assert_eq!(stage.outcomes("gone.jpg"), ["removed"]);
    assert!(stage.keys().await.is_empty());
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn a_key_that_leaves_no_room_is_rejected_and_not_retried() {
    let stage = Stage::echo().await;
    // No manifest fits.
    let longest = "x".repeat(1024);
    stage.upload(&longest, jpeg("1")).await;
    assert_eq!(stage.outcomes(&longest), ["key-too-long"]);
    assert!(stage.keys().await.is_empty());
    // A manifest fits, the rendition does not.
    let parameters = json!({ "rendition": "a-rather-long-name" });
    stage.routes(json!([{ "name": "all", "transform": "echo", "parameters": parameters }])).await;
    let long = "y".repeat(1005);
    stage.upload(&long, jpeg("1")).await;
    assert_eq!(stage.error_code(&long).await.as_deref(), Some("key-too-long"));
    assert_eq!(stage.keys().await.len(), 1);
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn a_picture_over_the_routes_limit_is_refused() {
    let limits = json!({ "max_bytes": 1000 });
    let route = json!({ "name": "all", "transform": "echo", "limits": limits });
    let stage = Setup::new(&["fixture-echo"], route).start().await;
    let etag = stage.upload("a.jpg", jpeg(&"x".repeat(1000))).await;
    assert_eq!(stage.error_code("a.jpg").await.as_deref(), Some("limit-exceeded"));
    // With a higher limit, it is tried again.
    stage.routes(json!([{ "name": "all", "transform": "echo" }])).await;
    stage.deliver(Stage::event("a.jpg", Some(&etag))).await;
    assert_eq!(stage.error_code("a.jpg").await, None);
    assert_eq!(stage.keys().await.len(), 2);
}

#[tokio::test]
async fn renditions_of_an_older_picture_go_when_the_new_one_is_broken_and_the_error_goes_after() {
    let stage = resize().await;
    stage.upload("a.jpg", GRADIENT).await;
    assert_eq!(stage.keys().await.len(), 5);
    stage.upload("a.jpg", &GRADIENT[..GRADIENT.len() / 4]).await;
    assert_eq!(stage.keys().await.into_iter().collect::<Vec<_>>(), ["a.jpg/manifest.json"]);
    stage.upload("a.jpg", TURNED).await;
    let keys = stage.keys().await;
    assert_eq!(keys.len(), 5);
    assert_eq!(stage.error_code("a.jpg").await, None);
    stage.upload("a.jpg", "text").await;
    stage.remove("a.jpg").await;
    assert!(stage.keys().await.is_empty());
    assert!(stage.store.list(SOURCE, "").await.unwrap().is_empty());
}
