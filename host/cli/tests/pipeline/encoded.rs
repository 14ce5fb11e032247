//! Pictures that are uploaded compressed, with a `Content-Encoding`.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::json;

use crate::stage::pictures::{GRADIENT, TURNED};
use crate::stage::{SOURCE, Setup, Stage};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn resize() -> Stage {
    Setup::new(&["resize"], json!({ "name": "all", "transform": "resize" })).start().await
}

/// The renditions of a picture.
async fn digests(stage: &Stage, key: &str) -> Vec<String> {
    let manifest = stage.manifest(key).await;
    let renditions = manifest["renditions"].as_array().unwrap();
    renditions.iter().map(|one| one["sha256"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_compressed_picture_is_rendered_as_the_picture_that_it_is() {
    let stage = resize().await;
    stage.upload("plain.jpg", GRADIENT).await;
    let expected = digests(&stage, "plain.jpg").await;
    assert!(!expected.is_empty());
    let twice = [gzip(&GRADIENT[..1_000]), gzip(&GRADIENT[1_000..])].concat();
    for (number, (encoding, body)) in [
        ("gzip", gzip(GRADIENT)),
        ("x-gzip,aws-chunked", gzip(GRADIENT)),
        ("gzip", twice),
        ("deflate", zlib(GRADIENT)),
        // Left over or set by mistake: the bytes are the picture.
        ("aws-chunked", GRADIENT.to_vec()),
        ("identity", GRADIENT.to_vec()),
        ("gzip", GRADIENT.to_vec()),
        ("br", GRADIENT.to_vec()),
    ]
    .into_iter()
    .enumerate()
    {
        let (key, size) = (format!("{number}.jpg"), body.len());
        let etag = stage.upload_encoded(&key, encoding, body).await;
        assert_eq!(stage.outcomes(&key), ["rendered"], "{encoding}");
        assert_eq!(digests(&stage, &key).await, expected, "{encoding}");
        // The record identifies the object as the store does.
        let source = &stage.manifest(&key).await["source"];
        assert_eq!(source["etag"], etag, "{encoding}");
        assert_eq!(source["bytes"], size, "{encoding}");
        assert_eq!(source["media_type"], "image/jpeg", "{encoding}");
        stage.deliver(Stage::event(&key, Some(&etag))).await;
        assert_eq!(stage.outcomes(&key), ["rendered", "unchanged"], "{encoding}");
    }
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn several_steps_read_the_same_decoded_picture() {
    let steps = json!([{ "transform": "resize" }, { "name": "again", "transform": "resize",
        "parameters": { "renditions": [{ "name": "tile", "width": 64, "format": "png" }] } }]);
    let stage = resize().await;
    let document = json!({ "version": 2, "routes": [{ "name": "all", "steps": steps }] });
    stage.document(&document.to_string()).await;
    stage.upload("plain.jpg", TURNED).await;
    stage.upload_encoded("packed.jpg", "gzip", gzip(TURNED)).await;
    let expected = digests(&stage, "plain.jpg").await;
    assert_eq!(digests(&stage, "packed.jpg").await, expected);
}

#[tokio::test]
async fn what_cannot_be_decoded_names_the_header_and_is_not_retried() {
    let stage = resize().await;
    let whole = gzip(GRADIENT);
    let mut damaged = whole.clone();
    let crc = damaged.len() - 8;
    damaged[crc] ^= 1;
    for (key, encoding, body, code) in [
        ("brotli.jpg", "br", b"\x8b\xff\x07\x80 not looked into".to_vec(), "unsupported-format"),
        ("twice.jpg", "gzip, gzip", gzip(&whole), "unsupported-format"),
        ("cut.jpg", "gzip", whole[..whole.len() / 2].to_vec(), "malformed"),
        ("flipped.jpg", "gzip", damaged, "malformed"),
        ("bomb.jpg", "gzip", gzip(&vec![0; 33 << 20]), "limit-exceeded"),
    ] {
        // The previous renditions are of another picture.
        stage.upload(key, TURNED).await;
        stage.upload_encoded(key, encoding, body).await;
        let Some(error) = stage.error(key).await else { panic!("{key}: {:?}", stage.text()) };
        assert_eq!(error["code"], code, "{key}: {error}");
        assert_eq!(error["mend"], "uploader", "{key}");
        let header = format!("`Content-Encoding: {encoding}`");
        assert!(error["message"].as_str().unwrap().contains(&header), "{key}: {error}");
        assert!(error["remedy"].as_str().unwrap().contains("Content-Encoding"), "{key}: {error}");
        assert_eq!(stage.outcomes(key), ["rendered", code], "{key}");
    }
    let manifests = stage.keys().await;
    assert!(manifests.iter().all(|key| key.ends_with("/manifest.json")), "{manifests:?}");
    assert_eq!((stage.dead_letters(), stage.started().len()), (0, 1));
}

#[tokio::test]
async fn the_limit_of_a_step_counts_decoded_bytes() {
    let limits = json!({ "max_bytes": 2_000 });
    let route = json!({ "name": "all", "transform": "echo", "limits": limits });
    let stage = Setup::new(&["fixture-echo"], route).start().await;
    let picture = crate::stage::pictures::jpeg(&"x".repeat(5_000));
    let packed = gzip(&picture);
    assert!(packed.len() < 2_000);
    let etag = stage.upload_encoded("a.jpg", "gzip", packed).await;
    assert_eq!(stage.error_code("a.jpg").await.as_deref(), Some("limit-exceeded"));
    stage.deliver(Stage::event("a.jpg", Some(&etag))).await;
    assert_eq!(stage.outcomes("a.jpg"), ["limit-exceeded", "limit-exceeded"]);
    assert_eq!(stage.store.list(SOURCE, "").await.unwrap(), ["a.jpg"]);
}
