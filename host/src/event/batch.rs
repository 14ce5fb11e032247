//! An S3 Batch Operations task. Version 1 of its schema has the bucket's ARN, version 2 its name.

use serde::Deserialize;
use serde_json::Value;

use super::{Delivery, EventError, Item, Notification, Reply, read};
use crate::key::SourceKey;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    invocation_schema_version: String,
    invocation_id: String,
    tasks: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    s3_key: String,
    s3_bucket: Option<String>,
    s3_bucket_arn: Option<String>,
}

pub(super) fn recognises(event: &Value) -> bool {
    event.get("invocationSchemaVersion").is_some() && event.get("tasks").is_some()
}

pub(super) fn parse(event: &Value) -> Result<Delivery, EventError> {
    let event: Event = read(event)?;
    let items = event.tasks.iter().map(|task| Item {
        id: task.get("taskId").and_then(Value::as_str).unwrap_or_default().to_owned(),
        notifications: vec![read(task).and_then(notification)],
    });
    Ok(Delivery {
        items: items.collect(),
        reply: Reply::BatchOperations {
            schema_version: event.invocation_schema_version,
            invocation_id: event.invocation_id,
        },
    })
}

fn notification(task: Task) -> Result<Notification, EventError> {
    let by_arn = || task.s3_bucket_arn.as_deref()?.rsplit(':').next().map(str::to_owned);
    let bucket = task.s3_bucket.clone().or_else(by_arn).filter(|name| !name.is_empty());
    let bucket = bucket
        .ok_or_else(|| EventError::unrecognised("the task has neither s3Bucket nor s3BucketArn"))?;
    let key = SourceKey::form_decode(&task.s3_key)?;
    Ok(Notification { bucket, key, ..Notification::default() })
}
