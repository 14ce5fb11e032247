//! Records are read completely, written within limits, and changed conditionally.

use std::sync::{Arc, Mutex};

use obscura::code::Code;
use obscura::store::{Change, Condition, ROUNDS, Record, Updated, Written};

use crate::stub::{Answer, Request, Stub};

/// A bucket with one object, whose ETag is its number of writes. Each write of `rivals` is preceded
/// by another client's.
fn bucket(first: Option<&str>, rivals: usize) -> Stub {
    let state = Arc::new(Mutex::new((first.map(str::to_owned), 1_u32, rivals)));
    Stub::start(move |request: &Request| {
        let mut state = state.lock().unwrap();
        let (object, version, rivals) = &mut *state;
        if request.method == "GET" {
            return match object {
                Some(text) => {
                    Answer::new(200, text.as_bytes()).with("etag", format!("\"{version}\""))
                }
                None => Answer::error(404, "NoSuchKey", "The specified key does not exist."),
            };
        }
        if *rivals > 0 {
            *rivals -= 1;
            *version += 1;
            *object = Some((*version * 100).to_string());
        }
        let holds = match (request.headers.get("if-match"), request.headers.get("if-none-match")) {
            (Some(etag), _) => object.is_some() && *etag == format!("\"{version}\""),
            (None, Some(_)) => object.is_none(),
            (None, None) => true,
        };
        if !holds {
            return Answer::error(412, "PreconditionFailed", "A condition did not hold.");
        }
        *version += 1;
        *object = Some(String::from_utf8(request.body.clone()).unwrap());
        Answer::new(200, "").with("etag", format!("\"{version}\""))
    })
}

fn increase(record: &Record<u32>) -> Change<u32, &'static str> {
    Change::Write(record.value.unwrap_or(0) + 1)
}

#[tokio::test]
async fn a_record_is_changed_conditionally() {
    for (first, rivals, expected) in [(None, 0, 1), (Some("4"), 0, 5), (Some("4"), 2, 301)] {
        let store = bucket(first, rivals).store().await;
        let updated = store.update_record("b", "k", 100, increase).await.unwrap();
        assert!(matches!(updated, Updated::Written(number) if number == expected), "{updated:?}");
        let record: Record<u32> = store.read_record("b", "k", 100).await.unwrap();
        assert_eq!(record.value, Some(expected));
    }
}

#[tokio::test]
async fn a_record_that_others_keep_changing_is_given_up() {
    let stub = bucket(Some("4"), usize::MAX);
    let updated = stub.store().await.update_record("b", "k", 100, increase).await.unwrap();
    assert!(matches!(updated, Updated::Contended), "{updated:?}");
    let writes = stub.seen().iter().filter(|request| request.starts_with("PUT")).count();
    assert_eq!(writes, ROUNDS as usize);
}

#[tokio::test]
async fn a_record_that_is_kept_is_not_written() {
    let stub = bucket(Some("4"), 0);
    let keep = |_: &Record<u32>| Change::Keep("it is right");
    let updated = stub.store().await.update_record("b", "k", 100, keep).await.unwrap();
    assert!(matches!(updated, Updated::Kept("it is right")), "{updated:?}");
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn an_unreadable_record_is_no_error_and_can_be_replaced() {
    for (text, why) in [("4 4", "trailing"), ("1234567890", "at most 5 are expected")] {
        let store = bucket(Some(text), 0).store().await;
        let record: Record<u32> = store.read_record("b", "k", 5).await.unwrap();
        assert!(record.unreadable.as_ref().unwrap().contains(why), "{record:?}");
        let written = store.write_record("b", "k", &7, 5, record.condition()).await.unwrap();
        assert!(matches!(written, Written::Etag(_)));
        let record: Record<u32> = store.read_record("b", "k", 5).await.unwrap();
        assert_eq!((record.value, record.unreadable), (Some(7), None));
    }
}

#[tokio::test]
async fn what_could_not_be_read_again_is_not_written() {
    let stub = bucket(None, 0);
    let store = stub.store().await;
    let long = "x".repeat(98);
    let written = store.write_record("b", "k", &long, 100, Condition::Absent).await.unwrap();
    assert!(matches!(written, Written::Etag(_)));
    let long = "x".repeat(99);
    let error = store.write_record("b", "k", &long, 100, Condition::Always).await.unwrap_err();
    assert_eq!(error.code(), Code::RecordTooLarge);
    assert!(!error.code().is_transient(), "it would come again");
    assert_eq!(stub.seen().len(), 1, "it was not even sent");
}
