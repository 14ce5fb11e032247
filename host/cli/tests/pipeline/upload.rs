//! Uploads, overwrites, deletes, repeats.

use std::collections::BTreeSet;

use obscura_local::Order;
use serde_json::{Value, json};

use crate::stage::pictures::{GRADIENT, GRADIENT_PNG, jpeg, png};
use crate::stage::{DESTINATION, SOURCE, Setup, Stage};

const KEY: &str = "a b+c/ü.jpg";

fn under(key: &str, names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| format!("{key}/{name}")).collect()
}

fn resize(route: Value) -> Setup {
    let mut route = route;
    route["name"] = json!("photographs");
    route["transform"] = json!("resize");
    Setup::new(&["resize"], route)
}

#[tokio::test]
async fn an_upload_becomes_renditions_with_all_that_is_known_of_them() {
    let stage = resize(json!({ "cache_control": "public, max-age=31536000" })).start().await;
    let etag = stage.upload(KEY, GRADIENT).await;
    let names = ["thumbnail.jpg", "small.webp", "medium.jpg", "large.jpg", "manifest.json"];
    assert_eq!(stage.keys().await, under(KEY, &names));
    let manifest = stage.manifest(KEY).await;
    let expected = [
        ("thumbnail.jpg", "image/jpeg", (150, 150)),
        ("small.webp", "image/webp", (400, 300)),
        ("medium.jpg", "image/jpeg", (640, 480)),
        ("large.jpg", "image/jpeg", (640, 480)),
    ];
    for (name, media_type, dimensions) in expected {
        let object = stage.object(&format!("{KEY}/{name}")).await.unwrap();
        assert_eq!(object.content_type, media_type, "{name}");
        assert_eq!(object.dimensions(), dimensions, "{name}");
        assert_eq!(object.cache_control.as_deref(), Some("public, max-age=31536000"));
        assert_eq!(object.metadata["obscura-source-etag"], etag);
        assert_eq!(
            json!(object.metadata["obscura-digest"]),
            manifest["steps"][0]["transform"]["digest"]
        );
        assert_eq!(
            json!(object.metadata["obscura-parameters"]),
            manifest["steps"][0]["parameters_sha256"]
        );
    }
    let record = stage.object(&format!("{KEY}/manifest.json")).await.unwrap();
    assert_eq!(record.content_type, "application/json");
    assert_eq!(record.cache_control.as_deref(), Some("no-cache"));
}

#[tokio::test]
async fn a_delete_takes_everything_away() {
    let stage = Stage::echo().await;
    stage.upload(KEY, jpeg("1")).await;
    stage.upload("other.jpg", jpeg("2")).await;
    assert_eq!(stage.keys().await.len(), 4);
    stage.remove(KEY).await;
    assert_eq!(stage.keys().await, under("other.jpg", &["original.jpg", "manifest.json"]));
    assert_eq!(stage.outcomes(KEY), ["rendered", "removed"]);
}

#[tokio::test]
async fn an_overwrite_changes_everything_and_leaves_no_rendition_of_another_format() {
    let stage = resize(json!({ "parameters": { "renditions": [
        { "name": "tiny", "width": 64 },
        { "name": "thumbnail", "width": 50, "height": 50, "format": "jpeg" },
    ]}}))
    .start()
    .await;
    stage.upload(KEY, GRADIENT).await;
    let names = ["tiny.jpg", "thumbnail.jpg", "manifest.json"];
    assert_eq!(stage.keys().await, under(KEY, &names));
    let thumbnail = stage.object(&format!("{KEY}/thumbnail.jpg")).await.unwrap();
    // The name still says JPEG; the bytes do not, and they decide.
    let etag = stage.upload(KEY, GRADIENT_PNG).await;
    let names = ["tiny.png", "thumbnail.jpg", "manifest.json"];
    assert_eq!(stage.keys().await, under(KEY, &names));
    let changed = stage.object(&format!("{KEY}/thumbnail.jpg")).await.unwrap();
    assert_ne!(changed.body, thumbnail.body);
    assert_eq!(changed.metadata["obscura-source-etag"], etag);
    assert_eq!(stage.manifest(KEY).await["source"]["etag"], etag);
    assert_eq!(stage.manifest(KEY).await["source"]["media_type"], "image/png");
}

