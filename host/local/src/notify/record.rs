//! Reads the JSON of notifications from other stores.
//!
//! MinIO, RustFS and Ceph use the same format as S3, with some event names of their own.

use serde_json::Value;

use crate::key;
use crate::s3::{Change, ChangeKind};

/// The change that a record describes; `None` if the object's bytes did not change. A store that
/// reports reads would otherwise cause an event with every read of a function, without end.
///
/// # Errors
/// What the record lacks, for people.
pub(super) fn read(record: &Value) -> Result<Option<Change>, &'static str> {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    let name = text("/eventName").ok_or("it has no eventName")?;
    let Some(kind) = kind(name.strip_prefix("s3:").unwrap_or(name)) else { return Ok(None) };
    let bucket = text("/s3/bucket/name").ok_or("it has no s3.bucket.name")?;
    let key = text("/s3/object/key").ok_or("it has no s3.object.key")?;
    let etag = text("/s3/object/eTag").map(|etag| etag.trim_matches('"').to_owned());
    Ok(Some(Change {
        kind,
        bucket: bucket.to_owned(),
        key: key::decode(key),
        size: record.pointer("/s3/object/size").and_then(Value::as_u64),
        etag,
        sequencer: 0,
        time_ms: 0,
    }))
}

fn kind(name: &str) -> Option<ChangeKind> {
    let (family, what) = name.split_once(':')?;
    match (family, what) {
        ("ObjectCreated", what) if what.ends_with("Tagging") => None,
        ("ObjectCreated", "PutRetention" | "PutLegalHold") => None,
        ("ObjectCreated", "Copy") => Some(ChangeKind::Copy),
        ("ObjectCreated", "CompleteMultipartUpload") => Some(ChangeKind::CompleteMultipartUpload),
        ("ObjectCreated", _) => Some(ChangeKind::Put),
        // Ceph's, which include uploads in parts that were never completed.
        ("ObjectLifecycle", what) if what.contains("Multipart") => None,
        ("ObjectRemoved" | "LifecycleExpiration" | "ObjectLifecycle", _) => {
            Some(ChangeKind::Delete)
        }
        ("ObjectRestore", "Completed") => Some(ChangeKind::RestoreCompleted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::notify::message;
    use serde_json::json;

    fn named(name: &str) -> Option<ChangeKind> {
        let record = json!({
            "eventName": name,
            "s3": { "bucket": { "name": "b" }, "object": { "key": "k" } },
        });
        read(&record).unwrap().map(|change| change.kind)
    }

    #[test]
    fn what_is_written_here_is_read_here() {
        let change = Change {
            kind: ChangeKind::Copy,
            bucket: "source".to_owned(),
            key: "a b+c/ü.jpg".to_owned(),
            size: Some(5),
            etag: Some("0123".to_owned()),
            sequencer: 7,
            time_ms: 1,
        };
        let read = read(message(&change).pointer("/Records/0").unwrap()).unwrap().unwrap();
        assert_eq!((read.kind, read.bucket, read.key), (change.kind, change.bucket, change.key));
        assert_eq!((read.size, read.etag), (change.size, change.etag));
    }

    #[test]
    fn only_what_changes_bytes_counts() {
        for (name, kind) in [
            ("s3:ObjectCreated:Post", ChangeKind::Put),
            ("ObjectCreated:CompleteMultipartUpload", ChangeKind::CompleteMultipartUpload),
            ("s3:ObjectRemoved:DeleteMarkerCreated", ChangeKind::Delete),
            ("s3:LifecycleExpiration:Delete", ChangeKind::Delete),
            ("ObjectLifecycle:Expiration:Current", ChangeKind::Delete),
            ("s3:ObjectRestore:Completed", ChangeKind::RestoreCompleted),
        ] {
            assert_eq!(named(name), Some(kind), "{name}");
        }
        for name in [
            "s3:ObjectAccessed:Get",
            "s3:ObjectAccessed:Head",
            "s3:ObjectCreated:PutTagging",
            "s3:ObjectCreated:DeleteTagging",
            "s3:ObjectCreated:PutRetention",
            "s3:Replication:OperationCompletedReplication",
            "s3:ObjectRestore:Post",
            "ObjectLifecycle:Expiration:AbortMultipartUpload",
            "s3:BucketCreated:*",
            "s3:TestEvent",
            "",
        ] {
            assert_eq!(named(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_no_record_is_told() {
        let whole = json!({
            "eventName": "ObjectCreated:Put",
            "s3": { "bucket": { "name": "b" }, "object": { "key": "k" } },
        });
        assert!(read(&whole).is_ok());
        for pointer in ["/eventName", "/s3/bucket/name", "/s3/object/key"] {
            let mut odd = whole.clone();
            *odd.pointer_mut(pointer).unwrap() = json!(1);
            let name = pointer.trim_start_matches('/').replace('/', ".");
            assert_eq!(read(&odd).unwrap_err(), format!("it has no {name}"));
        }
        assert!(read(&json!([])).is_err());
    }
}
