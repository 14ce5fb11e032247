//! Convergence under all faults at once: several workers, duplicates, reordering, overwrites and
//! deletions, a failing store, and workers that are killed at random.
//!
//! `OBSCURA_CHAOS_SECONDS` is the duration, `OBSCURA_CHAOS_SEED` the random seed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use obscura::digest::Digest;
use obscura::pipeline::{Manifest, Status};
use obscura::release::{Destination, Sweep};
use obscura_local::{Event, Fault, Matcher, Order};
use serde_json::json;

use crate::stage::pictures::{jpeg, png};
use crate::stage::{DESTINATION, SOURCE, Setup, Stage};

pub(crate) const KEYS: [&str; 3] = ["a b.jpg", "deep/down/ü.jpg", "c"];
/// Steps before the pipeline settles and is checked.
pub(crate) const STEPS: usize = 120;

/// A small generator (splitmix64): the same seed, the same steps.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

pub(crate) fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

#[tokio::test]
async fn the_destination_converges_to_the_newest_source_under_all_faults() {
    let time = Duration::from_secs(setting("OBSCURA_CHAOS_SECONDS").unwrap_or(12));
    let first = setting("OBSCURA_CHAOS_SEED").unwrap_or(1);
    // Building comes first, so that it takes no time from the test.
    drop(Stage::echo().await);
    let started = Instant::now();
    let mut seed = first;
    // At least one of each kind.
    while started.elapsed() < time || seed < first + 3 {
        round(seed).await;
        seed += 1;
    }
    println!("{} rounds", seed - first);
}

async fn round(seed: u64) {
    let mut setup = Setup::echo().environments(3);
    setup.function.retry_backoff = Duration::from_millis(20);
    let stage = setup.start().await;
    if let Some(document) = document(seed) {
        stage.document(&document).await;
    }
    let chance = &mut Chance::new(seed);
    let mut pids = BTreeSet::new();
    // Uploads are chosen from a few pictures, so that old ones recur.
    for _ in 0..STEPS {
        step(&stage, chance, &mut pids).await;
    }
    stage.local.faults().clear();
    stage.local.notifications().release(Order::Reversed);
    settle(&stage).await;
    if seed % 3 == 2 {
        sweep(&stage).await;
    }
    if let Err(what) = converged(&stage).await {
        panic!("seed {seed}: {what}\n{}", stage.text());
    }
}

pub(crate) async fn step(stage: &Stage, chance: &mut Chance, pids: &mut BTreeSet<u32>) {
    let key = *chance.pick(&KEYS);
    match chance.below(20) {
        0..=4 => drop(stage.put(SOURCE, key, jpeg(chance.pick::<&str>(&["1", "2"]))).await),
        5..=7 => drop(stage.put(SOURCE, key, png("3")).await),
        // A picture that the transform refuses.
        8 => drop(stage.put(SOURCE, key, "").await),
        9..=11 => stage.delete(SOURCE, key).await,
        12 => stage.local.notifications().hold(),
        13 => {
            let order = *chance.pick(&[Order::Arrival, Order::Reversed]);
            stage.local.notifications().release(order);
        }
        14 => {
            let copies = usize::try_from(chance.below(3)).unwrap() + 1;
            stage.local.notifications().deliver_times(copies);
        }
        15..=16 => fail(stage, chance),
        17..=18 => kill(stage, chance, pids),
        _ => stage.local.faults().clear(),
    }
    tokio::time::sleep(Duration::from_millis(chance.below(30))).await;
}

/// The next requests of some kind fail; sometimes so many that the worker gives up.
fn fail(stage: &Stage, chance: &mut Chance) {
    let operation = *chance.pick(&["GetObject", "PutObject", "DeleteObjects", "HeadObject"]);
    let bucket = *chance.pick(&[SOURCE, DESTINATION]);
    // The test's own uploads must not fail.
    if operation == "PutObject" && bucket == SOURCE {
        return;
    }
    let delay = Fault::Delay(Duration::from_millis(chance.below(60)));
    let faults = [
        delay,
        delay,
        Fault::Status500,
        Fault::DropConnectionMidBody,
        Fault::LoseAnswer,
        Fault::FlipBit,
        Fault::ShortBody,
        Fault::Page,
        Fault::Error("PreconditionFailed", 412),
        Fault::Error("ConditionalRequestConflict", 409),
    ];
    let times = u32::try_from(chance.below(4)).unwrap() + 1;
    let matcher = Matcher::any().operation(operation).bucket(bucket);
    stage.local.faults().fail_next(times, matcher, *chance.pick(&faults));
}

