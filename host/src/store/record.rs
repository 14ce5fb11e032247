//! Records: JSON objects with optimistic concurrency control.

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::client::Store;
use super::error::{StoreError, Subject};
use super::object::{Condition, Fetched, Object, Put, Written};

/// The number of conflicts before an update gives up.
pub const ROUNDS: u32 = 8;
/// The wait after the first conflict; it doubles each time.
const PAUSE: Duration = Duration::from_millis(5);

/// The current state of a record.
#[derive(Debug, Clone)]
pub struct Record<T> {
    /// Its content; `None` if it is missing or unreadable.
    pub value: Option<T>,
    /// Its ETag, if there is one.
    pub etag: Option<String>,
    /// Why it is unreadable. An unreadable record counts as missing, but a write must still match
    /// its ETag.
    pub unreadable: Option<String>,
}

/// The decision about a record.
#[derive(Debug)]
pub enum Change<T, R> {
    /// Write or replace it.
    Write(T),
    /// Keep it, for this reason.
    Keep(R),
}

/// The result of an update.
#[derive(Debug)]
pub enum Updated<T, R> {
    /// It was written.
    Written(T),
    /// It was kept.
    Kept(R),
    /// There were too many conflicts.
    Contended,
}

impl<T> Default for Record<T> {
    fn default() -> Self {
        Self { value: None, etag: None, unreadable: None }
    }
}

impl<T> Record<T> {
    /// The condition that it has not changed since it was read.
    pub fn condition(&self) -> Condition<'_> {
        self.etag.as_deref().map_or(Condition::Absent, Condition::Etag)
    }
}

impl Object {
    /// Read it as a record of at most `max` bytes.
    ///
    /// # Errors
    /// [`StoreError`], if its body cannot be read.
    pub async fn into_record<T: DeserializeOwned>(self, max: u64) -> Result<Record<T>, StoreError> {
        let (size, etag) = (self.head.size, Some(self.head.etag));
        let unreadable = |why| Record { value: None, etag: etag.clone(), unreadable: Some(why) };
        if size > max {
            return Ok(unreadable(format!("it has {size} bytes; at most {max} are expected")));
        }
        let text = self.body.collect(max).await?;
        Ok(match serde_json::from_slice(&text) {
            Ok(value) => Record { value: Some(value), etag, unreadable: None },
            Err(error) => unreadable(error.to_string()),
        })
    }
}

impl Store {
    /// Read a record of at most `max` bytes. A missing or unreadable one is a result, not an error.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn read_record<T: DeserializeOwned>(
        &self,
        bucket: &str,
        key: &str,
        max: u64,
    ) -> Result<Record<T>, StoreError> {
        match self.get(bucket, key, None).await? {
            Fetched::Object(object) => object.into_record(max).await,
            Fetched::Missing | Fetched::NotModified => Ok(Record::default()),
        }
    }

    /// Write a record of at most `max` bytes, so that it can be read again.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer, or if the record is too
    /// large.
    pub async fn write_record<T: Serialize>(
        &self,
        bucket: &str,
        key: &str,
        value: &T,
        max: u64,
        condition: Condition<'_>,
    ) -> Result<Written, StoreError> {
        let subject = Subject { operation: "PutObject", bucket, key };
        let body = serde_json::to_vec_pretty(value)
            .map_err(|error| subject.failed(format!("it cannot be written as JSON: {error}")))?;
        if body.len() as u64 > max {
            return Err(subject.too_large(body.len(), max));
        }
        let put = Put {
            body: Bytes::from(body),
            content_type: "application/json",
            cache_control: Some("no-cache"),
            content_disposition: None,
            metadata: Vec::new(),
        };
        self.put(bucket, key, put, condition).await
    }

    /// Change a record, on condition that it has not changed since `decide` saw it. On a conflict,
    /// `decide` is called again, up to [`ROUNDS`] times.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer, or if the record is too
    /// large.
    pub async fn update_record<T: Serialize + DeserializeOwned, R>(
        &self,
        bucket: &str,
        key: &str,
        max: u64,
        mut decide: impl FnMut(&Record<T>) -> Change<T, R>,
    ) -> Result<Updated<T, R>, StoreError> {
        for round in 0..ROUNDS {
            let standing = self.read_record(bucket, key, max).await?;
            let value = match decide(&standing) {
                Change::Keep(why) => return Ok(Updated::Kept(why)),
                Change::Write(value) => value,
            };
            let condition = standing.condition();
            match self.write_record(bucket, key, &value, max, condition).await? {
                Written::Etag(_) => return Ok(Updated::Written(value)),
                Written::Conflict => tokio::time::sleep(PAUSE * 2_u32.pow(round)).await,
            }
        }
        Ok(Updated::Contended)
    }
}
