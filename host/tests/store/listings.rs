//! A listing that breaks off is requested again, and never taken for a short one.

use futures_util::future::join_all;
use obscura::store::Meaning;

use crate::stub::{Answer, Stub};

const PAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult \
                    xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><IsTruncated>\
                    false</IsTruncated><Contents><Key>a</Key><Size>1</Size></Contents><Contents>\
                    <Key>b</Key><Size>1</Size></Contents></ListBucketResult>\n";

#[tokio::test]
async fn a_listing_that_breaks_off_is_requested_again() {
    let mut answered = 0;
    let stub = Stub::start(move |_| {
        answered += 1;
        let bytes = if answered < 3 { PAGE.find("<Key>b").unwrap() } else { PAGE.len() };
        Answer::new(200, &PAGE[..bytes])
    });
    let keys = stub.store().await.list("b", "").await.unwrap();
    assert_eq!((keys, stub.seen().len()), (vec!["a".to_owned(), "b".to_owned()], 3));
}

#[tokio::test]
async fn no_part_of_a_listing_is_a_listing() {
    // Inside the declaration, the root, a key, between two objects, and in the last tag.
    let cuts = ["?>", "xmlns", "<Name>", "</Key>", "<Contents><Key>b", "</ListBucketResult>"];
    let cuts = cuts.map(|text| PAGE.find(text).unwrap()).into_iter().chain([PAGE.len() - 2]);
    let attempts = cuts.map(|cut| async move {
        let stub = Stub::start(move |_| Answer::new(200, &PAGE[..cut]));
        let store = stub.store().await;
        let (all, page) = tokio::join!(store.list("bucket", "a/"), store.list_page("bucket", "a/"));
        for listed in [all.map(|keys| keys.len()), page.map(|objects| objects.len())] {
            let error = listed.expect_err(&PAGE[..cut]);
            assert_eq!(error.meaning(), Meaning::Unavailable, "{error}");
            assert!(error.code().is_transient(), "{error}");
            let text = error.to_string();
            assert!(text.starts_with("ListObjectsV2 s3://bucket/a/: "), "{text}");
            assert!(text.contains("cannot be read") && text.contains("AWS_ENDPOINT_URL"), "{text}");
        }
    });
    join_all(attempts).await;
}

#[tokio::test]
async fn a_report_of_deletions_that_breaks_off_is_no_success() {
    let stub = Stub::start(|_| Answer::new(200, "<DeleteResult><Error><Key>a</Key>"));
    let error = stub.store().await.delete("b", &["a".to_owned()]).await.unwrap_err();
    assert!(error.code().is_transient() && error.to_string().contains("cannot be read"), "{error}");
}

#[tokio::test]
async fn a_page_of_a_proxy_is_not_called_a_refusal() {
    let stub = Stub::start(|_| Answer::new(200, "<html><body>Sign in</body></html>"));
    let error = stub.store().await.list("b", "").await.unwrap_err();
    assert_eq!(error.meaning(), Meaning::Unavailable);
    assert!(error.to_string().contains("cannot be read"), "{error}");
}
