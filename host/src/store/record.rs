//! Records: objects of JSON that are read whole, and changed on condition that
//! nobody else has changed them since.

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::client::Store;
use super::error::{StoreError, Subject};
use super::object::{Condition, Fetched, Object, Put, Written};

/// How often others may change a record before we give up.
pub const ROUNDS: u32 = 8;
/// What is waited after the first conflict, and twice as long after the next.
const PAUSE: Duration = Duration::from_millis(5);

/// A record as it stands.
#[derive(Debug, Clone)]
pub struct Record<T> {
    /// What it says; `None` if there is none, or if it cannot be read.
    pub value: Option<T>,
    /// Its ETag, if there is one.
    pub etag: Option<String>,
    /// Why it cannot be read. An unreadable record is as good as none, but it
    /// stands in the way of a new one.
    pub unreadable: Option<String>,
}

/// What is to become of a record.
#[derive(Debug)]
pub enum Change<T, R> {
    /// It is replaced, or written for the first time.
    Write(T),
    /// It stays as it is, for this reason.
    Keep(R),
}

/// What became of a record.
#[derive(Debug)]
pub enum Updated<T, R> {
    /// It was written.
    Written(T),
    /// It stayed as it was.
    Kept(R),
    /// Others kept changing it.
    Contended,
}

impl<T> Default for Record<T> {
    fn default() -> Self {
        Self { value: None, etag: None, unreadable: None }
    }
}

impl<T> Record<T> {
    /// That it still stands as it was read.
    pub fn condition(&self) -> Condition<'_> {
        self.etag.as_deref().map_or(Condition::Absent, Condition::Etag)
    }
}

impl Object {
    /// Read it as a record of at most `max` bytes.
    ///
    /// # Errors
    /// [`StoreError`], if its body cannot be had.
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
    /// Read a record of at most `max` bytes. One that is missing or unreadable
    /// is an answer, not an error.
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

    /// Write a record, unless it has more than `max` bytes: what is written must
    /// be readable again.
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

    /// Change a record, on condition that it still stands as `decide` saw it.
    /// When others change it meanwhile, `decide` is asked again, up to
    /// [`ROUNDS`] times.
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
