//! Readers during all faults at once: each response matches its URL or its record, and no rendition
//! on request outlives its picture.
//!
//! `OBSCURA_CHAOS_SECONDS` and `OBSCURA_CHAOS_SEED` as for `chaos`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use obscura::pipeline::Manifest;
use obscura_local::Order;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::chaos::{Chance, KEYS, STEPS, converged, setting, settle, step, sweep};
use crate::stage::pictures::{jpeg, png};
use crate::stage::{COMPONENTS, Page, Reader, Setup, Stage};

/// The readers' observations.
#[derive(Debug, Default)]
struct Seen {
    records: AtomicUsize,
    renditions: AtomicUsize,
    names: AtomicUsize,
    not_there: AtomicUsize,
    failures: AtomicUsize,
}

/// All pictures that are ever uploaded, by their ETags.
type Pictures = BTreeMap<String, Bytes>;

/// A rendition equals its picture byte for byte, so its picture can be identified.
fn document() -> String {
    let step = |name: &str, of: &str, when: &str| {
        json!({ "name": name, "transform": "echo", "of": of, "when": when,
                "parameters": { "rendition": name } })
    };
    let steps = json!([
        step("first", "source", "uploaded"),
        step("asked", "source", "requested"),
        step("again", "asked", "requested"),
    ]);
    let template = "{key}/{version}/{rendition}.{extension}";
    let route = json!({ "name": "all", "steps": steps, "key_template": template });
    json!({ "version": 2, "routes": [route] }).to_string()
}

fn path(key: &str) -> String {
    let segments = key.split('/').map(|one| utf8_percent_encode(one, NON_ALPHANUMERIC).to_string());
    format!("/{}", segments.collect::<Vec<_>>().join("/"))
}

struct Watcher {
    reader: Reader,
    pictures: Arc<Pictures>,
    seen: Arc<Seen>,
    chance: Chance,
}

impl Watcher {
    async fn watch(mut self, done: Arc<AtomicBool>) -> Result<(), String> {
        while !done.load(Ordering::Relaxed) {
            let key = *self.chance.pick(&KEYS);
            match self.chance.below(3) {
                0 => self.named(key).await?,
                _ => self.recorded(key).await?,
            }
        }
        Ok(())
    }

    /// Read the record, and then a rendition that it names.
    async fn recorded(&mut self, key: &str) -> Result<(), String> {
        let page = self.reader.get(&format!("{}/manifest.json", path(key)), &[]).await;
        if page.status != 200 {
            return self.allowed(&page);
        }
        self.seen.records.fetch_add(1, Ordering::Relaxed);
        let manifest: Manifest = serde_json::from_slice(&page.body).unwrap();
        let made = manifest.renditions.iter().map(|one| &one.key);
        let all: Vec<&String> = made.chain(manifest.requested.iter().map(|one| &one.key)).collect();
        if all.is_empty() {
            return Ok(());
        }
        let address = path(self.chance.pick::<&String>(&all));
        let page = self.reader.get(&address, &[]).await;
        if page.status != 200 {
            return self.allowed(&page);
        }
        self.seen.renditions.fetch_add(1, Ordering::Relaxed);
        let expected = &self.pictures[&manifest.source.etag];
        if page.body != *expected {
            return Err(format!(
                "{address} is {:?} and not {expected:?}: {}",
                page.body, page.head
            ));
        }
        Ok(())
    }

    /// By name: one of the uploaded pictures, complete, and the one that it claims to be.
    async fn named(&mut self, key: &str) -> Result<(), String> {
        let name = *self.chance.pick(&["first", "asked", "again", "asked.jpg", "unknown"]);
        let page = self.reader.get(&format!("{}/{name}", path(key)), &[]).await;
        if page.status != 200 {
            return self.allowed(&page);
        }
        self.seen.names.fetch_add(1, Ordering::Relaxed);
        let etag = page.header("etag").trim_matches('"');
        match self.pictures.get(etag) {
            Some(picture) if *picture == page.body && name != "unknown" => Ok(()),
            _ => Err(format!("{key}/{name} is {:?}: {}", page.body, page.head)),
        }
    }

    /// A reader may get a typed response that there is nothing.
    fn allowed(&self, page: &Page) -> Result<(), String> {
        let counter = match page.status {
            404 => &self.seen.not_there,
            422 | 500 | 502 | 503 | 504 => &self.seen.failures,
            _ => return Err(format!("an answer that nobody expects: {}", page.head)),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        match page.is().1 {
            "" => Err(format!("a failure without a code: {}", page.head)),
            _ => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_get_the_picture_of_the_url_under_all_faults() {
    let time = Duration::from_secs(setting("OBSCURA_CHAOS_SECONDS").unwrap_or(12));
    let first = setting("OBSCURA_CHAOS_SEED").unwrap_or(1);
    // Building comes first, so that it takes no time from the test.
    drop(Stage::echo().await);
    let (started, seen) = (Instant::now(), Arc::new(Seen::default()));
    let mut seed = first;
    while started.elapsed() < time || seed < first + 2 {
        round(seed, &seen).await;
        seed += 1;
    }
    println!("{} rounds: {seen:?}", seed - first);
    assert!(seen.renditions.load(Ordering::Relaxed) > 50, "{seen:?}");
    assert!(seen.names.load(Ordering::Relaxed) > 20, "{seen:?}");
}

async fn round(seed: u64, seen: &Arc<Seen>) {
    let mut setup = Setup::echo().environments(2).deliverers(3);
    setup.function.retry_backoff = Duration::from_millis(20);
    let stage = setup.start().await;
    stage.document(&document()).await;
    let mut pictures = Pictures::new();
    for picture in [jpeg("1"), jpeg("2"), png("3")] {
        let etag = stage.put(COMPONENTS, "measured", picture.clone()).await;
        pictures.insert(etag, picture.into());
    }
    let (done, pictures) = (Arc::new(AtomicBool::new(false)), Arc::new(pictures));
    let watching: Vec<_> = (0..4)
        .map(|number| {
            let (pictures, seen) = (Arc::clone(&pictures), Arc::clone(seen));
            let chance = Chance::new(seed * 10 + number);
            let watcher = Watcher { reader: stage.reader(), pictures, seen, chance };
            tokio::spawn(watcher.watch(Arc::clone(&done)))
        })
        .collect();
    let (chance, mut pids) = (&mut Chance::new(seed), BTreeSet::new());
    for _ in 0..STEPS {
        step(&stage, chance, &mut pids).await;
    }
    stage.local.faults().clear();
    stage.local.notifications().release(Order::Reversed);
    settle(&stage).await;
    done.store(true, Ordering::Relaxed);
    for watcher in watching {
        if let Err(what) = watcher.await.unwrap() {
            panic!("seed {seed}: {what}\n{}", stage.text());
        }
    }
    // Their requests in progress.
    settle(&stage).await;
    sweep(&stage).await;
    if let Err(what) = converged(&stage).await {
        panic!("seed {seed}: {what}\n{}", stage.text());
    }
}
