//! Stored data is available at the next start, however the last process ended.

use obscura_local::Error;

use crate::builder;
use crate::client::Client;

#[tokio::test]
async fn objects_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let put = Client::new(&local).put_with("x", &[("x-amz-meta-a", "b")], "hello").await;
    local.shutdown().await;
    let local = builder(folder.path()).start().await.unwrap();
    let got = Client::new(&local).get("x").await;
    assert_eq!(got.text(), "hello");
    assert_eq!(got.header("etag"), put.header("etag"));
    assert_eq!(got.header("x-amz-meta-a"), "b");
}

#[tokio::test]
async fn leftovers_of_a_crash_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    client.put("kept", "kept").await;
    local.shutdown().await;
    let store = folder.path().join(".store");
    // A blob was written, but its metadata was not, or only half.
    std::fs::write(store.join("blobs/orphan"), "x").unwrap();
    std::fs::write(store.join("buckets/bucket/half.partial"), "{\"key\":").unwrap();
    // A multipart upload was half created, and half removed.
    std::fs::create_dir(store.join("uploads/half")).unwrap();
    // A link was not made.
    std::fs::remove_file(folder.path().join("bucket/kept")).unwrap();

    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    assert_eq!(client.get("kept").await.text(), "kept");
    assert_eq!(client.list(&[]).await.all("Key"), ["kept"]);
    assert!(!store.join("blobs/orphan").exists());
    assert!(!store.join("buckets/bucket/half.partial").exists());
    assert!(!store.join("uploads/half").exists());
    assert!(folder.path().join("bucket/kept").exists());
}

#[tokio::test]
async fn a_folder_is_served_once() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let second = builder(folder.path()).start().await.err().unwrap();
    assert!(matches!(second, Error::InUse { .. }));
    let pid = std::process::id().to_string();
    assert!(second.to_string().contains(&pid), "{second}");
    local.shutdown().await;
    assert!(builder(folder.path()).start().await.is_ok());
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_to_be() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let error = builder(folder.path()).port(port).start().await.err().unwrap();
    assert!(matches!(error, Error::Port { port: p, .. } if p == port));
}
