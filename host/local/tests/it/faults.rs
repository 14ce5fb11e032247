//! A store that misbehaves on request.

use std::time::{Duration, Instant};

use hyper::StatusCode;
use obscura_local::{Fault, Matcher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::builder;
use crate::client::Client;

#[tokio::test]
async fn the_next_requests_that_match_fail() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    client.put("a/x", "1").await;
    client.put("b/x", "1").await;
    let matcher = Matcher::any().operation("GetObject").bucket("bucket").key_prefix("a/");
    local.faults().fail_next(2, matcher.clone(), Fault::Status503SlowDown);
    local.faults().fail_next(1, matcher, Fault::Status500);
    assert_eq!(client.get("b/x").await.status, StatusCode::OK);
    assert_eq!(client.get("a/x").await.one("Code"), "SlowDown");
    assert_eq!(client.get("a/x").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(client.get("a/x").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(client.get("a/x").await.status, StatusCode::OK);
    assert_eq!(local.faults().count("GetObject", "bucket"), 5);
    assert_eq!(local.faults().count("PutObject", "bucket"), 2);
    local.faults().reset_counts();
    assert!(local.faults().counts().is_empty());
}

#[tokio::test]
async fn a_dropped_connection_is_dropped_on_the_wire() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    client.put("x", vec![7; 1_000_000]).await;
    let faults = local.faults();
    faults.fail_next(2, Matcher::any(), Fault::DropConnectionMidBody);
    let cut = client.send("GET", "x", &[], &[], "").await;
    assert!(cut.is_err());
    let cut = client.send("PUT", "y", &[], &[], vec![1; 1_000_000]).await;
    assert!(cut.is_err());
    assert_eq!(client.get("y").await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get("x").await.body.len(), 1_000_000);
}

#[tokio::test]
async fn half_of_the_body_arrives_before_the_connection_drops() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    client.put("x", vec![b'y'; 500_000]).await;
    local.faults().fail_next(1, Matcher::any(), Fault::DropConnectionMidBody);
    let mut stream = tokio::net::TcpStream::connect(local.s3().address()).await.unwrap();
    let head = client.raw_get("x");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received).await;
    let text = String::from_utf8_lossy(&received);
    assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
    assert!(text.contains("content-length: 500000"));
    let body = received.iter().filter(|byte| **byte == b'y').count();
    assert!((250_000..260_000).contains(&body), "{body}");
}

#[tokio::test]
async fn a_delay_delays() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let delay = Duration::from_millis(200);
    local.faults().fail_next(1, Matcher::any(), Fault::Delay(delay));
    let started = Instant::now();
    assert_eq!(client.put("x", "1").await.status, StatusCode::OK);
    assert!(started.elapsed() >= delay);
}

#[tokio::test]
async fn a_held_request_is_executed_after_its_connection_was_closed() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    local.faults().fail_next(1, Matcher::any(), Fault::Hold);
    assert!(client.send("PUT", "x", &[], &[], "late").await.is_err());
    client.put("x", "early").await;
    assert_eq!(client.get("x").await.body, "early".as_bytes());
    local.faults().release_held().await;
    assert_eq!(client.get("x").await.body, "late".as_bytes());
}

#[tokio::test]
async fn responses_are_altered_on_their_way() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    client.put("x", vec![7; 1000]).await;
    local.faults().fail_next(1, Matcher::any(), Fault::FlipBit);
    let flipped = client.get("x").await;
    assert_eq!((flipped.status, flipped.body.len()), (StatusCode::OK, 1000));
    assert_eq!(flipped.body.iter().filter(|byte| **byte == 6).count(), 1);
    local.faults().fail_next(1, Matcher::any(), Fault::ShortBody);
    assert_eq!(client.get("x").await.body, [7; 500].as_slice());
    local.faults().fail_next(1, Matcher::any(), Fault::Page);
    let page = client.put("y", "1").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.starts_with(b"<!doctype html>"));
    assert_eq!(client.get("y").await.status, StatusCode::NOT_FOUND);
}
