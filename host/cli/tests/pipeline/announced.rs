//! Results of pictures are announced: at least once, whichever process dies, and never before the
//! commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use obscura::announce::{Announcement, Kind};
use obscura_local::{Destination, Event, Fault, Matcher, OnSuccess};
use serde_json::{Value, json};

use crate::chaos::{Chance, settle};
use crate::stage::pictures::{jpeg, png};
use crate::stage::{ANNOUNCE, DESTINATION, FUNCTION, SOURCE, Setup, Stage};

/// The receiver of announcements. It refuses every third one.
#[derive(Clone, Default)]
struct Listener {
    asked: Arc<AtomicUsize>,
    told: Arc<Mutex<Vec<Announcement>>>,
}

#[async_trait]
impl Destination for Listener {
    async fn take(&self, event: &Value) -> Result<(), String> {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(3) {
            return Err("not now".to_owned());
        }
        self.told.lock().unwrap().push(serde_json::from_value(event.clone()).unwrap());
        Ok(())
    }
}

impl Listener {
    fn setup(&self) -> Setup {
        let mut to = OnSuccess::new(self.clone());
        to.backoff = Duration::from_millis(10);
        to.longest_backoff = Duration::from_millis(50);
        let route = json!({ "name": "all", "transform": "echo", "media_types": ["image/jpeg"] });
        let mut setup = Setup::new(&["fixture-echo"], route).environments(3).announcing(to);
        setup.function.retries = 100;
        setup.function.retry_backoff = Duration::from_millis(1);
        setup
    }

    fn told(&self) -> Vec<Announcement> {
        self.told.lock().unwrap().clone()
    }
}

/// The functions' processes, and killing them.
#[derive(Default)]
struct Workers {
    pids: BTreeMap<u32, String>,
    killed: usize,
}

impl Workers {
    fn look(&mut self, stage: &Stage) {
        for event in stage.happened() {
            match event {
                Event::EnvironmentStarted { pid, function, .. } => {
                    self.pids.insert(pid, function);
                }
                Event::EnvironmentStopped { pid, .. } => drop(self.pids.remove(&pid)),
                _ => {}
            }
        }
    }

    fn kill(&mut self, function: &str) {
        let of_function = self.pids.iter().filter(|(_, name)| *name == function);
        let pids: Vec<String> = of_function.map(|(pid, _)| pid.to_string()).collect();
        for pid in pids {
            self.killed += 1;
            // It may have exited on its own.
            drop(std::process::Command::new("kill").args(["-9", &pid]).output());
        }
    }
}

fn record(key: &str) -> String {
    format!("{key}/manifest.json")
}

