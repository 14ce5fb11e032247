//! Pictures that a crate affected are found.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use obscura::digest::Digest;
use obscura::publish::Outcome;
use serde_json::{Value, json};

use crate::publish::upload;
use crate::repair::obscura;
use crate::stage::pictures::jpeg;
use crate::stage::{COMPONENTS, Setup, Stage, tuned};

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn list(crates: &[(&str, &str)]) -> Vec<u8> {
    let named = crates.iter().map(|(name, version)| json!({ "name": name, "version": version }));
    zlib(json!({ "packages": named.collect::<Vec<_>>() }).to_string().as_bytes())
}

/// The fixture `hostile`, behaving well, with a list of its dependencies.
fn built_from(version: &str, list: &[u8]) -> Vec<u8> {
    let leb = |mut number: usize| {
        let mut bytes = Vec::new();
        while number > 0x7f {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    };
    let body = [&leb(7)[..], b".dep-v0", list].concat();
    [&tuned("well", "hostile", version)[..], &[0], &leb(body.len()), &body].concat()
}

/// Publish it. Returns its digest.
async fn publish(stage: &Stage, wasm: Vec<u8>) -> String {
    let digest = Digest::of(&wasm);
    let report = upload(stage, "incoming/hostile/built.wasm", wasm).await;
    assert_eq!((report.outcome, report.active), (Outcome::Active, Some(digest)), "{report:?}");
    digest.to_string()
}

#[tokio::test]
async fn only_pictures_that_a_crate_affected_are_found() {
    let stage = Setup::echo().publishers(1).start().await;
    let old =
        publish(&stage, built_from("1.0.0", &list(&[("png", "0.17.9"), ("a", "1.0.0")]))).await;
    let both = json!([
        { "name": "one", "keys": ["one/**"], "transform": "hostile" },
        { "name": "other", "transform": "echo" },
    ]);
    stage.routes(both).await;
    for key in ["one/a.jpg", "one/b.jpg", "c.jpg"] {
        stage.upload(key, jpeg(key)).await;
    }
    // A later one, with a fixed crate, renders one of the pictures again.
    let new = publish(&stage, built_from("1.0.1", &list(&[("png", "0.18.1")]))).await;
    stage.upload("one/b.jpg", jpeg("again")).await;

    let found = async |wanted: &str| {
        let (code, mut lines) = obscura(&stage, &["affected", wanted, "--keys"]).await;
        assert_eq!(code, Some(0), "{lines:?}");
        (lines.pop().unwrap(), lines)
    };
    let (summary, lines) = found("png@<0.18").await;
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(line["component"]["digest"], old);
    assert_eq!(line["component"]["crate_versions"], json!(["0.17.9"]));
    assert_eq!((&line["keys"], &line["pictures"]), (&json!(["one/a.jpg"]), &json!(1)));
    assert_eq!(summary["renditions"], line["renditions"]);
    assert!(line["renditions"].as_u64().unwrap() > 0, "{line}");
    // `echo` has no list of its dependencies.
    assert_eq!(summary["without_list"].as_array().unwrap().len(), 1);
    let digests = |lines: &[Value]| -> Vec<String> {
        let digest = |line: &Value| line["component"]["digest"].as_str().unwrap().to_owned();
        lines.iter().map(digest).collect()
    };
    assert_eq!(digests(&found("png").await.1), [old.clone(), new.clone()]);
    assert_eq!(digests(&found("png@0.18.1").await.1), [new]);
    assert!(found("png@0.18.0").await.1.is_empty());
    assert!(found("pn").await.1.is_empty());

    // Following its advice leaves nothing affected.
    let (code, lines) = obscura(&stage, &["repair", "--digest", &old, "--yes"]).await;
    assert_eq!((code, &lines.last().unwrap()["repaired"]), (Some(0), &json!(1)), "{lines:?}");
    let (summary, lines) = found("png@<0.18").await;
    assert_eq!((&summary["renditions"], &lines[0]["pictures"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn a_hostile_list_is_noted_and_costs_nothing() {
    let stage = Setup::echo().publishers(1).start().await;
    for (number, (what, section)) in [
        ("a bomb", zlib(&vec![b' '; 128 << 20])),
        ("10 MB", vec![0x78; 10 << 20]),
        ("no JSON", zlib(b"not JSON")),
        ("a line in a name", list(&[("png\nforged", "1.0.0")])),
    ]
    .into_iter()
    .enumerate()
    {
        let digest = publish(&stage, built_from(&format!("1.0.{number}"), &section)).await;
        let key = format!("transforms/hostile/{digest}/report.json");
        let proof = crate::publish::stored(&stage, &key).await.unwrap();
        assert!(proof.len() < 20_000, "{what}: {} bytes", proof.len());
        let proof: Value = serde_json::from_slice(&proof).unwrap();
        assert_eq!(proof["dependencies"]["packages"], json!([]), "{what}");
        assert!(proof["dependencies"]["problem"].is_string(), "{what}: {proof}");
    }
    let (_, lines) = obscura(&stage, &["affected", "png"]).await;
    assert_eq!(lines[0]["without_list"].as_array().unwrap().len(), 5, "{lines:?}");
    assert!(!stage.store.list(COMPONENTS, "transforms/").await.unwrap().is_empty());
}
