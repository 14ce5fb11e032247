//! Concurrent publishers, and swaps under load.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use obscura::code::Code;
use obscura::component::{
    ArtifactRecord, Channel, Decision, Moved, Pointers, Release, TransformName,
};
use obscura::digest::Digest;
use obscura::publish::Outcome;
use serde_json::json;
use time::OffsetDateTime;

use crate::publish::{report, upload, well};
use crate::stage::pictures::jpeg;
use crate::stage::{COMPONENTS, SOURCE, Setup, Stage, tuned};

fn release(text: &str) -> Release {
    let transform: TransformName = "racing".parse().unwrap();
    let artifact = ArtifactRecord { sha256: Digest::of(b"code"), bytes: 4 };
    Release {
        transform,
        version: "1.0.0".to_owned(),
        digest: Digest::of(text.as_bytes()),
        artifacts: BTreeMap::from([("engine".to_owned(), artifact)]),
        published_at: String::new(),
        published_by: String::new(),
    }
}

#[tokio::test]
async fn no_concurrent_change_of_a_pointer_is_lost() {
    let stage = Setup::echo().start().await;
    let pointers = Pointers::new(stage.store.clone(), COMPONENTS);
    let decided_at = OffsetDateTime::now_utc();
    for round in 0..100 {
        let (a, b) = (release(&format!("a{round}")), release(&format!("b{round}")));
        let decide = |release: &Release| {
            let by = "a test".to_owned();
            let decision = Decision { release: release.clone(), decided_at, by };
            pointers.carry_out(Channel::Stable, decision)
        };
        let (first, second) = tokio::join!(decide(&a), decide(&b));
        for moved in [first.unwrap(), second.unwrap()] {
            assert!(matches!(moved, Moved::Active(_)), "{moved:?}");
        }
        let current = pointers.read(&a.transform, Channel::Stable).await.unwrap();
        let pointer = current.value.unwrap();
        let seen = BTreeSet::from([Some(pointer.release.digest), pointer.previous]);
        assert_eq!(seen, BTreeSet::from([Some(a.digest), Some(b.digest)]), "round {round}");
    }
}

#[tokio::test]
async fn an_older_decision_never_replaces_a_newer_one() {
    let stage = Setup::echo().start().await;
    let pointers = Pointers::new(stage.store.clone(), COMPONENTS);
    let now = OffsetDateTime::now_utc();
    let decide = async |text: &str, decided_at| {
        let decision = Decision { release: release(text), decided_at, by: String::new() };
        pointers.carry_out(Channel::Stable, decision).await.unwrap()
    };
    assert!(matches!(decide("new", now).await, Moved::Active(_)));
    let late = decide("old", now - Duration::from_secs(1)).await;
    assert!(matches!(late, Moved::Superseded(pointer) if pointer.release == release("new")));
    assert!(matches!(decide("new", now).await, Moved::Unchanged(_)));
    assert!(matches!(decide("newer", now + Duration::from_secs(1)).await, Moved::Active(_)));
}

/// Two concurrent uploads in each round: both the winner and the loser get a report.
async fn publishers_race(rounds: usize) {
    let (stage, _) = well().await;
    // Two alternating pairs, so that neither of a pair is active before.
    let wasm =
        ["2.0.0", "3.0.0", "4.0.0", "5.0.0"].map(|version| tuned("well", "hostile", version));
    let started = Instant::now();
    let mut replaced = 0;
    for round in 0..rounds {
        let pair = [round % 2 * 2, round % 2 * 2 + 1];
        let keys = pair.map(|one| format!("incoming/hostile/{round}-{one}.wasm"));
        tokio::join!(
            stage.put(COMPONENTS, &keys[0], wasm[pair[0]].clone()),
            stage.put(COMPONENTS, &keys[1], wasm[pair[1]].clone()),
        );
        stage.local.idle().await;
        let pointers = Pointers::new(stage.store.clone(), COMPONENTS);
        let name = "hostile".parse().unwrap();
        let pointer = pointers.read(&name, Channel::Stable).await.unwrap().value.unwrap();
        let digests = pair.map(|one| Digest::of(&wasm[one]));
        let winner = digests.iter().position(|digest| *digest == pointer.release.digest).unwrap();
        let loser = 1 - winner;
        let won = report(&stage, &keys[winner]).await.unwrap();
        assert_eq!(won.outcome, Outcome::Active, "round {round}: {won:?}");
        let lost = report(&stage, &keys[loser]).await.unwrap();
        match lost.outcome {
            Outcome::Active => {
                assert_eq!(pointer.previous, Some(digests[loser]), "round {round}");
                replaced += 1;
            }
            _ => assert_eq!(
                lost.problem().map(Code::as_str),
                Some("publish-superseded"),
                "round {round}: {lost:?}"
            ),
        }
    }
    println!(
        "{rounds} races in {:?}: one won each; {replaced} of the others were active before it, {} \
         came too late and were told so",
        started.elapsed(),
        rounds - replaced
    );
}

