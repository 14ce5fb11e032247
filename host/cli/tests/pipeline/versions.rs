//! Immutable keys: consistency for readers, and the cost of a change.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use obscura::pipeline::Manifest;
use serde_json::{Value, json};

use crate::stage::pictures::{GRADIENT, jpeg};
use crate::stage::{DESTINATION, SOURCE, Setup, Stage};

const VERSIONED: &str = "{key}/{version}/{rendition}.{extension}";
const PLAIN: &str = "{key}/{rendition}.{extension}";

fn document(steps: &Value, template: &str) -> String {
    let route = json!({ "name": "all", "steps": steps, "key_template": template });
    json!({ "version": 2, "routes": [route] }).to_string()
}

/// A reader's observations.
#[derive(Debug, Default)]
struct Seen {
    sets: AtomicUsize,
    missing: AtomicUsize,
    mixed: AtomicUsize,
}

/// Read the record of a key, then its renditions, in a loop.
async fn read(stage: &Stage, key: &str, done: &AtomicBool, seen: &Seen) {
    while !done.load(Ordering::Relaxed) {
        let Some(text) = stage.object(&format!("{key}/manifest.json")).await else { continue };
        let manifest: Manifest = serde_json::from_slice(&text.body).unwrap();
        for rendition in &manifest.renditions {
            match stage.object(&rendition.key).await {
                None => drop(seen.missing.fetch_add(1, Ordering::Relaxed)),
                Some(object) if object.etag != rendition.etag => {
                    seen.mixed.fetch_add(1, Ordering::Relaxed);
                }
                Some(_) => {}
            }
        }
        seen.sets.fetch_add(1, Ordering::Relaxed);
    }
}

/// Overwrites, publications and rollbacks during reads.
async fn watched(template: &str, overwrites: usize, swaps: usize) -> Seen {
    let stage = Setup::echo().environments(2).start().await;
    stage.publish("fixture-echo-next").await;
    let step = |name: &str| json!({ "name": name, "transform": "echo", "parameters": { "rendition": name } });
    stage.document(&document(&json!([step("one"), step("two")]), template)).await;
    let key = "a.jpg";
    stage.upload(key, jpeg("0")).await;
    let (done, seen) = (AtomicBool::new(false), Seen::default());
    let change = async {
        let each = (overwrites / (2 * swaps)).max(1);
        for number in 0..2 * swaps {
            let package = ["fixture-echo", "fixture-echo-next"][number % 2];
            stage.publish(package).await;
            stage.deliver(Stage::event(key, Some("any"))).await;
            for one in 0..each {
                let text = format!("{}", (number * each + one) % 7);
                stage.put(SOURCE, key, jpeg(&text)).await;
            }
        }
        stage.local.idle().await;
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(change, read(&stage, key, &done, &seen), read(&stage, key, &done, &seen));
    assert_eq!(stage.dead_letters(), 0, "{}", stage.text());
    println!("{template}: {overwrites} overwrites, {swaps} publications and ways back: {seen:?}");
    seen
}

async fn never_missing_nor_mixed(overwrites: usize, swaps: usize) {
    let seen = watched(VERSIONED, overwrites, swaps).await;
    assert!(seen.sets.into_inner() > 10);
    assert_eq!((seen.missing.into_inner(), seen.mixed.into_inner()), (0, 0));
}

/// Pictures rendered by two steps, one of which changes.
async fn only_what_changed(pictures: usize) {
    let stage =
        Setup::new(&["resize", "fixture-echo"], json!({ "name": "x", "transform": "echo" }))
            .environments(2)
            .start()
            .await;
    let steps = json!([{ "transform": "resize" }, { "transform": "echo" }]);
    stage.document(&document(&steps, VERSIONED)).await;
    let keys: Vec<String> = (0..pictures).map(|number| format!("{number}.jpg")).collect();
    let put = |operation: &str| stage.local.faults().count(operation, DESTINATION);
    let all = async |what: &str, upload: bool| {
        stage.local.faults().reset_counts();
        let started = Instant::now();
        let lines = stage.lines().len();
        for key in &keys {
            if upload {
                stage.put(SOURCE, key, GRADIENT.to_vec()).await;
            } else {
                let event = Stage::event(key, Some("any"));
                stage.local.lambda().accept("transform", event).unwrap().release();
            }
        }
        stage.local.idle().await;
        let ran = |step: &str| {
            let lines = stage.lines().split_off(lines);
            lines
                .iter()
                .filter(|line| line["steps"].as_str().is_some_and(|all| all.contains(step)))
                .count()
        };
        let figures = (ran("resize"), ran("echo"), put("PutObject"));
        println!(
            "{what}: {pictures} pictures in {:?}: resize ran {} times, echo {}; PUT {}, COPY {}, \
             GET of the source {}, GET {}, HEAD {}",
            started.elapsed(),
            figures.0,
            figures.1,
            figures.2,
            put("CopyObject"),
            stage.local.faults().count("GetObject", SOURCE),
            put("GetObject"),
            put("HeadObject"),
        );
        figures
    };
    let n = pictures as u64;
    assert_eq!(all("new", true).await, (pictures, pictures, 6 * n));
    assert_eq!(all("again", false).await, (0, 0, 0));
    stage.publish("fixture-echo-next").await;
    assert_eq!(all("a new echo", false).await, (0, pictures, 2 * n));
    // Rolled back to the older one: only records are written.
    stage.publish("fixture-echo").await;
    assert_eq!(all("back to the old echo", false).await, (0, 0, n));
    assert_eq!(stage.dead_letters(), 0);
}

#[tokio::test]
async fn a_reader_that_follows_the_record_never_misses_a_rendition() {
    never_missing_nor_mixed(20, 2).await;
}

#[tokio::test]
async fn a_change_of_one_step_costs_that_step_and_a_way_back_costs_a_record() {
    only_what_changed(8).await;
}

/// The long versions: `just stress`.
#[tokio::test]
#[ignore = "minutes"]
async fn stress_readers() {
    never_missing_nor_mixed(200, 20).await;
    // With overwritten keys, for comparison: a reader may see a mixture.
    watched(PLAIN, 200, 20).await;
}

#[tokio::test]
#[ignore = "minutes"]
async fn stress_a_thousand_pictures_and_one_step_that_changes() {
    only_what_changed(1_000).await;
}
