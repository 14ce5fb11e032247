//! Conditional requests, with S3's semantics.

use s3s::dto::{ETagCondition, Timestamp};
use time::OffsetDateTime;

use super::error::StoreError;
use super::meta::Meta;
use crate::clock;

/// The condition of a write or deletion.
#[derive(Debug, Default)]
pub(crate) struct WriteCondition {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
}

impl WriteCondition {
    /// Checked under the store's lock, together with the write.
    pub(crate) fn check(&self, current: Option<&Meta>) -> Result<(), StoreError> {
        match (&self.if_none_match, current) {
            (Some(ETagCondition::Any), Some(_)) => return Err(StoreError::PreconditionFailed),
            (Some(ETagCondition::ETag(_)), _) => return Err(StoreError::UnsupportedCondition),
            _ => {}
        }
        match (&self.if_match, current) {
            (Some(_), None) => Err(StoreError::NoSuchKey),
            (Some(condition), Some(meta)) if !names(condition, meta) => {
                Err(StoreError::PreconditionFailed)
            }
            _ => Ok(()),
        }
    }
}

/// The condition of a read.
#[derive(Debug, Default)]
pub(crate) struct ReadCondition {
    pub(crate) if_match: Option<ETagCondition>,
    pub(crate) if_none_match: Option<ETagCondition>,
    pub(crate) if_modified_since: Option<Timestamp>,
    pub(crate) if_unmodified_since: Option<Timestamp>,
}

/// The result of a conditional read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Send,
    NotModified,
    Failed,
}

impl ReadCondition {
    /// RFC 9110 §13.2.2: an ETag condition overrides the date condition.
    pub(crate) fn judge(&self, meta: &Meta) -> Verdict {
        let unmet = match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) => !names(condition, meta),
            (None, Some(date)) => modified_since(meta, date),
            (None, None) => false,
        };
        if unmet {
            return Verdict::Failed;
        }
        let unchanged = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => names(condition, meta),
            (None, Some(date)) => !modified_since(meta, date),
            (None, None) => false,
        };
        if unchanged { Verdict::NotModified } else { Verdict::Send }
    }
}

fn names(condition: &ETagCondition, meta: &Meta) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(etag) => etag.value() == meta.etag,
    }
}

/// HTTP dates have whole seconds.
fn modified_since(meta: &Meta, date: &Timestamp) -> bool {
    let date = OffsetDateTime::from(date.clone());
    clock::to_datetime(meta.modified_ms).unix_timestamp() > date.unix_timestamp()
}
