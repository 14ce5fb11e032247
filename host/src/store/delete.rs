//! Deletes objects in batches, or one by one if their keys require it.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use futures_util::stream::{self, StreamExt as _};

use super::answer::{self, Meaning};
use super::blank;
use super::client::Store;
use super::error::{StoreError, Subject, meaning};

/// S3's limit of keys per request.
const AT_A_TIME: usize = 1000;
/// Parallel requests for objects that are deleted one by one.
const CONCURRENCY: usize = 16;

impl Store {
    /// Delete objects; missing ones count as deleted. A failure does not stop the others.
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
        // With a closure here, the future could not be spawned.
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
            // A single key of a batch has no status.
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

/// Whether a key survives a round trip through XML 1.0.
fn xml_holds(key: &str) -> bool {
    !key.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{2028}'))
}
