//! Delivery over HTTP: responses for readers, and refusals for attackers.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use obscura::pipeline::Manifest;
use obscura_local::Event;
use serde_json::{Value, json};

use crate::stage::pictures::GRADIENT;
use crate::stage::{DELIVER, DESTINATION, Page, Reader, SOURCE, Setup, Stage};

const KEY: &str = "in/a b.jpg";

/// A thumbnail at the upload, a family on request; with this many delivery processes.
async fn stage(deliverers: usize) -> (Stage, Reader, Manifest) {
    let first = json!({ "name": "first", "transform": "resize" });
    let stage = Setup::new(&["resize"], first).deliverers(deliverers).start().await;
    let steps = json!([{
        "transform": "resize",
        "when": { "requested": ["card-*"] },
        "parameters": { "renditions": [
            { "name": "thumb", "width": 20 },
            { "name": "card", "widths": [32, 64], "formats": ["webp", "jpeg"] },
        ] },
    }]);
    let template = "{key}/{version}/{rendition}.{extension}";
    let route = json!({ "name": "all", "steps": steps, "key_template": template });
    stage.document(&json!({ "version": 2, "routes": [route] }).to_string()).await;
    stage.upload(KEY, GRADIENT.to_vec()).await;
    let manifest = serde_json::from_value(stage.manifest(KEY).await).unwrap();
    let reader = stage.reader();
    (stage, reader, manifest)
}

fn path(key: &str) -> String {
    format!("/{}", key.replace(' ', "%20"))
}

/// The requests of a rendering: reads of pictures, writes of renditions.
fn rendered(stage: &Stage) -> (u64, u64) {
    let faults = stage.local.faults();
    (faults.count("GetObject", SOURCE), faults.count("PutObject", DESTINATION))
}

/// The number of calls of the deliver function since the last check.
fn asked(stage: &Stage) -> usize {
    let started = |event: &Event| matches!(event, Event::InvocationStarted { function, .. } if function == DELIVER);
    stage.happened().iter().filter(|event| started(event)).count()
}

