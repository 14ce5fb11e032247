//! Delivery: the bucket, the function behind it, and the cache in front of both.

use std::time::Duration;

use obscura_local::{Fault, Local, Matcher};

use crate::client::{Answer, Client};
use crate::{builder, delivery, function, invocations};

async fn serve(folder: &tempfile::TempDir) -> (Local, Client, Client) {
    let mut function = function("http");
    function.timeout = Duration::from_secs(2);
    function.env.push(("DO_PATH".to_owned(), folder.path().join("broken").display().to_string()));
    let builder = builder(folder.path()).function(function).deliver(delivery());
    let local = builder.start().await.unwrap();
    let (s3, reader) = (Client::new(&local), Client::of_delivery(&local));
    (local, s3, reader)
}

fn told(answer: &Answer) -> (u16, &str, &str) {
    (answer.status.as_u16(), answer.header("x-cache"), answer.text())
}

const IMMUTABLE: [(&str, &str); 2] =
    [("cache-control", "public, max-age=31536000, immutable"), ("content-type", "image/webp")];

#[tokio::test]
async fn an_object_of_the_bucket_is_a_miss_and_then_a_hit() {
    let folder = tempfile::tempdir().unwrap();
    let (local, s3, reader) = serve(&folder).await;
    let mut events = local.events();
    s3.put_with("a b/ü.webp", &IMMUTABLE, "hello").await;
    let first = reader.fetch("/a%20b/%C3%BC.webp", &[]).await;
    assert_eq!(told(&first), (200, "Miss", "hello"));
    assert_eq!(first.header("content-type"), "image/webp");
    assert_eq!(first.header("cache-control"), IMMUTABLE[0].1);
    assert_eq!(first.header("x-content-type-options"), "nosniff");
    assert_eq!(first.header("accept-ranges"), "bytes");
    assert_eq!(first.header("content-length"), "5");
    // An equivalent URL, and a query.
    let second = reader.fetch("/a%20%62/%c3%bc.webp?x=1", &[]).await;
    assert_eq!(told(&second), (200, "Hit", "hello"));
    assert_eq!(second.header("age"), "0");
    assert_eq!(second.header("etag"), first.header("etag"));
    assert_eq!(local.faults().count("GetObject", "bucket"), 1);
    assert_eq!(invocations(&mut events), 0);
    let counts = local.delivery().unwrap().counts();
    assert_eq!((counts.hits, counts.misses), (1, 1));
}

#[tokio::test]
async fn without_a_lifetime_every_request_looks() {
    let folder = tempfile::tempdir().unwrap();
    let (_local, s3, reader) = serve(&folder).await;
    for text in ["one", "two"] {
        s3.put("a.json", text).await;
        assert_eq!(told(&reader.fetch("/a.json", &[]).await), (200, "Miss", text));
    }
}

#[tokio::test]
async fn objects_missing_in_the_bucket_are_requested_from_the_function() {
    let folder = tempfile::tempdir().unwrap();
    let (local, _s3, reader) = serve(&folder).await;
    let mut events = local.events();
    let first = reader.fetch("/a%20b/card.webp", &[("accept", "image/avif")]).await;
    assert_eq!(told(&first), (200, "Miss", "/a%20b/card.webp */*"));
    assert_eq!(first.header("vary"), "Accept");
    let second = reader.fetch("/a%20b/card.webp?other", &[("accept", "image/webp")]).await;
    assert_eq!(told(&second), (200, "Hit", "/a%20b/card.webp */*"));
    assert_eq!(invocations(&mut events), 1);
    for (accept, seen, cache) in [
        ("image/avif,image/webp,*/*", "image/avif,image/webp", "Miss"),
        ("text/html, image/avif;q=0.5", "image/avif,image/webp", "Hit"),
        ("image/webp", "image/webp", "Miss"),
        ("image/*", "*/*", "Miss"),
        ("image/jpeg", "*/*", "Hit"),
    ] {
        let answer = reader.fetch("/a/card", &[("accept", accept)]).await;
        assert_eq!(told(&answer), (200, cache, format!("/a/card {seen}").as_str()), "{accept}");
    }
    assert_eq!(invocations(&mut events), 3);
}