fn kill(stage: &Stage, chance: &mut Chance, pids: &mut BTreeSet<u32>) {
    for event in stage.happened() {
        match event {
            Event::EnvironmentStarted { pid, .. } => drop(pids.insert(pid)),
            Event::EnvironmentStopped { pid, .. } => drop(pids.remove(&pid)),
            _ => {}
        }
    }
    let all: Vec<u32> = pids.iter().copied().collect();
    if !all.is_empty() {
        let pid = chance.pick(&all).to_string();
        // It may have exited on its own.
        drop(std::process::Command::new("kill").args(["-9", &pid]).output());
    }
}

/// Every third round has one step, every third several, and every third keys that
/// never change.
fn document(seed: u64) -> Option<String> {
    let template = match seed % 3 {
        0 => return None,
        1 => "{key}/{rendition}.{extension}",
        _ => "{key}/{version}/{rendition}.{extension}",
    };
    let step = |name: &str, of: &str| {
        json!({ "name": name, "transform": "echo", "of": of,
                "parameters": { "rendition": name } })
    };
    let mut mark = step("mark", "first");
    mark["replace"] = json!(true);
    let mut copy = step("copy", "mark");
    copy["required"] = json!(false);
    let steps = json!([step("first", "source"), step("second", "source"), mark, copy]);
    let route = json!({ "name": "all", "steps": steps, "key_template": template });
    Some(json!({ "version": 2, "routes": [route] }).to_string())
}

/// Until there is nothing left to do.
pub(crate) async fn settle(stage: &Stage) {
    for _ in 0..20 {
        stage.local.idle().await;
        if stage.local.lambda().redrive().unwrap() == 0 {
            return;
        }
    }
    panic!("dead letters without end:\n{}", stage.text());
}

/// With immutable keys, a killed worker leaves renditions that no record names.
pub(crate) async fn sweep(stage: &Stage) {
    let destination = Destination::new(stage.store.clone(), DESTINATION, "");
    let sweep = Sweep::new(stage.store.clone(), destination, Duration::ZERO).young(Duration::ZERO);
    for _ in 0..2 {
        // Times are in whole seconds.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        sweep.run(true).await.unwrap();
    }
}

pub(crate) async fn converged(stage: &Stage) -> Result<(), String> {
    let mut expected = BTreeSet::new();
    let mut sources = BTreeMap::new();
    for key in stage.store.list(SOURCE, "").await.unwrap() {
        let head = stage.store.head(SOURCE, &key).await.unwrap().unwrap();
        sources.insert(key, head);
    }
    for (key, head) in sources {
        let record = format!("{key}/manifest.json");
        let manifest = stage.object(&record).await.ok_or(format!("{record} is missing"))?;
        let manifest: Manifest = serde_json::from_slice(&manifest.body).unwrap();
        same(&record, &head.etag, &manifest.source.etag)?;
        expected.insert(record);
        same(&key, &(head.size == 0), &(manifest.status == Status::Failed))?;
        for rendition in manifest.renditions {
            let stored = stage.object(&rendition.key).await;
            let stored = stored.ok_or(format!("{} is missing", rendition.key))?;
            same(&rendition.key, &rendition.etag, &stored.etag)?;
            same(&rendition.key, &rendition.sha256, &Digest::of(&stored.body))?;
            same(&rendition.key, &head.etag, &stored.metadata["obscura-source-etag"])?;
            expected.insert(rendition.key);
        }
    }
    same("the destination", &expected, &stage.keys().await)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, found: &T) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}: {found:?} and not {expected:?}")) }
}
