//! The handling of each of S3's documented errors, over HTTP, code by code.

use futures_util::future::join_all;
use obscura::code::Code::{
    self, BucketMissing, KeyTooLong, SourceArchived, SourceEncrypted, StoreDenied, StoreUnavailable,
};
use obscura::error::{Error, Party};
use obscura::store::{Condition, Fetched, Meaning, Put, StoreError, Written};

use crate::stub::{Answer, Stub};

const SSE_C: &str = "The object was stored using a form of Server Side Encryption. The correct \
                     parameters must be provided to retrieve the object.";

/// Status, code and message; the result of reading a source, and a word of the error message.
const ERRORS: &[(u16, &str, &str, Code, &str)] = &[
    (404, "NoSuchBucket", "The specified bucket does not exist", BucketMissing, "no such bucket"),
    (403, "AccessDenied", "Access Denied", StoreDenied, "denied"),
    (403, "InvalidAccessKeyId", "No such key id", StoreDenied, "denied"),
    (403, "SignatureDoesNotMatch", "Check your key", StoreDenied, "denied"),
    (403, "AllAccessDisabled", "Disabled", StoreDenied, "denied"),
    (400, "KMS.DisabledException", "The key is disabled", StoreDenied, "denied"),
    (403, "InvalidObjectState", "Not valid for its class", SourceArchived, "restored"),
    (400, "InvalidRequest", SSE_C, SourceEncrypted, "SSE-C"),
    (400, "ExpiredToken", "The token has expired.", StoreUnavailable, "credentials have expired"),
    (403, "RequestTimeTooSkewed", "Too large a difference", StoreUnavailable, "clock"),
    (503, "SlowDown", "Please reduce your request rate.", StoreUnavailable, "throttles"),
    (503, "ServiceUnavailable", "Reduce your rate", StoreUnavailable, "throttles"),
    (429, "TooManyRequests", "Later", StoreUnavailable, "throttles"),
    (500, "InternalError", "Please try again.", StoreUnavailable, "failed"),
    (400, "RequestTimeout", "Not read from in time", StoreUnavailable, "failed"),
    (301, "PermanentRedirect", "Use the endpoint", StoreUnavailable, "another region"),
    (400, "AuthorizationHeaderMalformed", "Expecting eu", StoreUnavailable, "another region"),
    (400, "BadDigest", "It did not match", StoreUnavailable, "checksum"),
    (409, "OperationAborted", "In progress", StoreUnavailable, "there is a concurrent write"),
    (400, "KeyTooLongError", "Your key is too long", KeyTooLong, "too long"),
    (400, "InvalidRequest", "Something else", StoreUnavailable, "refused"),
    (405, "MethodNotAllowed", "Not allowed", StoreUnavailable, "refused"),
    // Not from S3, but from a proxy.
    (404, "", "", StoreUnavailable, "no such object"),
    (418, "OfTheFuture", "Unheard of", StoreUnavailable, "refused"),
    (502, "OfTheFuture", "Unheard of", StoreUnavailable, "failed"),
];

fn answer(status: u16, code: &str, message: &str) -> Answer {
    if code.is_empty() { Answer::new(status, "") } else { Answer::error(status, code, message) }
}

async fn read(answer: Answer) -> Result<Fetched, StoreError> {
    let stub = Stub::start(move |_| answer.clone());
    stub.store().await.get("pictures", "a.jpg", Some("known")).await
}

#[tokio::test]
async fn every_code_has_its_own_meaning() {
    let reads = ERRORS.iter().map(|&(status, code, said, expected, words)| async move {
        let error = read(answer(status, code, said)).await.expect_err(code).of_source();
        assert_eq!(error.code(), expected, "{status} {code}: {error}");
        let text = error.to_string();
        assert!(text.contains(words), "{status} {code}: {text}");
        assert!(text.contains(code) && text.contains(said), "S3's own words: {text}");
        assert!(text.starts_with("GetObject s3://pictures/a.jpg: "), "{text}");
    });
    join_all(reads).await;
}

#[tokio::test]
async fn an_object_is_gone_only_if_its_bucket_is_there() {
    let gone = Answer::error(404, "NoSuchKey", "The specified key does not exist.");
    assert!(matches!(read(gone.clone()).await, Ok(Fetched::Missing)));
    let marked = gone.with("x-amz-delete-marker", "true");
    assert!(matches!(read(marked).await, Ok(Fetched::Missing)));
    let unchanged = Answer::new(304, "");
    assert!(matches!(read(unchanged).await, Ok(Fetched::NotModified)));
    for (code, meaning) in [("NoSuchBucket", Meaning::NoBucket), ("", Meaning::Unproven)] {
        let error = read(answer(404, code, "")).await.unwrap_err();
        assert_eq!(error.meaning(), meaning);
        assert!(error.code().is_transient(), "the event waits until the bucket is there");
    }
}

