//! Every key that S3 allows is stored unchanged.

use hyper::StatusCode;

use crate::builder;
use crate::client::Client;

fn awkward() -> Vec<String> {
    let mut keys: Vec<String> = [
        "a b+c/ü.jpg",
        "a",
        "a/b",
        "a/b/c",
        "../../etc/passwd",
        "..",
        ".",
        "./x",
        "x/../y",
        "/leading",
        "trailing/",
        "a//b",
        "//",
        "%41",
        "A",
        "%",
        "100%+1",
        ".hidden",
        ".store/blobs/x",
        "back\\slash",
        "quote\"'<>&",
        "new\nline",
        "日本語/🦀.webp",
        "e\u{301}",
        "é",
        "?query=1&x#fragment",
        "~*'()!",
    ]
    .map(str::to_owned)
    .into();
    keys.push("k".repeat(1024));
    keys.push(format!("{}/x", "n".repeat(300)));
    keys
}

#[tokio::test]
async fn awkward_keys_are_stored_read_listed_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("inside/root");
    let local = builder(&root).start().await.unwrap();
    let client = Client::new(&local);
    for key in awkward() {
        let put = client.put(&key, key.clone()).await;
        assert_eq!(put.status, StatusCode::OK, "{key:?} {}", put.text());
    }
    // Nothing left the root.
    let outside: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(outside.len(), 1);
    assert_eq!(std::fs::read_dir(folder.path().join("inside")).unwrap().count(), 1);

    local.shutdown().await;
    let local = builder(&root).start().await.unwrap();
    let client = Client::new(&local);
    for key in awkward() {
        assert_eq!(client.get(&key).await.text(), key);
    }
    let query = [("list-type", "2"), ("encoding-type", "url")];
    let listed = client.list(&query).await;
    let mut expected = awkward();
    expected.sort();
    let expected: Vec<String> =
        expected.iter().map(|key| obscura_local::key::encode(key)).collect();
    assert_eq!(listed.all("Key"), expected);
    for key in awkward() {
        assert_eq!(client.delete(&key).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(client.list(&query).await.one("KeyCount"), "0");
    // The folders that only contained links are removed, too.
    assert_eq!(std::fs::read_dir(root.join("bucket")).unwrap().count(), 0);
}

#[tokio::test]
async fn people_find_their_files_under_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let link = folder.path().join("bucket/a b/ü.jpg");
    client.put("a b/ü.jpg", "one").await;
    assert_eq!(std::fs::read_to_string(&link).unwrap(), "one");
    client.put("a b/ü.jpg", "two").await;
    assert_eq!(std::fs::read_to_string(&link).unwrap(), "two");
    client.delete("a b/ü.jpg").await;
    assert!(!folder.path().join("bucket/a b").exists());
}

#[tokio::test]
async fn a_key_longer_than_1024_bytes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let put = Client::new(&local).put(&"k".repeat(1025), "").await;
    assert_eq!(put.one("Code"), "KeyTooLongError");
}
