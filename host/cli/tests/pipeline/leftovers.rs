//! Workers that die at the worst moment. The objects that each leaves are stored by the test, and
//! then its event is delivered again.

use obscura::pipeline::Manifest;
use serde_json::json;

use crate::stage::pictures::{jpeg, png};
use crate::stage::{DESTINATION, SOURCE, Setup, Stage};

const KEY: &str = "a.jpg";

/// The destination matches the source, and has nothing else.
async fn converged(stage: &Stage, etag: &str) {
    let manifest: Manifest = serde_json::from_value(stage.manifest(KEY).await).unwrap();
    assert_eq!(manifest.source.etag, etag);
    assert_eq!(stage.keys().await.len(), 1 + manifest.renditions.len());
    for rendition in &manifest.renditions {
        let object = stage.object(&rendition.key).await.unwrap();
        assert_eq!(object.etag, rendition.etag);
        assert_eq!(object.metadata["obscura-source-etag"], etag);
    }
}

/// A picture and its event.
async fn settled() -> (Stage, String) {
    let stage = Stage::echo().await;
    let etag = stage.upload(KEY, jpeg("1")).await;
    (stage, etag)
}

#[tokio::test]
async fn dead_between_the_manifest_and_the_last_look_while_the_source_was_deleted() {
    let (stage, etag) = settled().await;
    stage.local.notifications().hold();
    stage.delete(SOURCE, KEY).await;
    // The deletion's own event came before there was anything to delete, and is consumed.
    stage.invoke(&Stage::event(KEY, Some(&etag))).await.unwrap();
    assert!(stage.keys().await.is_empty(), "renditions of a picture that is gone");
}

#[tokio::test]
async fn dead_between_the_manifest_and_the_last_look_while_the_source_changed() {
    let (stage, etag) = settled().await;
    stage.local.notifications().hold();
    let newer = stage.put(SOURCE, KEY, jpeg("2")).await;
    stage.invoke(&Stage::event(KEY, Some(&etag))).await.unwrap();
    converged(&stage, &newer).await;
}

#[tokio::test]
async fn dead_after_overwriting_the_renditions_of_a_picture_that_came_back() {
    let (stage, etag) = settled().await;
    // It had read another picture, which has been replaced by the first one again.
    stage.put(DESTINATION, "a.jpg/original.jpg", jpeg("2")).await;
    stage.deliver(Stage::event(KEY, Some(&etag))).await;
    converged(&stage, &etag).await;
}

#[tokio::test]
async fn dead_before_the_first_manifest_and_the_next_picture_has_another_format() {
    let stage = Stage::echo().await;
    stage.put(DESTINATION, "a.jpg/original.png", png("1")).await;
    let etag = stage.upload(KEY, jpeg("2")).await;
    converged(&stage, &etag).await;
}

#[tokio::test]
async fn dead_before_the_next_manifest_and_the_picture_after_has_the_old_format() {
    let (stage, _) = settled().await;
    stage.put(DESTINATION, "a.jpg/original.png", png("2")).await;
    let etag = stage.upload(KEY, jpeg("3")).await;
    converged(&stage, &etag).await;
}

#[tokio::test]
async fn dead_before_the_first_manifest_and_the_source_is_deleted() {
    let route = json!({ "name": "png", "media_types": ["image/png"], "transform": "echo" });
    let stage = Setup::new(&["fixture-echo"], route).start().await;
    stage.put(DESTINATION, "a.jpg/original.png", png("1")).await;
    stage.deliver(Stage::event(KEY, None)).await;
    assert!(stage.keys().await.is_empty());
}

#[tokio::test]
async fn dead_before_the_next_manifest_and_the_source_is_deleted() {
    let (stage, _) = settled().await;
    stage.put(DESTINATION, "a.jpg/original.png", png("2")).await;
    stage.remove(KEY).await;
    assert!(stage.keys().await.is_empty());
}

#[tokio::test]
async fn dead_before_the_first_manifest_and_the_next_picture_is_broken() {
    let stage = Stage::echo().await;
    stage.put(DESTINATION, "a.jpg/original.jpg", jpeg("1")).await;
    let etag = stage.upload(KEY, "").await;
    assert_eq!(stage.keys().await.into_iter().collect::<Vec<_>>(), ["a.jpg/manifest.json"]);
    // And once more, when the failure is already recorded.
    stage.put(DESTINATION, "a.jpg/original.jpg", jpeg("1")).await;
    stage.deliver(Stage::event(KEY, Some(&etag))).await;
    assert_eq!(stage.keys().await.into_iter().collect::<Vec<_>>(), ["a.jpg/manifest.json"]);
}

#[tokio::test]
async fn dead_after_a_known_failure_with_the_manifest_of_an_older_picture() {
    let (stage, _) = settled().await;
    let manifest = stage.object("a.jpg/manifest.json").await.unwrap().body;
    let etag = stage.upload(KEY, "").await;
    stage.put(DESTINATION, "a.jpg/original.jpg", jpeg("1")).await;
    stage.put(DESTINATION, "a.jpg/manifest.json", manifest).await;
    stage.deliver(Stage::event(KEY, Some(&etag))).await;
    assert_eq!(stage.keys().await.into_iter().collect::<Vec<_>>(), ["a.jpg/manifest.json"]);
}

#[tokio::test]
async fn a_manifest_that_cannot_be_read_is_replaced() {
    let (stage, etag) = settled().await;
    stage.put(DESTINATION, "a.jpg/manifest.json", "{").await;
    stage.deliver(Stage::event(KEY, Some(&etag))).await;
    converged(&stage, &etag).await;
}
