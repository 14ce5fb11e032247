//! The content of manifests, which is reproducible.

use obscura::digest::Digest;
use obscura::pipeline::Manifest;
use obscura::sandbox::ENGINE_ID;
use serde_json::json;

use crate::stage::pictures::{GRADIENT, jpeg};
use crate::stage::{DESTINATION, SOURCE, Setup, Stage};

#[tokio::test]
async fn the_manifest_names_the_source_the_component_the_parameters_and_every_rendition() {
    let parameters = json!({ "renditions": [
        { "name": "wide", "width": 320, "format": "webp" },
        { "name": "high", "height": 120, "format": "png" },
    ]});
    let route = json!({ "name": "two", "transform": "resize", "parameters": parameters });
    let stage = Setup::new(&["resize"], route).start().await;
    let digest = stage.publish("resize").await;
    let etag = stage.upload("x/y.jpg", GRADIENT).await;
    let manifest: Manifest = serde_json::from_value(stage.manifest("x/y.jpg").await).unwrap();
    assert_eq!(manifest.version, 2);
    assert_eq!(manifest.source.bucket, SOURCE);
    assert_eq!(manifest.source.key, "x/y.jpg");
    assert_eq!(manifest.source.etag, etag);
    assert_eq!(manifest.source.bytes, GRADIENT.len() as u64);
    assert_eq!(manifest.source.media_type, "image/jpeg");
    let [step] = manifest.steps.as_slice() else { panic!("{manifest:?}") };
    assert_eq!(step.transform.name.as_str(), "resize");
    assert_eq!(step.transform.digest, digest);
    assert_eq!(step.transform.engine, ENGINE_ID);
    // Members in order of their names, without spaces.
    let text = r#"{"renditions":[{"format":"webp","name":"wide","width":320},{"format":"png","height":120,"name":"high"}]}"#;
    assert_eq!(step.parameters_sha256, Digest::of(text.as_bytes()));
    let [high, wide] = manifest.renditions.as_slice() else { panic!("{manifest:?}") };
    assert_eq!((high.name.as_str(), high.width, high.height), ("high", 160, 120));
    assert_eq!((wide.name.as_str(), wide.width, wide.height), ("wide", 320, 240));
    for rendition in [high, wide] {
        let object = stage.object(&rendition.key).await.unwrap();
        assert_eq!(rendition.media_type, object.content_type);
        assert_eq!(rendition.bytes, object.body.len() as u64);
        assert_eq!(rendition.sha256, Digest::of(&object.body));
        assert_eq!(rendition.etag, object.etag);
    }
    assert!(step.cost.guest_cpu_ms > 0.0 && step.cost.peak_memory_bytes > 0);
}

#[tokio::test]
async fn rendering_the_same_picture_again_gives_the_same_bytes() {
    let route = json!({ "name": "all", "transform": "resize" });
    let stage = Setup::new(&["resize"], route).start().await;
    let etag = stage.upload("a.jpg", GRADIENT).await;
    let before = stage.keys().await;
    let mut renditions = Vec::new();
    for key in &before {
        renditions.push(stage.object(key).await.unwrap());
    }
    for key in &before {
        stage.delete(DESTINATION, key).await;
    }
    stage.deliver(Stage::event("a.jpg", Some(&etag))).await;
    assert_eq!(stage.outcomes("a.jpg"), ["rendered", "rendered"]);
    assert_eq!(stage.keys().await, before);
    for (key, rendition) in before.iter().zip(renditions) {
        if !key.ends_with("manifest.json") {
            assert_eq!(stage.object(key).await.unwrap(), rendition, "{key}");
        }
    }
}

#[tokio::test]
async fn concurrent_deliveries_leave_one_consistent_result() {
    let stage = Setup::echo().environments(3).start().await;
    stage.local.notifications().deliver_times(6);
    for number in 0..4 {
        stage.put(SOURCE, "same.jpg", jpeg(&format!("picture {number}"))).await;
    }
    let etag = stage.upload("same.jpg", jpeg("the last")).await;
    assert!(stage.started().len() >= 2, "nothing was concurrent");
    let manifest: Manifest = serde_json::from_value(stage.manifest("same.jpg").await).unwrap();
    assert_eq!(manifest.source.etag, etag);
    let object = stage.object("same.jpg/original.jpg").await.unwrap();
    assert_eq!(object.body, jpeg("the last"));
    assert_eq!(manifest.renditions[0].etag, object.etag);
    assert_eq!(stage.keys().await.len(), 2);
    assert_eq!(stage.dead_letters(), 0);
}
