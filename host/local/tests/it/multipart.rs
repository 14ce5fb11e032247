//! Uploads in parts.

use hyper::StatusCode;
use md5::{Digest, Md5};

use crate::builder;
use crate::client::{Client, hex};

const MIB: usize = 1024 * 1024;

async fn create(client: &Client, key: &str) -> String {
    let headers = [("content-type", "image/png")];
    let created = client.send("POST", key, &[("uploads", "")], &headers, "").await;
    created.unwrap().one("UploadId").to_owned()
}

async fn part(client: &Client, key: &str, id: &str, number: &str, body: Vec<u8>) -> String {
    let query = [("partNumber", number), ("uploadId", id)];
    let put = client.send("PUT", key, &query, &[], body).await.unwrap();
    assert_eq!(put.status, StatusCode::OK, "{}", put.text());
    put.header("etag").to_owned()
}

fn completion(parts: &[(&str, &str)]) -> String {
    let parts: String = parts
        .iter()
        .map(|(number, etag)| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        })
        .collect();
    format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
}

#[tokio::test]
async fn parts_become_one_object_even_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let id = create(&client, "x").await;
    let first = part(&client, "x", &id, "1", vec![1; 5 * MIB]).await;
    part(&client, "x", &id, "2", vec![9; MIB]).await;
    local.shutdown().await;

    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    // The second try of a part counts.
    let second = part(&client, "x", &id, "2", vec![2; MIB]).await;
    let listed = client.send("GET", "x", &[("uploadId", &id)], &[], "").await;
    assert_eq!(listed.unwrap().all("Size"), ["5242880", "1048576"]);
    let uploads = client.list(&[("uploads", "")]).await;
    assert_eq!(uploads.one("UploadId"), id);

    let body = completion(&[("1", &first), ("2", &second)]);
    let done = client.send("POST", "x", &[("uploadId", &id)], &[], body).await.unwrap();
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let md5s: Vec<u8> = [vec![1; 5 * MIB], vec![2; MIB]]
        .iter()
        .flat_map(|part| Md5::digest(part).to_vec())
        .collect();
    let etag = format!("\"{}-2\"", hex(&Md5::digest(md5s)));
    let got = client.get("x").await;
    assert_eq!(got.header("etag"), etag);
    assert_eq!(got.header("content-type"), "image/png");
    assert_eq!(got.body, [vec![1; 5 * MIB], vec![2; MIB]].concat());
    let part = client.send("GET", "x", &[("partNumber", "2")], &[], "").await.unwrap();
    assert_eq!(part.body, vec![2; MIB]);
    assert_eq!(part.header("x-amz-mp-parts-count"), "2");
    // The parts' blobs are removed.
    let blobs = std::fs::read_dir(folder.path().join(".store/blobs")).unwrap();
    assert_eq!(blobs.count(), 1);
}

#[tokio::test]
async fn completing_is_conditional_too() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let id = create(&client, "x").await;
    let etag = part(&client, "x", &id, "1", vec![1; 10]).await;
    client.put("x", "somebody was faster").await;
    let query = [("uploadId", id.as_str())];
    let condition = [("if-none-match", "*")];
    let body = completion(&[("1", &etag)]);
    let lost = client.send("POST", "x", &query, &condition, body.clone()).await.unwrap();
    assert_eq!(lost.status, StatusCode::PRECONDITION_FAILED);
    client.delete("x").await;
    let won = client.send("POST", "x", &query, &condition, body).await.unwrap();
    assert_eq!(won.status, StatusCode::OK, "{}", won.text());
}

#[tokio::test]
async fn wrong_completions_are_refused_and_an_abort_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let local = builder(folder.path()).start().await.unwrap();
    let client = Client::new(&local);
    let id = create(&client, "x").await;
    let first = part(&client, "x", &id, "1", vec![1; 10]).await;
    let second = part(&client, "x", &id, "2", vec![2; 10]).await;
    let query = [("uploadId", id.as_str())];
    for (parts, code) in [
        (vec![("1", "\"0\"")], "InvalidPart"),
        (vec![("3", &*first)], "InvalidPart"),
        (vec![("2", &*second), ("1", &*first)], "InvalidPartOrder"),
        (vec![("1", &*first), ("2", &*second)], "EntityTooSmall"),
    ] {
        let body = completion(&parts);
        let refused = client.send("POST", "x", &query, &[], body).await.unwrap();
        assert_eq!(refused.one("Code"), code);
    }
    let aborted = client.send("DELETE", "x", &query, &[], "").await.unwrap();
    assert_eq!(aborted.status, StatusCode::NO_CONTENT);
    let again = client.send("DELETE", "x", &query, &[], "").await.unwrap();
    assert_eq!(again.one("Code"), "NoSuchUpload");
    let blobs = std::fs::read_dir(folder.path().join(".store/blobs")).unwrap();
    assert_eq!(blobs.count(), 0);
}
