//! The event that announces a picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;

use crate::digest::Digest;
use crate::event::Notification;
use crate::pipeline::{Manifest, Status};

/// The result for a picture: it is ready, has failed, or is gone. It is sent at least once for each
/// write of a picture's record, and for its removal; copies have the same `id`. Of several writes
/// in quick succession, only the newest may be announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Event")]
pub struct Announcement {
    /// The version of this format: 1.
    #[schemars(extend("const" = 1))]
    pub version: u32,
    /// The same in each copy of an event, and in no other event.
    pub id: String,
    /// The result.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The picture's key in the source bucket.
    pub key: String,
    /// The picture; null if it is gone.
    pub source: Option<Picture>,
    /// The destination bucket.
    pub bucket: String,
    /// The key of the picture's record in it, which has all details.
    pub manifest: String,
    /// Why the picture has failed; absent unless it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Reason>,
    /// The number of stored renditions.
    pub renditions: usize,
    /// The time of the change (RFC 3339). Of two events for one key, the one with the later time is
    /// current.
    pub time: String,
}

/// The result for a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Its renditions are stored, or can be requested.
    Ready,
    /// It could not be rendered.
    Failed,
    /// It was deleted, and so were its renditions.
    Gone,
}

/// A version of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Picture {
    /// The source bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its ETag, without quotes.
    pub etag: String,
}

/// Why a picture has failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Its stable code; see host/docs/errors.md.
    pub code: String,
    /// The cause, in one sentence.
    pub message: String,
    /// The remedy.
    pub remedy: String,
}

impl Announcement {
    /// Announce an existing record with this ETag.
    pub fn of(manifest: &Manifest, event: &Notification, etag: &str) -> Self {
        let source = &manifest.source;
        let (bucket, key) = (source.bucket.clone(), source.key.clone());
        let error = manifest.error().map(|error| Reason {
            code: error.code.to_string(),
            message: error.message.clone(),
            remedy: error.remedy.clone(),
        });
        Self {
            version: 1,
            id: id(event, etag),
            kind: match manifest.status {
                Status::Ready => Kind::Ready,
                Status::Failed => Kind::Failed,
            },
            key: key.clone(),
            source: Some(Picture { bucket, key, etag: source.etag.clone() }),
            bucket: event.bucket.clone(),
            manifest: event.key.to_string(),
            error,
            renditions: manifest.renditions.len(),
            time: manifest.rendered_at.clone(),
        }
    }

    /// Announce a picture whose record was removed.
    pub(super) fn gone(key: &str, event: &Notification) -> Self {
        let time = event.occurred_at.and_then(|time| time.format(&Rfc3339).ok());
        let time = time.unwrap_or_default();
        let sequencer = event.sequencer.as_deref().unwrap_or(&time);
        Self {
            version: 1,
            id: id(event, &format!("gone {sequencer}")),
            kind: Kind::Gone,
            key: key.to_owned(),
            source: None,
            bucket: event.bucket.clone(),
            manifest: event.key.to_string(),
            error: None,
            renditions: 0,
            time,
        }
    }

    /// The JSON Schema.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}

/// A digest of everything that identifies one write of a record.
fn id(event: &Notification, write: &str) -> String {
    // Neither bucket names nor ETags contain line breaks.
    let text = format!("{}\n{write}\n{}", event.bucket, event.key);
    Digest::of(text.as_bytes()).to_string()
}