/// Uploads of pictures while two components replace each other.
async fn swaps_under_load(swaps: usize, uploads: usize) {
    let route = json!({ "name": "all", "transform": "hostile" });
    let stage = Setup::new(&[], route).publishers(1).environments(2).start().await;
    let wasm = ["1.0.0", "2.0.0"].map(|version| tuned("several", "hostile", version));
    let digests = [Digest::of(&wasm[0]).to_string(), Digest::of(&wasm[1]).to_string()];
    for (one, wasm) in wasm.iter().enumerate() {
        let report = upload(&stage, &format!("incoming/hostile/{one}.wasm"), wasm.clone()).await;
        assert_eq!(report.outcome, Outcome::Active, "{report:?}");
    }
    let started = Instant::now();
    let keys = (uploads / 4).max(1);
    let load = async {
        for number in 0..uploads {
            let key = format!("{}.jpg", number % keys);
            stage.put(SOURCE, &key, jpeg(&number.to_string())).await;
        }
    };
    let swapping = async {
        for swap in 0..swaps {
            let key = format!("incoming/hostile/swap-{swap}.wasm");
            stage.put(COMPONENTS, &key, wasm[swap % 2].clone()).await;
            while report(&stage, &key).await.is_none() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            assert_eq!(report(&stage, &key).await.unwrap().outcome, Outcome::Active);
        }
    };
    tokio::join!(load, swapping);
    stage.local.idle().await;
    assert_eq!(stage.dead_letters(), 0, "no failure");
    assert!(stage.lines().iter().all(|line| line["outcome"] != "rejected"));
    let mut by = BTreeMap::new();
    for number in 0..keys {
        let set = consistent(&stage, &format!("{number}.jpg")).await;
        assert!(digests.contains(&set));
        *by.entry(set).or_insert(0) += 1;
    }
    let rendered: Vec<String> = stage
        .lines()
        .iter()
        .filter(|line| line["outcome"] == "rendered")
        .map(|line| line["digest"].as_str().unwrap().to_owned())
        .collect();
    assert!(rendered.iter().all(|digest| digests.contains(digest)));
    println!(
        "{swaps} swaps under {uploads} uploads in {:?}: {} rendered, {} by the one and {} by the \
         other; {keys} keys, each consistent: {by:?}",
        started.elapsed(),
        rendered.len(),
        rendered.iter().filter(|digest| **digest == digests[0]).count(),
        rendered.iter().filter(|digest| **digest == digests[1]).count(),
    );
}

/// The digest that made all renditions of a key.
async fn consistent(stage: &Stage, key: &str) -> String {
    let manifest = stage.manifest(key).await;
    let digest = manifest["steps"][0]["transform"]["digest"].as_str().unwrap().to_owned();
    let version = manifest["steps"][0]["transform"]["version"].as_str().unwrap().to_owned();
    for rendition in manifest["renditions"].as_array().unwrap() {
        let object = stage.object(rendition["key"].as_str().unwrap()).await.unwrap();
        assert_eq!(object.metadata["obscura-digest"], digest, "{key}");
        assert!(object.body.starts_with(version.as_bytes()), "{key}");
    }
    assert_eq!(manifest["renditions"].as_array().unwrap().len(), 3);
    digest
}

#[tokio::test]
async fn of_two_publishers_at_once_one_wins_and_the_other_is_told() {
    publishers_race(5).await;
}

#[tokio::test]
async fn components_are_swapped_under_load() {
    swaps_under_load(6, 60).await;
}

/// The long versions: `just stress`.
#[tokio::test]
#[ignore = "minutes"]
async fn stress_races() {
    publishers_race(100).await;
}

#[tokio::test]
#[ignore = "minutes"]
async fn stress_swaps() {
    swaps_under_load(50, 2_000).await;
}