#[tokio::test]
async fn only_403_and_404_of_the_bucket_go_on_to_the_function() {
    let folder = tempfile::tempdir().unwrap();
    let (local, s3, reader) = serve(&folder).await;
    let mut events = local.events();
    local.faults().fail_next(1, Matcher::any(), Fault::Status503SlowDown);
    let answer = reader.fetch("/a.webp", &[]).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("x-obscura-code"), "bucket-unavailable");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(invocations(&mut events), 0);
    let archived = [("x-amz-storage-class", "GLACIER")];
    s3.put_with("cold.webp", &archived, "cold").await;
    assert_eq!(told(&reader.fetch("/cold.webp", &[]).await).2, "/cold.webp */*");
    assert_eq!(invocations(&mut events), 1);
}

#[tokio::test]
async fn failures_are_cached_as_the_function_says() {
    let folder = tempfile::tempdir().unwrap();
    let (local, _s3, reader) = serve(&folder).await;
    let mut events = local.events();
    for cache in ["Miss", "Hit"] {
        let answer = reader.fetch("/a/missing", &[]).await;
        assert_eq!(told(&answer), (404, cache, "/a/missing */*"));
    }
    assert_eq!(invocations(&mut events), 1);
    for _ in 0..2 {
        assert_eq!(told(&reader.fetch("/a/uncached", &[]).await).1, "Miss");
    }
    assert_eq!(invocations(&mut events), 2);
}

#[tokio::test]
async fn a_function_that_fails_costs_its_own_answers_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (_local, s3, reader) = serve(&folder).await;
    s3.put_with("a.webp", &IMMUTABLE, "hello").await;
    for (path, status, code) in [
        ("/a/fail", 502, "function-failed"),
        ("/a/crash", 502, "function-failed"),
        ("/a/unreadable", 502, "function-answer-unreadable"),
        ("/a/injected", 502, "function-answer-unreadable"),
        ("/a/hang", 504, "function-timed-out"),
    ] {
        let answer = reader.fetch(path, &[]).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("x-obscura-code"), code, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["code"], code);
        assert!(body["message"].is_string() && body["remedy"].is_string());
        assert!(!answer.text().contains("secret"), "{}", answer.text());
        assert!(!answer.headers.contains_key("set-cookie"));
        assert_eq!(told(&reader.fetch("/a.webp", &[]).await).2, "hello");
    }
    assert_eq!(reader.fetch("/a/card", &[]).await.status, 200);
}

#[tokio::test]
async fn stale_responses_are_served_while_the_function_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (_local, _s3, reader) = serve(&folder).await;
    assert_eq!(told(&reader.fetch("/a/brief", &[]).await).1, "Miss");
    std::fs::write(folder.path().join("broken"), "").unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let answer = reader.fetch("/a/brief", &[]).await;
    assert_eq!(told(&answer), (200, "Hit", "/a/brief */*"));
    assert_eq!(answer.header("age"), "1");
}

#[tokio::test]
async fn requests_for_one_missing_object_share_one_invocation() {
    let folder = tempfile::tempdir().unwrap();
    let (local, _s3, reader) = serve(&folder).await;
    let mut events = local.events();
    let requests = (0..200).map(|_| reader.fetch("/a/slow", &[]));
    let answers = futures::future::join_all(requests).await;
    assert!(answers.iter().all(|answer| told(answer).2 == "/a/slow */*"));
    assert_eq!(invocations(&mut events), 1);
    let counts = local.delivery().unwrap().counts();
    assert_eq!((counts.misses, counts.hits + counts.joined), (1, 199));
    assert!(counts.joined > 0, "{counts:?}");
}

#[tokio::test]
async fn a_reader_that_leaves_takes_nothing_away_from_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let (local, _s3, reader) = serve(&folder).await;
    let mut events = local.events();
    let left = tokio::time::timeout(Duration::from_millis(200), reader.fetch("/a/slow", &[]));
    assert!(left.await.is_err());
    assert_eq!(reader.fetch("/a/slow", &[]).await.status, 200);
    assert_eq!(invocations(&mut events), 1);
}

