//! Keys that XML cannot represent.

use obscura::store::Condition;

use crate::stub::{Answer, Stub};

fn page(encoding: &str, keys: &[&str]) -> String {
    let contents: String = keys
        .iter()
        .map(|key| format!("<Contents><Key>{key}</Key><ETag>\"e\"</ETag><Size>1</Size></Contents>"))
        .collect();
    format!(
        "<ListBucketResult><IsTruncated>false</IsTruncated>{encoding}{contents}</ListBucketResult>"
    )
}

#[tokio::test]
async fn listings_are_encoded() {
    let encoded = "<EncodingType>url</EncodingType>";
    let text = page(encoded, &["a%01.jpg", "b+%2B/%C3%BC.jpg", "%FF.jpg", "c.jpg"]);
    let stub = Stub::start(move |_| Answer::new(200, text.clone()));
    let keys = stub.store().await.list("b", "").await.unwrap();
    // One that is not UTF-8 does not block the others.
    assert_eq!(keys, ["a\u{1}.jpg", "b +/ü.jpg", "c.jpg"]);
    assert!(stub.seen()[0].contains("encoding-type=url"), "{:?}", stub.seen());
}

#[tokio::test]
async fn a_listing_that_is_not_encoded_is_taken_as_it_is() {
    let text = page("", &["a+b%41.jpg"]);
    let stub = Stub::start(move |_| Answer::new(200, text.clone()));
    assert_eq!(stub.store().await.list("b", "").await.unwrap(), ["a+b%41.jpg"]);
}

#[tokio::test]
async fn keys_that_xml_cannot_hold_are_deleted_one_by_one() {
    let stub = Stub::start(|request| match request.method.as_str() {
        "POST" => Answer::new(
            200,
            "<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code><Message>No</Message>\
             </Error></DeleteResult>",
        ),
        _ => Answer::new(204, ""),
    });
    let keys = ["a", "\u{1}", "b\r", "c\u{ffff}"].map(str::to_owned);
    let error = stub.store().await.delete("b", &keys).await.unwrap_err();
    assert_eq!((error.code().as_str(), error.key.as_str()), ("store-denied", "a"));
    let seen = stub.seen();
    for target in ["POST /b/?delete", "DELETE /b/%01", "DELETE /b/b%0D", "DELETE /b/c%EF%BF%BF"] {
        assert!(seen.iter().any(|one| one.starts_with(target)), "{target}: {seen:?}");
    }
}

#[tokio::test]
async fn keys_of_spaces_are_keys() {
    let stub = Stub::start(|_| Answer::new(200, "").with("etag", "\"e\""));
    let store = stub.store().await;
    for key in [" ", "\u{3000}", "  a  "] {
        store.get("b", key, None).await.unwrap();
        let put = obscura::store::Put { content_type: "text/plain", ..Default::default() };
        store.put("b", key, put, Condition::Always).await.unwrap();
    }
    assert!(stub.seen()[0].starts_with("GET /b/%20"), "{:?}", stub.seen());
}