#[tokio::test]
async fn an_answer_without_an_etag_or_a_length_is_not_s3s() {
    let page = Answer::new(200, "<html>Sign in</html>").with("content-type", "text/html");
    for answer in [page.clone(), Answer::new(204, ""), page.with("etag", "\"\"")] {
        let error = read(answer.clone()).await.unwrap_err();
        assert!(error.code().is_transient() && error.to_string().contains("ETag"), "{error}");
        let stub = Stub::start(move |_| answer.clone());
        let store = stub.store().await;
        assert!(store.head("pictures", "a.jpg").await.is_err());
        assert!(store.put("b", "k", Put::default(), Condition::Always).await.is_err());
    }
    let endless = Answer::new(200, "{}").with("etag", "\"e\"").without_length();
    let error = read(endless).await.unwrap_err();
    assert!(error.code().is_transient() && error.to_string().contains("Content-Length"), "{error}");
    let part = Answer::new(206, "part").with("etag", "\"e\"");
    let error = read(part.with("content-range", "bytes 0-3/9")).await.unwrap_err();
    assert!(error.code().is_transient(), "{error}");
}

/// Whether each kind of request but GET, HEAD and PUT accepts this answer; a copy needs a head.
async fn accepted(answer: Answer) -> Vec<&'static str> {
    let stub = Stub::start(move |request| match request.method.as_str() {
        "HEAD" => Answer::new(200, "").with("etag", "\"e\""),
        _ => answer.clone(),
    });
    let store = stub.store().await;
    let results = [
        ("list", store.list("b", "").await.map(drop)),
        ("list a page", store.list_page("b", "").await.map(drop)),
        ("delete", store.delete("b", &["a".to_owned()]).await),
        ("delete one", store.delete("b", &["a\u{1}".to_owned()]).await),
        ("mark", store.mark("b", "a").await),
        ("unmark", store.unmark("b", "a").await),
    ];
    for error in results.iter().filter_map(|(_, result)| result.as_ref().err()) {
        assert!(error.code().is_transient(), "{error}");
    }
    results.into_iter().filter(|(_, result)| result.is_ok()).map(|(name, _)| name).collect()
}

#[tokio::test]
async fn a_page_and_an_error_within_a_success_are_failures_of_every_request() {
    let page = Answer::new(200, "<html><p>Sign in</p></html>").with("content-type", "text/html");
    assert_eq!(accepted(page).await, Vec::<&str>::new());
    let text = Answer::new(200, "Sign in").with("content-type", "text/plain");
    assert_eq!(accepted(text).await, Vec::<&str>::new());
    // S3 may have begun its response before the failure.
    let error = Answer::error(200, "InternalError", "Please try again.");
    assert_eq!(accepted(error).await, Vec::<&str>::new());
}

#[tokio::test]
async fn a_source_that_cannot_be_read_is_its_uploaders_matter() {
    for (status, code, message, remedy) in [
        (403, "InvalidObjectState", "Archived", "Restore it"),
        (400, "InvalidRequest", SSE_C, "SSE-KMS"),
    ] {
        let error = read(answer(status, code, message)).await.unwrap_err();
        // Otherwise, it is the operator's.
        assert!(matches!(Error::from(error.clone()), Error::Fault(_)), "{error}");
        let Error::Rejected(rejection) = Error::from(error.of_source()) else {
            panic!("{code} would come again")
        };
        assert_eq!(rejection.mend, Party::Uploader);
        assert!(rejection.remedy.contains(remedy), "{}", rejection.remedy);
    }
}

#[tokio::test]
async fn conflicts_are_answers_to_conditional_writes_alone() {
    for (status, code) in [
        (412, "PreconditionFailed"),
        (409, "ConditionalRequestConflict"),
        (409, "OperationAborted"),
        (404, "NoSuchKey"),
        (404, "NoSuchBucket"),
    ] {
        let stub = Stub::start(move |_| Answer::error(status, code, "said"));
        let store = stub.store().await;
        for condition in [Condition::Always, Condition::Absent, Condition::Etag("e")] {
            let put = Put { content_type: "text/plain", ..Put::default() };
            let written = store.put("b", "k", put, condition).await;
            let expected = match (code, condition) {
                ("NoSuchBucket", _) | (_, Condition::Always) => false,
                ("NoSuchKey", condition) => condition != Condition::Absent,
                _ => true,
            };
            let conflict = matches!(written, Ok(Written::Conflict));
            assert_eq!(conflict, expected, "{code}, {condition:?}: {written:?}");
        }
    }
}

#[tokio::test]
async fn an_unreachable_store_is_described() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (endpoint, words) in [
        (format!("http://127.0.0.1:{port}"), "refused"),
        ("http://nowhere.invalid".to_owned(), "lookup"),
    ] {
        let store = obscura::store::Store::at(&endpoint, "eu-central-1", "key", "secret").await;
        let error = store.get("b", "k", None).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("S3 cannot be reached") && text.contains(words), "{text}");
        assert!(!text.contains('{') && text.len() < 300, "no dump: {text}");
    }
}

#[tokio::test]
async fn messages_are_bounded_and_keys_are_escaped() {
    let long = "x".repeat(80_000);
    let stub = Stub::start(move |_| Answer::error(400, "Strange", &long));
    let store = stub.store().await;
    let error = store.get("b", "a\nERROR forged\u{1b}[31m", None).await.unwrap_err();
    let text = error.to_string();
    assert!(text.len() < 500, "{}", text.len());
    assert!(text.contains("a\\nERROR forged\\u{1b}[31m") && !text.contains('\n'), "{text}");
}