#[tokio::test]
async fn the_same_event_three_times_is_one_rendering() {
    let stage = Stage::echo().await;
    stage.local.notifications().deliver_times(3);
    stage.upload(KEY, jpeg("once")).await;
    assert_eq!(stage.outcomes(KEY), ["rendered", "unchanged", "unchanged"]);
    // One rendition, one manifest.
    assert_eq!(stage.local.faults().count("PutObject", DESTINATION), 2);
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn a_repeat_looks_and_neither_downloads_nor_writes() {
    let stage = Stage::echo().await;
    let etag = stage.upload(KEY, jpeg("once")).await;
    stage.local.faults().reset_counts();
    stage.deliver(Stage::event(KEY, Some(&etag))).await;
    assert_eq!(stage.outcomes(KEY), ["rendered", "unchanged"]);
    let counts = stage.local.faults().counts();
    let of = |operation: &str, bucket: &str| {
        counts.get(&(operation.to_owned(), bucket.to_owned())).copied().unwrap_or(0)
    };
    // A conditional request, without a download.
    assert_eq!(of("GetObject", SOURCE), 1);
    // The manifest.
    assert_eq!(of("GetObject", DESTINATION), 1);
    // The named rendition, and the four other possible ones.
    assert_eq!(of("HeadObject", DESTINATION), 5);
    let writes = ["PutObject", "DeleteObjects", "DeleteObject"];
    assert!(writes.iter().all(|operation| of(operation, DESTINATION) == 0), "{counts:?}");
}

#[tokio::test]
async fn the_newest_picture_wins_for_any_order_of_events() {
    let stage = Stage::echo().await;
    stage.local.notifications().hold();
    stage.put(SOURCE, KEY, jpeg("old")).await;
    stage.delete(SOURCE, KEY).await;
    stage.put(SOURCE, KEY, png("older")).await;
    let newest = stage.put(SOURCE, KEY, jpeg("newest")).await;
    stage.put(SOURCE, "gone.jpg", jpeg("gone")).await;
    stage.delete(SOURCE, "gone.jpg").await;
    assert_eq!(stage.local.notifications().release(Order::Reversed), 6);
    stage.local.idle().await;
    assert_eq!(stage.keys().await, under(KEY, &["original.jpg", "manifest.json"]));
    assert_eq!(stage.manifest(KEY).await["source"]["etag"], newest);
}

#[tokio::test]
async fn keys_that_look_encoded_stay_unchanged() {
    let stage = Stage::echo().await;
    let keys =
        ["100%25.jpg", "a%2Fb.jpg", "{key}/{rendition}.jpg", "日本/🦀.jpg", "a//b.jpg", "x/../y"];
    for key in keys {
        stage.upload(key, jpeg(key)).await;
    }
    let expected: BTreeSet<String> =
        keys.iter().flat_map(|key| under(key, &["original.jpg", "manifest.json"])).collect();
    assert_eq!(stage.keys().await, expected);
}

#[tokio::test]
async fn one_bucket_with_two_prefixes_works_and_does_not_loop() {
    let mut setup = Setup::echo()
        .variable("OBSCURA_DESTINATION_BUCKET", SOURCE)
        .variable("OBSCURA_SOURCE_PREFIX", "in/")
        .variable("OBSCURA_DESTINATION_PREFIX", "out/");
    setup.destination = SOURCE;
    let stage = setup.start().await;
    stage.upload("in/a.jpg", jpeg("1")).await;
    let mut expected = under("out/in/a.jpg", &["original.jpg", "manifest.json"]);
    expected.insert("in/a.jpg".to_owned());
    assert_eq!(stage.keys().await, expected);
    // S3 also sent events for the written objects, which were ignored.
    assert_eq!(stage.outcomes("out/in/a.jpg/manifest.json"), ["ignored"]);
    assert_eq!(stage.outcomes("in/a.jpg"), ["rendered"]);
}
