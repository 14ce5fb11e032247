//! Requests to the local S3, one after the other, without signatures: none causes an internal
//! error, and none leaves the folder.
#![no_main]

use std::fs;
use std::sync::LazyLock;

use http::{Method, Request};
use http_body_util::BodyExt;
use libfuzzer_sys::fuzz_target;
use obscura_host_fuzz::run;
use obscura_local::fuzzing::Bare;
use tempfile::TempDir;

/// A request: its method and bucket by number, path, query, headers and body.
type One = (u8, u8, String, String, Vec<(u8, String)>, Vec<u8>);

const METHODS: [Method; 5] = [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::HEAD];
const BUCKETS: [&str; 4] = ["source", "destination", "..", ""];
const HEADERS: [&str; 16] = [
    "x-amz-copy-source",
    "range",
    "if-match",
    "if-none-match",
    "content-type",
    "x-amz-meta-a",
    "x-amz-tagging",
    "content-md5",
    "x-amz-copy-source-range",
    "content-encoding",
    "x-amz-decoded-content-length",
    "x-amz-content-sha256",
    "x-amz-checksum-crc32",
    "x-amz-storage-class",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-object-attributes",
];

/// Files next to the folder, which must not be changed.
static OUTSIDE: LazyLock<TempDir> =
    LazyLock::new(|| TempDir::new_in("/dev/shm").expect("a folder in memory"));

fuzz_target!(|input: Vec<One>| {
    let root = OUTSIDE.path().join("root");
    fs::create_dir_all(&root).expect("a folder");
    let server = Bare::open(&root).expect("a server");
    let ask = |request: Request<Vec<u8>>| {
        run(async {
            let answer = server.answer(request).await.expect("an answer");
            let status = answer.status();
            let body = answer.into_body().collect().await.map(|body| body.to_bytes());
            (status, body)
        })
    };
    for bucket in &BUCKETS[..2] {
        let make =
            Request::put(format!("http://localhost/{bucket}")).body(Vec::new()).expect("a request");
        assert!(ask(make).0.is_success());
    }
    for (method, bucket, path, query, headers, body) in input.into_iter().take(8) {
        let method = METHODS[usize::from(method) % METHODS.len()].clone();
        let bucket = BUCKETS[usize::from(bucket) % BUCKETS.len()];
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://localhost/{bucket}/{}?{}", path, query))
            .header("host", "localhost")
            .header("content-length", body.len());
        for (name, value) in headers {
            request = request.header(HEADERS[usize::from(name) % HEADERS.len()], value);
        }
        let Ok(request) = request.body(body) else { continue };
        let (status, body) = ask(request);
        let text = body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned());
        assert_ne!(status.as_u16(), 500, "{text:?}");
    }
    let beside: Vec<_> = fs::read_dir(OUTSIDE.path())
        .expect("the folder")
        .flatten()
        .map(|one| one.file_name())
        .collect();
    assert_eq!(beside, ["root"]);
    fs::remove_dir_all(&root).expect("it can be removed");
});
