//! From an upload to its report.

use std::time::Instant;

use time::OffsetDateTime;

use super::error::PublishError;
use super::publisher::{Published, Publisher, Purpose};
use super::report::{Outcome, Report, UploadRecord};
use super::upload::Upload;
use crate::component::{INCOMING, report_key};
use crate::digest::Digest;
use crate::error::{Code, Fault};
use crate::event::Notification;
use crate::gate::{MAX_COMPONENT_BYTES, Refusal, Step, too_large};
use crate::store::{Condition, Fetched, Head, Object};
use crate::telemetry::Metrics;
use crate::text::{clip, shown};

/// The maximum size of a report.
const MAX_REPORT_BYTES: u64 = 16 << 20;
/// The maximum length of the recorded uploader.
const MAX_BY_BYTES: usize = 300;

/// Publish the current object under an upload's key, and report on it.
pub(super) async fn receive(
    publisher: &Publisher,
    notification: &Notification,
    deadline: Option<Instant>,
) -> Result<(), Fault> {
    let started = Instant::now();
    let key = notification.key.as_str();
    let upload = Upload::parse(key);
    if upload == Ok(None) {
        return Ok(());
    }
    let (store, bucket) = (&publisher.store, &publisher.bucket);
    let Fetched::Object(object) = store.get(bucket, key, None).await? else {
        tracing::info!(key, outcome = "ignored", why = "the upload is gone", "ignored");
        return Ok(());
    };
    let record = record(notification, &object.head);
    if is_repeat(publisher, &record).await? {
        tracing::info!(key, outcome = "unchanged", "it is reported already");
        return Ok(());
    }
    let (mut report, fault) = match upload {
        Ok(Some(upload)) => publish(publisher, upload, record, *object, deadline).await,
        Ok(None) => return Ok(()),
        Err(error) => {
            let remedy = format!("Upload it to {INCOMING}<name>/<file>.wasm.");
            let refusal =
                Refusal::new(Code::UploadKeyInvalid, Step::File, error.to_string(), remedy);
            (Report { refusal: Some(refusal), ..Report::on(record, Outcome::Refused) }, None)
        }
    };
    report.ms = started.elapsed().as_secs_f64() * 1e3;
    let always = Condition::Always;
    store.write_record(bucket, &report_key(key), &report, MAX_REPORT_BYTES, always).await?;
    tell(&report);
    fault.map_or(Ok(()), Err)
}

/// The properties of the current upload, which may be newer than the event.
fn record(notification: &Notification, head: &Head) -> UploadRecord {
    let told = notification.etag.as_deref() == Some(head.etag.as_str());
    // Event times have milliseconds, object times only seconds.
    let occurred_at = notification.occurred_at.filter(|_| told);
    let uploaded_at = occurred_at.or(head.last_modified).unwrap_or_else(OffsetDateTime::now_utc);
    // The principal comes from S3; the upload's own claim is added to it.
    let by = match (notification.principal.as_deref().filter(|_| told), head.metadata.get("by")) {
        (Some(principal), Some(said)) => format!("{principal} (as `{said}`)"),
        (Some(principal), None) => principal.to_owned(),
        (None, Some(said)) => format!("`{said}`, unproven"),
        (None, None) => "unknown".to_owned(),
    };
    UploadRecord {
        key: notification.key.as_str().to_owned(),
        etag: head.etag.clone(),
        bytes: head.size,
        uploaded_at,
        by: clip(shown(&by), MAX_BY_BYTES),
        sequencer: notification.sequencer.clone().filter(|_| told),
    }
}

/// Whether this upload already has a final report.
async fn is_repeat(publisher: &Publisher, upload: &UploadRecord) -> Result<bool, Fault> {
    let (store, bucket) = (&publisher.store, &publisher.bucket);
    let key = report_key(&upload.key);
    let known = store.read_record::<Report>(bucket, &key, MAX_REPORT_BYTES).await?;
    Ok(known.value.is_some_and(|known| {
        known.outcome != Outcome::Deferred
            && known.upload.etag == upload.etag
            && known.upload.uploaded_at == upload.uploaded_at
            && known.upload.sequencer == upload.sequencer
    }))
}

