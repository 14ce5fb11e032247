//! Conditional requests.

use futures::future::join_all;
use hyper::StatusCode;

use crate::builder;
use crate::client::Client;

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_concurrent_creations_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let attempts = (0..100).map(|n| {
        let client = client.clone();
        async move {
            let put = client.put_with("x", &[("if-none-match", "*")], &n.to_string()).await;
            (n, put.status)
        }
    });
    let outcomes = join_all(attempts).await;
    let winners: Vec<i32> =
        outcomes.iter().filter(|(_, status)| *status == StatusCode::OK).map(|(n, _)| *n).collect();
    assert_eq!(winners.len(), 1);
    let lost = |status: StatusCode| status == StatusCode::PRECONDITION_FAILED;
    assert_eq!(outcomes.iter().filter(|(_, s)| lost(*s)).count(), 99);
    assert_eq!(client.get("x").await.text(), winners[0].to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_concurrent_replacements_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let etag = client.put("x", "first").await.header("etag").to_owned();
    let attempts = (0..100).map(|n| {
        let (client, etag) = (client.clone(), etag.clone());
        async move {
            let condition = [("if-match", etag.as_str())];
            client.put_with("x", &condition, &n.to_string()).await.status
        }
    });
    let outcomes = join_all(attempts).await;
    let winners = outcomes.iter().filter(|s| **s == StatusCode::OK);
    assert_eq!(winners.count(), 1);
}

#[tokio::test]
async fn writes_answer_as_s3_does() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let absent = client.put_with("x", &[("if-match", "\"0\"")], "1").await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    let etag = client.put("x", "1").await.header("etag").to_owned();
    let wrong = client.put_with("x", &[("if-match", "\"0\"")], "2").await;
    assert_eq!(wrong.one("Code"), "PreconditionFailed");
    let right = client.put_with("x", &[("if-match", &etag)], "2").await;
    assert_eq!(right.status, StatusCode::OK);
    let stale = [("if-match", etag.as_str())];
    let deleted = client.send("DELETE", "x", &[], &stale, "").await.unwrap();
    assert_eq!(deleted.status, StatusCode::PRECONDITION_FAILED);
    let fresh = [("if-match", right.header("etag"))];
    let deleted = client.send("DELETE", "x", &[], &fresh, "").await.unwrap();
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn reads_answer_as_s3_does() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let etag = client.put("x", "1").await.header("etag").to_owned();
    let date = client.get("x").await.header("last-modified").to_owned();
    let past = "Mon, 01 Jan 2001 00:00:00 GMT";
    for (headers, expected) in [
        (vec![("if-match", etag.as_str())], StatusCode::OK),
        (vec![("if-match", "\"0\"")], StatusCode::PRECONDITION_FAILED),
        (vec![("if-none-match", &*etag)], StatusCode::NOT_MODIFIED),
        (vec![("if-none-match", "\"0\"")], StatusCode::OK),
        (vec![("if-modified-since", &*date)], StatusCode::NOT_MODIFIED),
        (vec![("if-modified-since", past)], StatusCode::OK),
        (vec![("if-unmodified-since", past)], StatusCode::PRECONDITION_FAILED),
        (vec![("if-unmodified-since", &*date)], StatusCode::OK),
        // An ETag takes precedence over a date.
        (vec![("if-match", &*etag), ("if-unmodified-since", past)], StatusCode::OK),
    ] {
        for method in ["GET", "HEAD"] {
            let got = client.send(method, "x", &[], &headers, "").await.unwrap();
            assert_eq!(got.status, expected, "{method} {headers:?}");
            if expected == StatusCode::NOT_MODIFIED {
                assert_eq!(got.header("etag"), etag);
                assert!(got.body.is_empty());
            }
        }
    }
}