/// A failure is described for machines and for people.
fn assert_typed(page: &Page, what: &str) {
    let body: Value = serde_json::from_slice(&page.body).unwrap();
    assert_eq!(body["code"], page.header("x-obscura-code"), "{what}");
    assert!(body["message"].is_string() && body["remedy"].is_string(), "{what}: {body}");
    assert_eq!(page.header("content-type"), "application/json", "{what}");
    assert!(!page.header("cache-control").is_empty(), "{what}");
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_readers_of_one_missing_rendition_cost_one_rendering() {
    let (stage, reader, manifest) = stage(2).await;
    let address = path(&manifest.requested[0].key);
    let before = rendered(&stage);
    asked(&stage);
    let pages = join_all((0..500).map(|_| reader.get(&address, &[]))).await;
    let failed: Vec<&Page> = pages.iter().filter(|page| page.status != 200).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(pages.iter().all(|page| page.body == pages[0].body));
    let after = rendered(&stage);
    let counts = stage.local.delivery().unwrap().counts();
    println!(
        "500 at once: {} invocation(s), {} read(s) of the picture, {counts:?}",
        asked(&stage),
        after.0 - before.0
    );
    assert_eq!(after.0 - before.0, 1);
    // The rendition, and the record.
    assert_eq!(after.1 - before.1, 2);
    let again = reader.get(&address, &[]).await;
    assert_eq!((again.header("x-cache"), &again.body), ("Hit", &pages[0].body));
}

/// As with many independent caches.
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_invocations_for_one_missing_rendition_agree() {
    let (stage, _, manifest) = stage(4).await;
    let address = path(&manifest.requested[1].key);
    let answers = join_all((0..500).map(|_| stage.ask(&address, &[]))).await;
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == answers[0].body));
    let made = stage.lines().iter().filter(|line| line["Requested"] == 1.0).count();
    println!("500 invocations in 4 environments: {made} rendering(s)");
    assert!((1..=4).contains(&made), "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_names_cost_no_rendering() {
    let (stage, reader, manifest) = stage(2).await;
    let version = manifest.requested[0].key.split('/').nth(2).unwrap();
    let mut names: Vec<String> = (0..60).map(|n| format!("/in/a%20b.jpg/guess-{n}")).collect();
    names.extend((0..60).map(|n| format!("/in/a%20b.jpg/{n:016x}/card-32-webp.webp")));
    names.extend((0..60).map(|n| format!("/in/a%20b.jpg/{version}/card-{}-webp.webp", 100 + n)));
    names.extend((0..60).map(|n| format!("/no/{n}.jpg/card-32.webp")));
    names.extend(
        ["card-33", "card-32.png", "card-32.avif", "card-", "thumb-20", "source", "a b.jpg"]
            .map(|name| format!("/in/a%20b.jpg/{}", name.replace(' ', "%20"))),
    );
    names.push("/in/a%20b.jpg".to_owned());
    names.push("/pipeline.json".to_owned());
    names.push("/no/manifest.json".to_owned());
    let before = rendered(&stage);
    for name in &names {
        let page = reader.get(name, &[]).await;
        assert_eq!(page.status, 404, "{name}");
        assert!(["picture-unknown", "rendition-unknown"].contains(&page.is().1), "{name}");
        assert_typed(&page, name);
    }
    assert_eq!(rendered(&stage), before);
    // The second time, not even the function is called.
    asked(&stage);
    for name in names.iter().take(3) {
        assert_eq!(reader.get(name, &[]).await.header("x-cache"), "Hit");
    }
    assert_eq!(asked(&stage), 0);
    println!("{} unknown names: no rendering", names.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn tricks_with_paths_lead_nowhere() {
    let (stage, reader, manifest) = stage(1).await;
    let before = (rendered(&stage), stage.keys().await);
    asked(&stage);
    let table = include_str!("../../../../terraform/tests/paths.json");
    let table: Vec<Value> = serde_json::from_str(table).unwrap();
    let hostile = table.iter().filter(|case| case["object"].is_null());
    let paths = hostile.map(|case| case["path"].as_str().unwrap().to_owned());
    let sent = |path: &String| path.starts_with('/') && !path.contains(['\n', '\t', '\0', ' ']);
    let mut tried = 0;
    for path in paths.filter(sent) {
        let page = reader.get(&path, &[]).await;
        assert!([400, 414].contains(&page.status), "{path}: {}", page.head);
        if !page.body.is_empty() {
            assert_typed(&page, &path);
        }
        tried += 1;
    }
    // Only the destination can be reached, with any path.
    for path in ["/source/in/a%20b.jpg", "/components/pipeline.json", "/.store/sequencer.json"] {
        assert_eq!(reader.get(path, &[]).await.status, 404, "{path}");
    }
    assert_eq!((rendered(&stage), stage.keys().await), before);
    assert!(tried > 20, "{tried}");
    let address = path(&manifest.requested[0].key);
    assert_eq!(reader.get(&address, &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_injects_no_header() {
    let (stage, reader, _) = stage(1).await;
    let plain = reader.get("/in/a%20b.jpg/thumb", &[]).await;
    let names = |page: &Page| -> BTreeSet<String> {
        let lines = page.head.split("\r\n").skip(1);
        lines.filter_map(|line| line.split_once(':')).map(|(name, _)| name.to_owned()).collect()
    };
    for (key, encoded) in
        [("a\r\nset-cookie: b=c.jpg", "a%0D%0Aset-cookie%3A%20b=c.jpg"), ("a\nb.jpg", "a%0Ab.jpg")]
    {
        stage.upload(key, GRADIENT.to_vec()).await;
        let page = reader.get(&format!("/{encoded}/thumb"), &[]).await;
        assert_eq!(page.is(), (400, "path-refused"), "{key:?}");
        // The same without a cache in front of it.
        let answer = stage.ask(&format!("/{encoded}/thumb"), &[]).await;
        assert_eq!(answer.status, 400, "{key:?}");
        assert!(answer.headers.values().all(|value| !value.contains(['\r', '\n'])));
    }
    for (key, encoded) in [
        ("\"><script>alert(1)</script>.jpg", "%22%3E%3Cscript%3Ealert(1)%3C/script%3E.jpg"),
        ("ü; filename=b.html/x.jpg", "%C3%BC;%20filename=b.html/x.jpg"),
        ("100%.jpg", "100%25.jpg"),
        ("%0d%0ax.jpg", "%250d%250ax.jpg"),
    ] {
        stage.upload(key, GRADIENT.to_vec()).await;
        let page = reader.get(&format!("/{encoded}/thumb"), &[]).await;
        assert_eq!((page.status, &page.body), (200, &plain.body), "{key:?}: {}", page.head);
        assert_eq!(names(&page), names(&plain), "{key:?}");
        assert_eq!(page.header("content-type"), "image/jpeg");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_headers_nor_queries_poison_what_others_get() {
    let (stage, reader, _) = stage(2).await;
    let first = [("accept", "image/webp")];
    let clean = [
        reader.get("/in/a%20b.jpg/card-32", &first).await,
        reader.get("/in/a%20b.jpg/card-32", &[]).await,
    ];
    assert_eq!(clean[0].header("content-type"), "image/webp");
    assert_eq!(clean[1].header("content-type"), "image/jpeg");
    let before = rendered(&stage);
    for (number, header) in [
        ("x-forwarded-host", "evil.example"),
        ("x-original-url", "/in/a%20b.jpg/card-64"),
        ("x-http-method-override", "DELETE"),
        ("range", "bytes=0-0"),
        ("if-none-match", "*"),
        ("cookie", "a=b"),
        ("width", "1"),
        ("origin", "http://localhost:3000"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/in/a%20b.jpg/card-32?width={number}&accept=image/webp");
        reader.get(&path, &[header, ("accept", "image/webp")]).await;
        reader.get(&path, &[header]).await;
        for (page, headers) in clean.iter().zip([&first[..], &[]]) {
            let again = reader.get("/in/a%20b.jpg/card-32", headers).await;
            assert_eq!((again.status, &again.body), (200, &page.body), "{header:?}");
            assert_eq!(again.header("access-control-allow-origin"), "");
        }
    }
    assert_eq!(rendered(&stage), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_renditions_are_delivered_while_none_can_be_made() {
    let (stage, reader, manifest) = stage(1).await;
    let thumb = path(&manifest.renditions[0].key);
    let missing = path(&manifest.requested[0].key);
    assert_eq!(reader.get(&thumb, &[]).await.status, 200);
    // The picture is deleted, but the event has not arrived yet.
    stage.local.notifications().hold();
    stage.delete(SOURCE, KEY).await;
    let page = reader.get(&missing, &[]).await;
    assert_eq!(page.status, 404, "{}", page.head);
    assert_typed(&page, &missing);
    assert_eq!(reader.get(&thumb, &[]).await.header("x-cache"), "Hit");
    assert!(stage.keys().await.is_empty(), "{:?}", stage.keys().await);
}
