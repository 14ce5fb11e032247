//! The long proof, with figures: `just canary`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use obscura::component::{Channel, Trial};
use obscura::digest::Digest;
use obscura::pipeline::Manifest;
use serde_json::json;

use crate::canary::{counts, pointer, review, route};
use crate::repair::obscura;
use crate::stage::pictures::jpeg;
use crate::stage::{SOURCE, Setup, Stage};

/// The number of uploads, and how many of them are concurrent.
const UPLOADS: usize = 2_000;
const AT_A_TIME: usize = 20;

/// The number of pictures by component.
async fn makers(stage: &Stage) -> BTreeMap<Digest, usize> {
    let mut makers = BTreeMap::new();
    for key in stage.keys().await {
        let Some(source) = key.strip_suffix("/manifest.json") else { continue };
        let manifest: Manifest = serde_json::from_value(stage.manifest(source).await).unwrap();
        *makers.entry(manifest.steps[0].transform.digest).or_default() += 1;
    }
    makers
}

/// Time from the command to the first rendition by the old component.
async fn roll_back(stage: &Stage, to: Digest) -> Duration {
    let started = Instant::now();
    obscura(stage, &["rollback"]).await;
    stage.upload("after.jpg", jpeg("after")).await;
    let took = started.elapsed();
    assert_eq!(
        stage.manifest("after.jpg").await["steps"][0]["transform"]["digest"],
        to.to_string()
    );
    took
}

#[tokio::test]
#[ignore = "takes minutes: `just canary`"]
async fn a_bad_canary_among_two_thousand_uploads() {
    let share = json!({ "weight": 0.2, "min_pictures": 100 });
    let setup = Setup::new(&["fixture-echo"], route(&share)).environments(3);
    let stage = setup.start().await;
    let candidate = stage.canary("fixture-echo-faulty").await;
    let active = stage.publish("fixture-echo").await;
    let since = pointer(&stage, Channel::Canary).await.activated_at;
    let trial = Trial { transform: "echo".parse().unwrap(), candidate, active, since };

    let started = Instant::now();
    let mut taken_back = None;
    for first in (0..UPLOADS).step_by(AT_A_TIME) {
        for number in first..first + AT_A_TIME {
            // The canary fails on one in twenty.
            let text = if number % 20 == 7 { "please trap".into() } else { number.to_string() };
            stage.put(SOURCE, &format!("{number}.jpg"), jpeg(&text)).await;
        }
        stage.local.idle().await;
        if taken_back.is_none() && review(&stage).await.is_some() {
            taken_back = Some(first + AT_A_TIME);
        }
    }
    let uploading = started.elapsed();
    let after = taken_back.expect("it was not taken back");
    let withdrawn = pointer(&stage, Channel::Canary).await.withdrawn.unwrap();
    let counted = counts(&stage, &trial).await.canary;
    let made = makers(&stage).await;
    println!("{UPLOADS} uploads in {:.1} s, by 3 environments", uploading.as_secs_f64());
    println!("taken back within {after} uploads: {}", withdrawn.reason);
    println!("counted of the canary: {} pictures, {:?}", counted.pictures, counted.failures);
    println!("made by the canary: {}, by stable: {}", made[&candidate], made[&active]);
    assert_eq!(made.values().sum::<usize>(), UPLOADS);
    assert_eq!(stage.dead_letters(), 0);

    let bad = candidate.to_string();
    let started = Instant::now();
    let (code, lines) = obscura(&stage, &["repair", "--digest", &bad, "--yes"]).await;
    println!("repair: {} in {:.1} s", lines.last().unwrap(), started.elapsed().as_secs_f64());
    assert_eq!(code, Some(0));
    assert_eq!(lines.last().unwrap()["repaired"], made[&candidate]);
    assert_eq!(makers(&stage).await, BTreeMap::from([(active, UPLOADS)]));
    let started = Instant::now();
    let (code, lines) = obscura(&stage, &["verify", "--all"]).await;
    println!("verify: {} in {:.1} s", lines.last().unwrap(), started.elapsed().as_secs_f64());
    assert_eq!((code, &lines.last().unwrap()["hold"]), (Some(0), &json!(UPLOADS)));

    stage.canary("fixture-echo-next").await;
    obscura(&stage, &["promote"]).await;
    stage.upload("before.jpg", jpeg("before")).await;
    let took = roll_back(&stage, active).await;
    println!("rollback: {:.0} ms from the command to the next manifest", took.as_secs_f64() * 1e3);
}
