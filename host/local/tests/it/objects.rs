//! Objects are returned as they were stored.

use hyper::StatusCode;

use crate::builder;
use crate::client::{Client, hex};

#[tokio::test]
async fn bytes_headers_and_metadata_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let given = [
        ("content-type", "image/jpeg"),
        ("cache-control", "max-age=60"),
        ("content-disposition", "inline"),
        ("content-encoding", "gzip"),
        ("content-language", "de"),
        ("x-amz-meta-digest", "sha256:1"),
        ("x-amz-tagging", "a=b%20c&d=e"),
    ];
    let put = client.put_with("photo", &given, "hello").await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text());
    let etag = "\"5d41402abc4b2a76b9719d911017c592\"";
    assert_eq!(put.header("etag"), etag);

    let got = client.get("photo").await;
    assert_eq!(got.text(), "hello");
    assert_eq!(got.header("etag"), etag);
    assert_eq!(got.header("content-length"), "5");
    assert_eq!(got.header("x-amz-tagging-count"), "2");
    assert!(!got.header("last-modified").is_empty());
    for (name, value) in given.iter().take(6) {
        assert_eq!(got.header(name), *value);
    }
    let head = client.send("HEAD", "photo", &[], &[], "").await.unwrap();
    assert_eq!(head.header("content-length"), "5");
    assert_eq!(head.header("content-type"), "image/jpeg");
    assert!(head.body.is_empty());
    let tags = client.send("GET", "photo", &[("tagging", "")], &[], "").await;
    assert_eq!(tags.unwrap().all("Value"), ["b c", "e"]);
}

#[tokio::test]
async fn ranges_are_cut_out() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    client.put("big", bytes.clone()).await;
    assert_eq!(client.get("big").await.body, bytes);
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=300000-699999", 300_000..700_000),
        ("bytes=999990-", 999_990..1_000_000),
        ("bytes=-7", 999_993..1_000_000),
        ("bytes=999999-2000000", 999_999..1_000_000),
    ] {
        let got = client.get_with("big", &[("range", range)]).await;
        assert_eq!(got.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(
            got.header("content-range"),
            format!("bytes {}-{}/1000000", expected.start, expected.end - 1)
        );
        assert_eq!(got.body, bytes[expected]);
    }
    let beyond = client.get_with("big", &[("range", "bytes=1000000-")]).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
}

#[tokio::test]
async fn damaged_uploads_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    for header in [
        ("content-md5", "XrY7u+Ae7tCTyyK7j1rNww=="),
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ] {
        let put = client.put_with("x", &[header], "hello").await;
        assert_eq!(put.status, StatusCode::BAD_REQUEST);
        assert_eq!(put.one("Code"), "BadDigest");
    }
    assert_eq!(client.get("x").await.status, StatusCode::NOT_FOUND);
    // Nothing of it remains.
    let blobs = std::fs::read_dir(folder.path().join(".store/blobs")).unwrap();
    assert_eq!(blobs.count(), 0);
}

#[tokio::test]
async fn checksums_are_returned_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let crc = ("x-amz-checksum-crc32", "NhCmhg==");
    let put = client.put_with("x", &[crc], "hello").await;
    assert_eq!(put.header(crc.0), crc.1, "{}", put.text());
    assert_eq!(client.get("x").await.header(crc.0), "");
    let mode = [("x-amz-checksum-mode", "ENABLED")];
    let got = client.get_with("x", &mode).await;
    assert_eq!(got.header(crc.0), crc.1);
    assert_eq!(got.header("x-amz-checksum-type"), "FULL_OBJECT");
}

#[tokio::test]
async fn a_reader_gets_one_version_while_the_object_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let sizes = 3_000_000;
    client.put("x", vec![0; sizes]).await;
    let writer = {
        let client = client.clone();
        tokio::spawn(async move {
            for round in 1..=20_u8 {
                client.put("x", vec![round; sizes]).await;
            }
        })
    };
    while !writer.is_finished() {
        let got = client.get("x").await;
        assert_eq!(got.body.len(), sizes);
        let first = got.body[0];
        assert!(got.body.iter().all(|byte| *byte == first));
        use md5::{Digest, Md5};
        let md5 = hex(&Md5::digest(&got.body));
        assert_eq!(got.header("etag"), format!("\"{md5}\""));
    }
}

#[tokio::test]
async fn copies_take_or_replace_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    client.put_with("a b", &[("content-type", "image/png"), ("x-amz-meta-x", "1")], "hello").await;
    let source = ("x-amz-copy-source", "/bucket/a%20b");
    let copied = client.put_with("copy", &[source], "").await;
    assert_eq!(copied.status, StatusCode::OK, "{}", copied.text());
    assert_eq!(client.get("copy").await.header("x-amz-meta-x"), "1");
    let replace = [source, ("x-amz-metadata-directive", "REPLACE"), ("x-amz-meta-y", "2")];
    client.put_with("a b", &replace, "").await;
    let got = client.get("a b").await;
    assert_eq!(got.text(), "hello");
    assert_eq!((got.header("x-amz-meta-x"), got.header("x-amz-meta-y")), ("", "2"));
    let onto_itself = client.put_with("a b", &[source], "").await;
    assert_eq!(onto_itself.one("Code"), "InvalidRequest");
    let missing = [("x-amz-copy-source", "bucket/none")];
    assert_eq!(client.put_with("c", &missing, "").await.one("Code"), "NoSuchKey");
}

#[tokio::test]
async fn buckets_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    client.put("x", "1").await;
    assert_eq!(
        client.send("DELETE", "", &[], &[], "").await.unwrap().one("Code"),
        "BucketNotEmpty"
    );
    client.delete("x").await;
    let deleted = client.send("DELETE", "", &[], &[], "").await.unwrap();
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(client.put("x", "1").await.one("Code"), "NoSuchBucket");
    assert_eq!(client.send("PUT", "", &[], &[], "").await.unwrap().status, StatusCode::OK);
    assert_eq!(client.put("x", "1").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_secret_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let mut wrong = Client::new(&local);
    wrong.set_secret("guess");
    assert_eq!(wrong.get("x").await.one("Code"), "SignatureDoesNotMatch");
}