async fn publish(
    publisher: &Publisher,
    upload: Upload,
    record: UploadRecord,
    object: Object,
    deadline: Option<Instant>,
) -> (Report, Option<Fault>) {
    let Upload { transform, channel, .. } = upload;
    let purpose = Purpose {
        transform: transform.clone(),
        channel,
        by: record.by.clone(),
        decided_at: record.uploaded_at,
    };
    let mut digest = None;
    let published: Result<Published, PublishError> = async {
        if object.head.size > MAX_COMPONENT_BYTES {
            return Err(too_large(object.head.size).into());
        }
        let component = object.body.collect(MAX_COMPONENT_BYTES).await?;
        digest = Some(Digest::of(&component));
        publisher.publish_for(component, &purpose, deadline).await
    }
    .await;
    // The report always includes the channel's current component, if it can be read.
    let standing = publisher.pointers.read(&transform, channel).await.unwrap_or_default();
    let base = |outcome| Report {
        transform: Some(transform),
        channel: Some(channel),
        digest,
        active: standing.value.map(|pointer| pointer.release.digest),
        ..Report::on(record, outcome)
    };
    match published {
        Ok(published) => {
            let pointer = published.pointer;
            let report = Report {
                active: Some(pointer.release.digest),
                previous: pointer.previous.filter(|_| !published.unchanged),
                proof: Some(published.proof),
                ..base(Outcome::Active)
            };
            (report, None)
        }
        Err(PublishError::Refused(refusal)) => {
            (Report { refusal: Some(refusal), ..base(Outcome::Refused) }, None)
        }
        Err(PublishError::Fault(fault)) => {
            let report = Report { fault: Some(fault.clone().into()), ..base(Outcome::Deferred) };
            (report, Some(fault))
        }
    }
}

/// Log the result.
fn tell(report: &Report) {
    let (key, ms) = (report.upload.key.as_str(), report.ms);
    let digest = report.digest.map(|digest| digest.to_string());
    match &report.refusal {
        Some(refusal) => {
            let (outcome, step) = (refusal.code.as_str(), refusal.step.to_string());
            tracing::warn!(key, digest, outcome, step, ms, message = refusal.message, "refused");
            Metrics::of_component(false).emit();
        }
        None if report.outcome == Outcome::Active => {
            tracing::info!(key, digest, outcome = "active", ms, "published");
            Metrics::of_component(true).emit();
        }
        // The caller logs the fault.
        None => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashMap;

    use super::*;
    use crate::key::SourceKey;

    /// The recorded uploader.
    fn by(principal: Option<&str>, said: Option<&str>, etag: &str) -> String {
        let notification = Notification {
            bucket: "components".to_owned(),
            key: SourceKey::literal("incoming/x/x.wasm"),
            etag: Some("of-the-event".to_owned()),
            removed: false,
            occurred_at: None,
            sequencer: None,
            principal: principal.map(str::to_owned),
        };
        let metadata = said.map(|said| ("by".to_owned(), said.to_owned()));
        let metadata = HashMap::from_iter(metadata);
        let head = Head { etag: etag.to_owned(), metadata, ..Head::default() };
        record(&notification, &head).by
    }

    #[test]
    fn who_did_it_is_what_the_event_says() {
        let told = "of-the-event";
        assert_eq!(by(Some("AWS:anna"), None, told), "AWS:anna");
        assert_eq!(by(Some("AWS:anna"), Some("root"), told), "AWS:anna (as `root`)");
        assert_eq!(by(None, Some("root"), told), "`root`, unproven");
        assert_eq!(by(None, None, told), "unknown");
        // There is a newer upload, whose principal the event does not have.
        assert_eq!(by(Some("AWS:anna"), Some("root"), "another"), "`root`, unproven");
        let long = by(None, Some(&"x\n".repeat(10_000)), told);
        assert!(long.len() <= MAX_BY_BYTES && !long.contains('\n'), "{long}");
    }
}
