//! Deleting objects: many at a time, or one by one where their keys ask for it.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use futures_util::stream::{self, StreamExt as _};

use super::answer::{self, Meaning};
use super::blank;
use super::client::Store;
use super::error::{StoreError, Subject, meaning};

/// S3 takes up to 1000 keys at a time.
const AT_A_TIME: usize = 1000;
/// Objects that are deleted one by one, so many at the same time.
const CONCURRENCY: usize = 16;

impl Store {
    /// Delete objects; those that are not there count as deleted. One that cannot
    /// be deleted does not keep the others.
    ///
    /// # Errors
    /// [`StoreError`] of the first that could not be deleted.
    pub async fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), StoreError> {
        let (plain, odd): (Vec<&String>, Vec<&String>) =
            keys.iter().partition(|key| xml_holds(key));
        let mut failed = None;
        for keys in plain.chunks(AT_A_TIME) {
            failed = failed.or(self.delete_many(bucket, keys).await.err());
        }
        // A closure here would keep the future from being spawned.
        let mut one_by_one = Vec::with_capacity(odd.len());
        for key in odd {
            one_by_one.push(self.delete_one(bucket, key));
        }
        let mut deletions = stream::iter(one_by_one).buffer_unordered(CONCURRENCY);
        while let Some(deleted) = deletions.next().await {
            failed = failed.or(deleted.err());
        }
        failed.map_or(Ok(()), Err)
    }

    async fn delete_many(&self, bucket: &str, keys: &[&String]) -> Result<(), StoreError> {
        let first = keys.first().map_or("", |key| key.as_str());
        let subject = Subject { operation: "DeleteObjects", bucket, key: first };
        let identifiers: Result<Vec<_>, _> =
            keys.iter().map(|key| ObjectIdentifier::builder().key(*key).build()).collect();
        let delete = identifiers
            .and_then(|objects| Delete::builder().quiet(true).set_objects(Some(objects)).build())
            .map_err(|error| subject.failed(error.to_string()))?;
        let request = self.client.delete_objects().bucket(bucket).delete(delete);
        let output = request.send().await.map_err(|error| subject.sdk(&error))?;
        for error in output.errors() {
            let (code, message) = (error.code(), error.message().unwrap_or_default());
            // Of one key among many there is no status.
            let meaning = answer::of(code, message, 500);
            if meaning != Meaning::Gone {
                let key = error.key().unwrap_or(first);
                let code = code.unwrap_or_default();
                return Err(Subject { key, ..subject }.answered(meaning, code, message));
            }
        }
        Ok(())
    }

    async fn delete_one(&self, bucket: &str, key: &str) -> Result<(), StoreError> {
        let subject = Subject { operation: "DeleteObject", bucket, key };
        let request = self.client.delete_object().bucket(bucket).key(blank::given(key)).customize();
        match request.mutate_request(blank::restored(key)).send().await {
            Ok(_) => Ok(()),
            Err(error) if meaning(&error) == Meaning::Gone => Ok(()),
            Err(error) => Err(subject.sdk(&error)),
        }
    }
}

/// Whether a key can be written in XML 1.0, and is read again as it was.
fn xml_holds(key: &str) -> bool {
    !key.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{2028}'))
}