#[tokio::test]
async fn ranges_conditions_and_heads_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let (_local, s3, reader) = serve(&folder).await;
    s3.put_with("a.webp", &IMMUTABLE, "0123456789").await;
    let etag = reader.fetch("/a.webp", &[]).await.header("etag").to_owned();
    let ranged = reader.fetch("/a.webp", &[("range", "bytes=2-4")]).await;
    assert_eq!(told(&ranged), (206, "Hit", "234"));
    assert_eq!(ranged.header("content-range"), "bytes 2-4/10");
    let outside = reader.fetch("/a.webp", &[("range", "bytes=10-")]).await;
    assert_eq!(outside.status, 416);
    assert_eq!(outside.header("content-range"), "bytes */10");
    assert_eq!(outside.header("content-type"), "application/json");
    let said: serde_json::Value = serde_json::from_slice(&outside.body).unwrap();
    assert_eq!(said["code"], "range-not-satisfiable", "{said}");
    assert!(said["message"].as_str().unwrap().contains("10 bytes") && said["remedy"].is_string());
    let head = reader.plain("HEAD", "/a.webp", &[("range", "bytes=10-")], "").await;
    assert_eq!(head.status, 416);
    assert!(head.body.is_empty());
    let known = reader.fetch("/a.webp", &[("if-none-match", &format!("\"x\", W/{etag}"))]).await;
    assert_eq!(told(&known), (304, "Hit", ""));
    assert_eq!(known.header("etag"), etag);
    assert_eq!(known.header("cache-control"), IMMUTABLE[0].1);
    assert!(!known.headers.contains_key("content-type"));
    let other = [("if-range", "\"other\""), ("range", "bytes=2-4")];
    assert_eq!(reader.fetch("/a.webp", &other).await.status, 200);
    let same = [("if-range", etag.as_str()), ("range", "bytes=2-4")];
    assert_eq!(reader.fetch("/a.webp", &same).await.status, 206);
    let head = reader.plain("HEAD", "/a.webp", &[], "").await;
    assert_eq!(told(&head), (200, "Hit", ""));
    assert_eq!(head.header("content-length"), "10");
}

#[tokio::test]
async fn large_objects_are_served_complete_during_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let (local, s3, reader) = serve(&folder).await;
    let large: Vec<u8> = (0..20_000_000_u32).map(|n| (n % 251) as u8).collect();
    s3.put("large.webp", large.clone()).await;
    let (answer, _) = tokio::join!(reader.fetch("/large.webp", &[]), async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        s3.put("large.webp", "other").await
    });
    assert!(answer.body == large || answer.body == "other");
    s3.put("large.webp", large.clone()).await;
    let part = reader.fetch("/large.webp", &[("range", "bytes=10000000-19999999")]).await;
    assert_eq!(part.status, 206);
    assert!(part.body == large[10_000_000..]);
    let head = reader.plain("HEAD", "/large.webp", &[], "").await;
    assert_eq!(head.header("content-length"), "20000000");
    assert_eq!(local.delivery().unwrap().cached_bytes(), 0);
}

#[tokio::test]
async fn the_cache_stays_within_its_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let mut delivery = delivery();
    delivery.cache_bytes = 100_000;
    let builder = builder(folder.path()).function(function("http")).deliver(delivery);
    let local = builder.start().await.unwrap();
    let reader = Client::of_delivery(&local);
    for number in 0..500 {
        reader.fetch(&format!("/{number}/card"), &[]).await;
    }
    let held = local.delivery().unwrap().cached_bytes();
    assert!((50_000..=100_000).contains(&held), "{held}");
    assert_eq!(told(&reader.fetch("/499/card", &[]).await).1, "Hit");
    assert_eq!(told(&reader.fetch("/0/card", &[]).await).1, "Miss");
}

#[tokio::test]
async fn pages_of_this_machine_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let (_local, s3, reader) = serve(&folder).await;
    s3.put_with("a.webp", &IMMUTABLE, "hello").await;
    for origin in ["http://localhost:3000", "http://127.0.0.1:8080"] {
        let answer = reader.fetch("/a.webp", &[("origin", origin)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), origin);
        assert_eq!(answer.header("vary"), "Origin");
        let asked = [("origin", origin), ("access-control-request-method", "GET")];
        let preflight = reader.plain("OPTIONS", "/a.webp", &asked, "").await;
        assert_eq!(preflight.status, 204);
        assert_eq!(preflight.header("access-control-allow-origin"), origin);
    }
    let foreign = reader.fetch("/a.webp", &[("origin", "https://evil.example")]).await;
    assert_eq!((foreign.status.as_u16(), foreign.header("x-obscura-code")), (403, "page-refused"));
    assert!(!foreign.headers.contains_key("access-control-allow-origin"));
}
