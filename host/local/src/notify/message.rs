//! The JSON of a notification, in exactly S3's format.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>

use serde_json::{Value, json};

use crate::account::REGION;
use crate::s3::Change;
use crate::{clock, key};

/// The event for a change.
pub fn message(change: &Change) -> Value {
    let mut object = json!({
        "key": key::encode(&change.key),
        "sequencer": format!("{:016X}", change.sequencer),
    });
    // A deletion has neither.
    if let (Some(size), Some(etag)) = (change.size, &change.etag)
        && let Some(object) = object.as_object_mut()
    {
        object.insert("size".to_owned(), json!(size));
        object.insert("eTag".to_owned(), json!(etag));
    }
    json!({
        "Records": [{
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": REGION,
            "eventTime": clock::iso(change.time_ms),
            "eventName": change.kind.event_name(),
            "userIdentity": { "principalId": "AWS:LOCAL" },
            "requestParameters": { "sourceIPAddress": "127.0.0.1" },
            "responseElements": {
                "x-amz-request-id": format!("{:016X}", change.sequencer),
                "x-amz-id-2": "local",
            },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "local",
                "bucket": {
                    "name": change.bucket,
                    "ownerIdentity": { "principalId": "LOCAL" },
                    "arn": format!("arn:aws:s3:::{}", change.bucket),
                },
                "object": object,
            },
        }]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::ChangeKind;

    #[test]
    fn a_notification_is_what_s3_sends() {
        let change = Change {
            kind: ChangeKind::Put,
            bucket: "source".to_owned(),
            key: "a b+c/ü.jpg".to_owned(),
            size: Some(5),
            etag: Some("0123".to_owned()),
            sequencer: 0xAB,
            time_ms: 1_700_000_000_123,
        };
        let expected = json!({
            "Records": [{
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": "us-east-1",
                "eventTime": "2023-11-14T22:13:20.123Z",
                "eventName": "ObjectCreated:Put",
                "userIdentity": { "principalId": "AWS:LOCAL" },
                "requestParameters": { "sourceIPAddress": "127.0.0.1" },
                "responseElements": {
                    "x-amz-request-id": "00000000000000AB",
                    "x-amz-id-2": "local"
                },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "local",
                    "bucket": {
                        "name": "source",
                        "ownerIdentity": { "principalId": "LOCAL" },
                        "arn": "arn:aws:s3:::source"
                    },
                    "object": {
                        "key": "a+b%2Bc/%C3%BC.jpg",
                        "size": 5,
                        "eTag": "0123",
                        "sequencer": "00000000000000AB"
                    }
                }
            }]
        });
        assert_eq!(message(&change), expected);
        let removed =
            message(&Change { kind: ChangeKind::Delete, size: None, etag: None, ..change });
        assert_eq!(removed.pointer("/Records/0/eventName"), Some(&json!("ObjectRemoved:Delete")));
        assert_eq!(
            removed.pointer("/Records/0/s3/object"),
            Some(&json!({ "key": "a+b%2Bc/%C3%BC.jpg", "sequencer": "00000000000000AB" }))
        );
    }
}
