//! A truncated or damaged body is requested again.

use obscura::store::Fetched;

use crate::stub::{Answer, Request, Stub};

const BODY: &str = "0123456789";

/// The object, or the rest of it, if the request names this version.
fn whole(request: &Request) -> Answer {
    let from = request
        .headers
        .get("range")
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    if request.headers.get("if-match").is_some_and(|etag| etag != "\"e\"") {
        return Answer::error(412, "PreconditionFailed", "A condition did not hold.");
    }
    let status = if from.is_some() { 206 } else { 200 };
    Answer::new(status, &BODY[from.unwrap_or(0)..]).with("etag", "\"e\"")
}

#[tokio::test]
async fn a_body_that_breaks_off_is_continued() {
    let mut answered = 0;
    let stub = Stub::start(move |request| {
        answered += 1;
        if answered < 3 { whole(request).broken_after(3) } else { whole(request) }
    });
    let store = stub.store().await;
    let Fetched::Object(object) = store.get("b", "k", None).await.unwrap() else {
        panic!("it is there");
    };
    assert_eq!(object.body.collect(100).await.unwrap(), BODY);
    assert_eq!(stub.seen().len(), 3);
}

/// The object with the checksum of `BODY`, and other bytes `times` times.
async fn flipped(times: usize) -> (Stub, Result<bytes::Bytes, obscura::store::StoreError>) {
    let mut answered = 0;
    let stub = Stub::start(move |_| {
        answered += 1;
        let body = if answered <= times { "0123456799" } else { BODY };
        let answer = Answer::new(200, body).with("etag", "\"e\"");
        // CRC-32 of `BODY`.
        answer.with("x-amz-checksum-crc32", "poTHxg==")
    });
    let store = stub.store().await;
    let Fetched::Object(object) = store.get("b", "k", None).await.unwrap() else {
        panic!("it is there");
    };
    let body = object.body.collect(100).await;
    (stub, body)
}

#[tokio::test]
async fn a_flipped_byte_is_a_checksum_that_does_not_match() {
    let (stub, body) = flipped(1).await;
    assert_eq!(body.unwrap(), BODY);
    assert_eq!(stub.seen().len(), 2, "it is asked for again, as a whole");
    let (_, body) = flipped(usize::MAX).await;
    let error = body.unwrap_err();
    assert_eq!(error.code().as_str(), "store-unavailable");
    assert!(error.to_string().contains("checksum does not match"), "{error}");
}
