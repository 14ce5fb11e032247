//! Listings.

use crate::builder;
use crate::client::Client;

#[tokio::test]
async fn version_2_pages_through_everything() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    for n in 0..25 {
        client.put(&format!("d {}/{n:02}", n / 10), "x").await;
    }
    let mut keys = Vec::new();
    let mut token = None;
    loop {
        let mut query = vec![("list-type", "2"), ("max-keys", "7")];
        if let Some(token) = token.as_deref() {
            query.push(("continuation-token", token));
        }
        let page = client.list(&query).await;
        keys.extend(page.all("Key").iter().map(|key| (*key).to_owned()));
        assert_eq!(page.one("KeyCount"), page.all("Key").len().to_string());
        if page.one("IsTruncated") == "false" {
            break;
        }
        token = Some(page.one("NextContinuationToken").to_owned());
    }
    let expected: Vec<String> = (0..25).map(|n| format!("d {}/{n:02}", n / 10)).collect();
    assert_eq!(keys, expected);

    let folders =
        client.list(&[("list-type", "2"), ("delimiter", "/"), ("encoding-type", "url")]).await;
    let prefixes: Vec<&str> = folders.all("Prefix");
    assert_eq!(prefixes, ["", "d+0/", "d+1/", "d+2/"]);
    let after =
        client.list(&[("list-type", "2"), ("start-after", "d 2/22"), ("prefix", "d 2/")]).await;
    assert_eq!(after.all("Key"), ["d 2/23", "d 2/24"]);
}

#[tokio::test]
async fn version_1_pages_by_marker() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    for key in ["a/1", "a/2", "b", "c/1", "d"] {
        client.put(key, "x").await;
    }
    let first = client.list(&[("delimiter", "/"), ("max-keys", "2")]).await;
    assert_eq!(first.all("Key"), ["b"]);
    assert_eq!(first.one("NextMarker"), "b");
    let second = client.list(&[("delimiter", "/"), ("max-keys", "2"), ("marker", "b")]).await;
    assert_eq!(second.all("Key"), ["d"]);
    assert_eq!(second.one("IsTruncated"), "false");
    let bad = client.list(&[("list-type", "2"), ("continuation-token", "?")]).await;
    assert_eq!(bad.one("Code"), "InvalidArgument");
}
