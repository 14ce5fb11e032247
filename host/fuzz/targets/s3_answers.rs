//! Any S3 response to a GET, a HEAD, a PUT and a DELETE.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura::pipeline::Manifest;
use obscura::store::{Condition, Fetched, Put, StoreError};
use obscura_host_fuzz::{Canned, run};

const STATUS: [u16; 14] = [200, 204, 206, 301, 304, 307, 400, 403, 404, 409, 412, 416, 500, 503];
const HEADERS: [&str; 12] = [
    "etag",
    "content-length",
    "content-type",
    "content-encoding",
    "last-modified",
    "x-amz-meta-a",
    "x-amz-version-id",
    "x-amz-tagging-count",
    "x-amz-delete-marker",
    "x-amz-request-id",
    "content-range",
    "x-amz-error-code",
];

/// The message of a failure stays short, for any S3 response.
fn told<T>(result: Result<T, StoreError>) -> Option<T> {
    result
        .inspect_err(|error| {
            let text = error.to_string();
            assert!(text.len() < 2000 && !text.contains(char::is_control), "{text:?}");
            let _ = (error.code(), error.meaning(), error.clone().of_source().code());
        })
        .ok()
}

/// A status, an error's code, headers and a body.
type Input = (u8, Option<String>, Vec<(u8, String)>, Vec<u8>);

fuzz_target!(|input: Input| {
    let (status, code, headers, body) = input;
    let name = |at: u8| HEADERS[usize::from(at) % HEADERS.len()].to_owned();
    let body = match code {
        Some(code) => {
            let message = String::from_utf8_lossy(&body);
            format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>").into()
        }
        None => body,
    };
    let canned = Canned {
        status: STATUS[usize::from(status) % STATUS.len()],
        headers: headers.into_iter().map(|(at, value)| (name(at), value)).collect(),
        body,
    };
    let store = canned.store();
    run(async {
        if let Some(Fetched::Object(object)) = told(store.get("bucket", "key", Some("etag")).await)
        {
            let _ = told(object.body.collect(1 << 20).await);
        }
        let _ = told(store.head("bucket", "key").await);
        let put = Put { body: "body".into(), content_type: "text/plain", ..Put::default() };
        let _ = told(store.put("bucket", "key", put, Condition::Absent).await);
        let _ = told(store.delete("bucket", &["key".to_owned(), " ".to_owned()]).await);
        let _ = told(store.read_record::<Manifest>("bucket", "key", 1 << 20).await);
    });
});
