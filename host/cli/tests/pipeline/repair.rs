//! The pictures of a bad component are found, repaired and verified.

use std::collections::BTreeSet;
use std::process::Output;
use std::time::Duration;

use obscura::component::{Channel, Trial, component_key, pointer_key, release_key};
use obscura::document::Document;
use obscura::release::{Catalogue, Kept, Need, judge};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::canary::{pointer, review, stage};
use crate::stage::pictures::jpeg;
use crate::stage::{COMPONENTS, SOURCE, Stage};

/// Run `obscura` on the pipeline of a test.
pub(crate) async fn obscura(stage: &Stage, arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obscura"));
    command.args(arguments).args(["--json", "--dir"]).arg(stage.local.root());
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    let text = String::from_utf8(stdout).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(status.code() < Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
    (status.code(), lines)
}

async fn made_by(stage: &Stage, digest: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for key in stage.keys().await {
        let Some(source) = key.strip_suffix("/manifest.json") else { continue };
        if stage.manifest(source).await["steps"][0]["transform"]["digest"] == digest {
            keys.insert(source.to_owned());
        }
    }
    keys
}

async fn upload(stage: &Stage, trial: &Trial) -> BTreeSet<String> {
    for number in 0..30 {
        let text = if number % 3 == 0 { "please trap".to_owned() } else { number.to_string() };
        stage.put(SOURCE, &format!("a b/{number}+ü.jpg"), jpeg(&text)).await;
    }
    stage.local.idle().await;
    made_by(stage, &trial.candidate.to_string()).await
}

#[tokio::test]
async fn what_a_bad_canary_made_is_found_repaired_and_verified() {
    let (stage, trial) = stage(2, &json!({ "weight": 0.5, "min_pictures": 10 })).await;
    let bad = trial.candidate.to_string();
    let affected = upload(&stage, &trial).await;
    assert!(!affected.is_empty());
    let refused = Command::new(env!("CARGO_BIN_EXE_obscura"))
        .args(["repair", "--digest", &bad, "--yes", "--dir"])
        .arg(stage.local.root())
        .output()
        .await
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(stderr.contains("is still canary"), "{stderr}");

    assert!(review(&stage).await.is_some());
    let (_, counted) = obscura(&stage, &["repair", "--digest", &bad]).await;
    let listed = counted.iter().filter_map(|line| Some(line["key"].as_str()?.to_owned()));
    assert_eq!(listed.collect::<BTreeSet<_>>(), affected);
    let (code, repaired) = obscura(&stage, &["repair", "--digest", &bad, "--yes"]).await;
    assert_eq!(code, Some(0), "{repaired:?}");
    let last = repaired.last().unwrap();
    assert_eq!(last["repaired"].as_u64().unwrap() as usize, affected.len());
    assert!(made_by(&stage, &bad).await.is_empty());
    // Nothing else was rendered again.
    for key in (0..30).map(|number| format!("a b/{number}+ü.jpg")) {
        let times = if affected.contains(&key) { 2 } else { 1 };
        assert_eq!(stage.outcomes(&key), vec!["rendered"; times], "{key}");
    }
    let (code, verified) = obscura(&stage, &["verify", "--all"]).await;
    assert_eq!((code, &verified.last().unwrap()["hold"]), (Some(0), &json!(30)), "{verified:?}");
}

#[tokio::test]
async fn verify_finds_what_was_tampered_with() {
    let (stage, _) = stage(1, &json!({ "weight": 0.0 })).await;
    for key in ["a.jpg", "b.jpg", "c.jpg"] {
        stage.upload(key, jpeg(key)).await;
    }
    stage.put(crate::stage::DESTINATION, "b.jpg/original.jpg", "something else").await;
    let (code, lines) = obscura(&stage, &["verify", "a.jpg", "b.jpg", "nothing.jpg"]).await;
    assert_eq!(code, Some(1));
    let verdict = |key: &str| {
        let line = lines.iter().find(|line| line["key"] == key).unwrap();
        line["result"]["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!((verdict("a.jpg").as_str(), verdict("b.jpg").as_str()), ("holds", "differs"));
    assert_eq!(lines.last().unwrap()["missing"], 1);
    // Each picture without a manifest is named.
    assert_eq!(verdict("nothing.jpg"), "missing");
    let output = Command::new(env!("CARGO_BIN_EXE_obscura"))
        .args(["verify", "nothing.jpg", "a.jpg", "no\nthing.jpg", "--dir"])
        .arg(stage.local.root())
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for key in ["nothing.jpg", r"no\nthing.jpg"] {
        let named = |line: &str| line.starts_with(key) && line.contains("has no manifest");
        assert!(text.lines().any(named), "{key}: {text}");
    }
    assert!(text.contains("2 have no manifest"), "{text}");
}

#[tokio::test]
async fn status_tells_what_keeps_steps_from_running() {
    let (stage, trial) = stage(1, &json!({ "weight": 0.0 })).await;
    let troubles = async || {
        let (code, lines) = obscura(&stage, &["status"]).await;
        let all = lines[0]["transforms"].as_array().unwrap().clone();
        let told = all.into_iter().flat_map(|one| one["troubles"].as_array().unwrap().clone());
        (code, told.map(|one| one.as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(troubles().await, (Some(0), Vec::new()));
    let digest = trial.active.to_string();
    let prefix = format!("transforms/echo/{digest}/");
    let keys = stage.store.list(COMPONENTS, &prefix).await.unwrap();
    let artifact = keys.iter().find(|key| key.contains(obscura::sandbox::ENGINE_ID)).unwrap();
    stage.put(COMPONENTS, artifact, "half of it").await;
    let (code, told) = troubles().await;
    assert!(code == Some(1) && told[0].contains("missing or incomplete"), "{told:?}");
    // Each file of an active component, also if no step names its channel.
    let name = "echo".parse().unwrap();
    for (digest, place) in [(trial.active, "the step"), (trial.candidate, "the channel `canary`")] {
        for key in [component_key(&name, digest), release_key(&name, digest)] {
            stage.delete(COMPONENTS, &key).await;
            let (code, told) = troubles().await;
            let named = |one: &String| one.contains(place) && one.contains(&key);
            assert!(code == Some(1) && told.iter().any(named), "{key}: {told:?}");
        }
    }
    stage.put(COMPONENTS, "transforms/echo/channels/stable.json", "{").await;
    let (code, told) = troubles().await;
    assert!(code == Some(1) && told[0].contains("cannot be read"), "{told:?}");
    stage.routes(json!([{ "name": "all", "transform": "nobody" }])).await;
    let (code, told) = troubles().await;
    let unpublished = |one: &String| one.contains("nothing is published to");
    assert!(code == Some(1) && told.iter().any(unpublished), "{told:?}");
}

#[tokio::test]
async fn a_canary_is_promoted_and_rolled_back_and_unused_components_are_pruned() {
    let (stage, trial) = stage(1, &json!({ "weight": 0.0 })).await;
    let (good, bad) = (trial.active.to_string(), trial.candidate.to_string());
    stage.upload("1.jpg", jpeg("1")).await;
    obscura(&stage, &["promote", "--by", "anna"]).await;
    let stable = pointer(&stage, Channel::Stable).await;
    assert_eq!((stable.release.digest, stable.previous), (trial.candidate, Some(trial.active)));
    assert_eq!(stable.activated_by, "anna");
    stage.upload("2.jpg", jpeg("2")).await;
    assert_eq!(stage.manifest("2.jpg").await["steps"][0]["transform"]["digest"], bad);
    let (_, status) = obscura(&stage, &["status"]).await;
    assert_eq!(status[0]["transforms"][0]["channels"].as_array().unwrap().len(), 2, "{status:?}");

    obscura(&stage, &["rollback"]).await;
    stage.upload("3.jpg", jpeg("3")).await;
    assert_eq!(stage.manifest("3.jpg").await["steps"][0]["transform"]["digest"], good);
    obscura(&stage, &["repair", "--digest", &bad, "--yes"]).await;
    assert_eq!(stage.manifest("2.jpg").await["steps"][0]["transform"]["digest"], good);

    // It can be rolled back to, so it is kept until another is published.
    let prune = ["prune", "--young-hours", "0"];
    let (_, lines) = obscura(&stage, &prune).await;
    assert_eq!(lines.last().unwrap()["components"], 0, "{lines:?}");
    let third = stage.publish("fixture-echo-next").await.to_string();
    let (_, lines) = obscura(&stage, &prune).await;
    let kept = |digest: &str| {
        let line = lines.iter().find(|line| line["component"]["digest"] == digest).unwrap();
        line["kept"]["reason"].as_str().map(str::to_owned)
    };
    assert_eq!(kept(&third).as_deref(), Some("active"));
    assert_eq!(kept(&good).as_deref(), Some("manifests"));
    assert_eq!(kept(&bad), None);
    obscura(&stage, &[&prune[..], &["--yes"]].concat()).await;
    let (_, listed) = obscura(&stage, &["list"]).await;
    let digests: BTreeSet<&str> =
        listed[0].as_array().unwrap().iter().map(|one| one["digest"].as_str().unwrap()).collect();
    assert_eq!(digests, BTreeSet::from([good.as_str(), third.as_str()]));
}

/// Delete what a catalogue calls unneeded, as `prune --yes` does. Returns what is kept after all.
async fn prune(stage: &Stage, catalogue: &Catalogue) -> Vec<Kept> {
    let document = Document::default();
    let need = Need { document: &document, manifests: None, young: Duration::ZERO };
    let mut kept = Vec::new();
    for entry in catalogue.entries.iter().filter(|one| judge(catalogue, one, &need).is_none()) {
        kept.extend(entry.delete(&stage.store, COMPONENTS).await.unwrap());
    }
    kept
}

#[tokio::test]
async fn a_component_that_a_pointer_names_is_not_pruned_whatever_the_listing_said() {
    let (stage, trial) = stage(1, &json!({ "weight": 0.0 })).await;
    let mut catalogue = Catalogue::read(&stage.store, COMPONENTS).await.unwrap();
    catalogue.channels.clear();
    let kept = prune(&stage, &catalogue).await;
    let active = |channel| kept.contains(&Kept::Active { channel });
    assert!(active(Channel::Stable) && active(Channel::Canary), "{kept:?}");
    let listed = Catalogue::read(&stage.store, COMPONENTS).await.unwrap();
    assert_eq!(listed.entries.len(), 2);
    // Nor is one that an unreadable pointer might name.
    let name = "echo".parse().unwrap();
    stage.put(COMPONENTS, &pointer_key(&name, Channel::Stable), "{").await;
    let kept = prune(&stage, &catalogue).await;
    let unreadable = Kept::Unreadable { channel: Channel::Stable };
    assert_eq!(kept, [unreadable.clone(), unreadable]);
    assert!(
        prune(&stage, &Catalogue::read(&stage.store, COMPONENTS).await.unwrap()).await.is_empty()
    );
    let listed = Catalogue::read(&stage.store, COMPONENTS).await.unwrap();
    assert!(listed.entries.iter().any(|entry| entry.digest == trial.active), "{listed:?}");
}
