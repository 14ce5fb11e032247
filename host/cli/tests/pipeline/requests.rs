//! The number of requests per picture: the table in ARCHITECTURE.md.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::stage::pictures::jpeg;
use crate::stage::{COMPONENTS, SOURCE, Setup, Stage};

const KEY: &str = "a.jpg";

/// Requests to the picture buckets, and reads of pointers; a read of the pipeline document may be
/// included, depending on the time.
#[derive(Debug, PartialEq)]
struct Cost {
    pictures: BTreeMap<String, u64>,
    pointers: u64,
}

struct Bench {
    stage: Stage,
    template: &'static str,
}

impl Bench {
    async fn new(template: &'static str, steps: &Value) -> Self {
        let mut setup = Setup::new(&["fixture-echo", "fixture-hostile"], json!({}));
        setup.silent = true;
        let bench = Self { stage: setup.start().await, template };
        bench.steps(steps).await;
        // Everything is loaded.
        bench.stage.put(SOURCE, "first.jpg", jpeg("first")).await;
        bench.stage.deliver(Stage::event("first.jpg", None)).await;
        bench
    }

    async fn steps(&self, steps: &Value) {
        let route = json!({ "name": "all", "steps": steps, "key_template": self.template });
        let document = json!({ "version": 2, "routes": [route] });
        self.stage.document(&document.to_string()).await;
    }

    /// The requests of an event. Deletions, which are free, are not counted.
    async fn event(&self, outcome: &str) -> Cost {
        let faults = self.stage.local.faults();
        faults.reset_counts();
        self.stage.deliver(Stage::event(KEY, None)).await;
        let mut pictures = BTreeMap::new();
        let mut pointers = 0;
        for ((operation, bucket), count) in faults.counts() {
            match (bucket.as_str(), operation.as_str()) {
                (COMPONENTS, _) => pointers += count,
                (_, "DeleteObjects") => {}
                _ => drop(pictures.insert(format!("{operation} {bucket}"), count)),
            }
        }
        assert_eq!(self.stage.outcomes(KEY).last().map(String::as_str), Some(outcome));
        Cost { pictures, pointers }
    }

    async fn upload(&self) {
        self.stage.put(SOURCE, KEY, jpeg("1")).await;
    }
}

/// The size of a route: steps, renditions, keys that its plan allows, and renditions of the step
/// that changes.
struct Numbers {
    steps: u64,
    renditions: u64,
    keys: u64,
    changed: u64,
}

fn assert_costs(what: &str, cost: &Cost, pointers: u64, pictures: &[(&str, u64)]) {
    let some = pictures.iter().filter(|(_, count)| *count > 0);
    let expected: BTreeMap<String, u64> =
        some.map(|(name, count)| ((*name).to_owned(), *count)).collect();
    assert_eq!(cost.pictures, expected, "{what}");
    // The document is read at most once a second.
    assert!((pointers..=pointers + 1).contains(&cost.pointers), "{what}: {cost:?}");
}

/// A step of three renditions.
fn parts(name: &str, text: &str) -> Value {
    json!({
        "name": name, "transform": "hostile", "names": format!("{name}-{{rendition}}"),
        "parameters": { "behave": "several", "amount": 1, "text": text },
    })
}

fn one(text: &str) -> Value {
    json!([parts("last", text)])
}

/// Four steps in two waves: two renditions of the first are replaced, and the last step changes.
fn four(text: &str) -> Value {
    json!([
        parts("first", "x"),
        { "name": "mark", "transform": "echo", "parameters": { "rendition": "marked" },
          "of": ["first/first-part-0", "first/first-part-2"], "replace": true },
        { "name": "copy", "transform": "echo", "parameters": { "rendition": "copy" } },
        parts("last", text),
    ])
}

/// The steps of a route, with one parameter that can change.
type Steps = fn(&str) -> Value;

/// Each rendition of `echo` can have one of five media types.
const ROUTES: [(Steps, Numbers); 2] = [
    (one, Numbers { steps: 1, renditions: 3, keys: 3, changed: 3 }),
    (four, Numbers { steps: 4, renditions: 7, keys: 1 + 2 * 5 + 5 + 3, changed: 3 }),
];

const READ_SOURCE: &str = "GetObject source";
const LOOK_AT_SOURCE: &str = "HeadObject source";
const READ: &str = "GetObject destination";
const LOOK: &str = "HeadObject destination";
const WRITE: &str = "PutObject destination";
const COPY: &str = "CopyObject destination";
const UNTAG: &str = "DeleteObjectTagging destination";
const LIST: &str = "ListObjectsV2 destination";

#[tokio::test]
async fn requests_for_overwritten_keys_match_the_table() {
    for (steps, Numbers { steps: s, renditions: r, keys, changed }) in ROUTES {
        let bench = Bench::new("{key}/{rendition}.{extension}", &steps("now")).await;
        bench.upload().await;
        let cost = bench.event("rendered").await;
        let source = [(READ_SOURCE, 1), (LOOK_AT_SOURCE, 1)];
        assert_costs("new", &cost, s, &[&source[..], &[(READ, 2), (WRITE, r + 1)]].concat());
        let cost = bench.event("unchanged").await;
        assert_costs("repeat", &cost, s, &[(READ_SOURCE, 1), (READ, 1), (LOOK, keys)]);
        bench.steps(&steps("next")).await;
        let cost = bench.event("rendered").await;
        let more = [(READ, 1), (LOOK, r - changed), (WRITE, changed + 1)];
        assert_costs("changed", &cost, 2 * s, &[&source[..], &more].concat());
        bench.stage.delete(SOURCE, KEY).await;
        let cost = bench.event("removed").await;
        assert_costs("deletion", &cost, 2 * s, &[&source[..], &[(READ, 1), (LOOK, keys)]].concat());
    }
}

#[tokio::test]
async fn requests_for_keys_with_a_version_match_the_table() {
    for (steps, Numbers { steps: s, renditions: r, changed, .. }) in ROUTES {
        let bench = Bench::new("{key}/{version}/{rendition}.{extension}", &steps("now")).await;
        bench.upload().await;
        let cost = bench.event("rendered").await;
        let source = [(READ_SOURCE, 1), (LOOK_AT_SOURCE, 1)];
        assert_costs("new", &cost, s, &[&source[..], &[(READ, 2), (WRITE, r + 1)]].concat());
        let cost = bench.event("unchanged").await;
        assert_costs("repeat", &cost, s, &[(READ_SOURCE, 1), (READ, 1), (LOOK, r)]);
        bench.steps(&steps("next")).await;
        let cost = bench.event("rendered").await;
        let more = [(READ, 1), (LOOK, r + 1), (WRITE, changed + 1), (COPY, changed)];
        assert_costs("changed", &cost, 2 * s, &[&source[..], &more].concat());
        let cost = bench.event("unchanged").await;
        let looks = r + changed;
        assert_costs("repeat", &cost, s, &[(READ_SOURCE, 1), (READ, 1), (LOOK, looks)]);
        bench.steps(&steps("now")).await;
        let cost = bench.event("restored").await;
        let looks = r + 3 * changed + 1;
        let more = [(READ, 1), (LOOK, looks), (WRITE, 1), (COPY, changed), (UNTAG, changed)];
        assert_costs("taken back", &cost, s, &[&source[..], &more].concat());
        bench.stage.delete(SOURCE, KEY).await;
        let cost = bench.event("removed").await;
        let more = [(READ, 1), (LOOK, 2 * (r + changed)), (LIST, 1)];
        assert_costs("deletion", &cost, s, &[&source[..], &more].concat());
    }
}