/// A fault for a picture: its responses are delayed at a point where its worker, or the announcer,
/// can be killed.
fn arm(stage: &Stage, point: usize, key: &str) {
    let late = Duration::from_millis(200);
    let of_record = |operation: &str| {
        Matcher::any().operation(operation).bucket(DESTINATION).key_prefix(record(key))
    };
    let (matcher, fault) = match point {
        // About to be committed.
        0 => (of_record("PutObject"), Fault::Delay(late)),
        // Committed, but not announced yet.
        1 => (of_record("PutObject"), Fault::HaltAfter),
        // The last check of the source.
        2 => (
            Matcher::any().operation("HeadObject").bucket(SOURCE).key_prefix(key),
            Fault::Delay(late),
        ),
        // The record is read for the announcement.
        3 => (of_record("GetObject"), Fault::Delay(late)),
        _ => return,
    };
    stage.local.faults().fail_next(if point == 3 { 3 } else { 1 }, matcher, fault);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_uploads_are_announced_despite_kills() {
    let listener = Listener::default();
    let mut stage = listener.setup().start().await;
    let (mut workers, chance) = (Workers::default(), &mut Chance::new(7));
    let mut etags = BTreeMap::new();
    let (mut after_commit, mut crashes) = (0, 0);
    for batch in 0..20 {
        let keys: Vec<String> = (0..10).map(|n| format!("{batch}/{n}.jpg")).collect();
        for (point, key) in keys.iter().enumerate() {
            arm(&stage, point % 5, key);
            let etag = stage.put(SOURCE, key, jpeg(key)).await;
            etags.insert(key.clone(), etag);
        }
        // No route matches it.
        stage.put(SOURCE, &format!("{batch}/never.png"), png("never")).await;
        let mut committed = BTreeSet::new();
        while committed.len() < keys.len() {
            workers.look(&stage);
            for (point, key) in keys.iter().enumerate() {
                if committed.contains(key) {
                    continue;
                }
                let there = stage.store.head(DESTINATION, &record(key)).await.unwrap();
                if there.is_none() {
                    continue;
                }
                committed.insert(key.clone());
                if matches!(point % 5, 1 | 2) {
                    workers.kill(FUNCTION);
                    after_commit += 1;
                }
                if point % 5 == 3 {
                    workers.kill(ANNOUNCE);
                }
            }
            match chance.below(40) {
                0 => workers.kill(FUNCTION),
                1 | 2 => workers.kill(ANNOUNCE),
                _ => {}
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if batch % 5 == 4 {
            crashes += 1;
            workers.pids.clear();
            stage = listener.setup().start_in(stage.crash()).await;
        }
    }
    stage.local.faults().clear();
    settle(&stage).await;
    let told = listener.told();
    let mut ids = BTreeSet::new();
    for one in &told {
        let source = one.source.as_ref().unwrap();
        assert_eq!((one.kind, etags.get(&one.key)), (Kind::Ready, Some(&source.etag)), "{one:?}");
        assert_eq!((one.renditions, one.manifest.as_str()), (1, record(&one.key).as_str()));
        ids.insert(one.id.clone());
    }
    let keys: BTreeSet<&String> = told.iter().map(|one| &one.key).collect();
    let missing: Vec<&String> = etags.keys().filter(|key| !keys.contains(key)).collect();
    println!(
        "{} uploads, {} workers killed, {after_commit} times right after a commit, {crashes} crashes of \
         the server: {} announcements, {} of them different; missing: {missing:?}",
        etags.len(),
        workers.killed,
        told.len(),
        ids.len(),
    );
    assert!(missing.is_empty(), "{}", stage.text());
    assert!(workers.killed > 80 && after_commit == 80, "{}", workers.killed);

    for key in etags.keys().take(10) {
        stage.delete(SOURCE, key).await;
    }
    settle(&stage).await;
    let gone = listener.told().split_off(told.len());
    let of_gone: BTreeSet<&String> = gone.iter().map(|one| &one.key).collect();
    assert!(gone.iter().all(|one| one.kind == Kind::Gone && one.source.is_none()));
    assert!(of_gone.into_iter().eq(etags.keys().take(10)));
}

#[tokio::test(flavor = "multi_thread")]
async fn uncommitted_results_are_never_announced() {
    let listener = Listener::default();
    let mut setup = listener.setup().environments(1);
    setup.function.retries = 0;
    let stage = setup.start().await;
    let mut workers = Workers::default();
    for number in 0..10 {
        let key = format!("{number}.jpg");
        let matcher = Matcher::any().operation("PutObject").bucket(DESTINATION);
        let late = Fault::Delay(Duration::from_secs(5));
        stage.local.faults().fail_next(1, matcher.key_prefix(record(&key)), late);
        let before = stage.local.faults().count("PutObject", DESTINATION);
        stage.put(SOURCE, &key, jpeg(&key)).await;
        // The rendition, and then the record.
        while stage.local.faults().count("PutObject", DESTINATION) < before + 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        workers.look(&stage);
        workers.kill(FUNCTION);
        stage.local.idle().await;
    }
    assert_eq!(stage.dead_letters(), 10);
    // The request is still processed, unless the client has disconnected.
    let stored = stage.keys().await;
    let committed: BTreeSet<String> =
        stored.into_iter().filter(|key| key.ends_with("/manifest.json")).collect();
    assert!(committed.is_empty(), "{committed:?}");
    assert!(listener.told().is_empty(), "{:?}", listener.told());
    settle(&stage).await;
    let keys: BTreeSet<String> = listener.told().into_iter().map(|one| one.key).collect();
    assert_eq!(keys.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_announced_except_those_of_readers() {
    let listener = Listener::default();
    let stage = listener.setup().deliverers(1).start().await;
    let template = "{key}/{version}/{rendition}.{extension}";
    let steps = json!([
        { "name": "first", "transform": "echo", "parameters": { "rendition": "first" } },
        { "name": "asked", "transform": "echo", "when": "requested",
          "parameters": { "rendition": "asked" } },
    ]);
    let route = json!({ "name": "all", "steps": steps, "key_template": template });
    stage.document(&json!({ "version": 2, "routes": [route] }).to_string()).await;
    stage.upload("a.jpg", jpeg("a")).await;
    stage.upload("broken.jpg", "").await;
    let told = listener.told();
    let kinds: Vec<(Kind, &str)> = told.iter().map(|one| (one.kind, one.key.as_str())).collect();
    assert_eq!(kinds, [(Kind::Ready, "a.jpg"), (Kind::Failed, "broken.jpg")]);
    let reason = told[1].error.as_ref().unwrap();
    assert_eq!(reason.code, "malformed");
    assert!(!reason.message.is_empty() && !reason.remedy.is_empty());
    assert_eq!(stage.reader().get("/a.jpg/asked.jpg", &[]).await.status, 200);
    stage.local.idle().await;
    assert_eq!(stage.manifest("a.jpg").await["cause"], "request");
    assert_eq!(listener.told().len(), 2);

    // A reader's request arrives before the upload's event.
    stage.local.notifications().hold();
    stage.put(SOURCE, "a.jpg", jpeg("b")).await;
    assert_eq!(stage.ask("/a.jpg/asked.jpg", &[]).await.status, 200);
    let order = obscura_local::Order::Arrival;
    stage.local.notifications().release(order);
    settle(&stage).await;
    let last = listener.told().pop().unwrap();
    assert_eq!((last.kind, last.key.as_str()), (Kind::Ready, "a.jpg"));
    let etag = stage.manifest("a.jpg").await["source"]["etag"].clone();
    assert_eq!(json!(last.source.unwrap().etag), etag);
}
