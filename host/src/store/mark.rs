//! Tags unreferenced objects.

use super::answer::Meaning;
use super::client::Store;
use super::error::{StoreError, Subject, meaning};

/// The tag of unreferenced objects, as an S3 tag set. A lifecycle rule removes objects with it.
pub const UNREFERENCED: &str = "obscura-state=unreferenced";

impl Store {
    /// Mark an object. It is copied onto itself, because the days of a lifecycle rule count from
    /// the last write. A missing object is ignored, and so is a store without tags.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn mark(&self, bucket: &str, key: &str) -> Result<(), StoreError> {
        use aws_sdk_s3::types::{MetadataDirective, TaggingDirective};
        let subject = Subject { operation: "CopyObject", bucket, key };
        let Some(head) = self.head(bucket, key).await? else { return Ok(()) };
        // S3 refuses a copy onto itself that changes only the tags, so all metadata is replaced by
        // itself.
        let request = self
            .client
            .copy_object()
            .bucket(bucket)
            .key(key)
            .copy_source(format!("{bucket}/{}", encoded(key)))
            .copy_source_if_match(format!("\"{}\"", head.etag))
            .metadata_directive(MetadataDirective::Replace)
            .tagging_directive(TaggingDirective::Replace)
            .tagging(UNREFERENCED)
            .set_content_type(head.content_type)
            .set_cache_control(head.cache_control)
            .set_content_disposition(head.content_disposition)
            .set_metadata(Some(head.metadata));
        match request.send().await {
            Ok(_) => Ok(()),
            // It was deleted or overwritten, or the store has no tags.
            Err(error)
                if matches!(
                    meaning(&error),
                    Meaning::Gone | Meaning::Precondition | Meaning::Unsupported
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(subject.sdk(&error)),
        }
    }

    /// Remove the mark. A missing object is ignored.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn unmark(&self, bucket: &str, key: &str) -> Result<(), StoreError> {
        let subject = Subject { operation: "DeleteObjectTagging", bucket, key };
        match self.client.delete_object_tagging().bucket(bucket).key(key).send().await {
            Ok(_) => Ok(()),
            Err(error) if meaning(&error) == Meaning::Gone => Ok(()),
            Err(error) => Err(subject.sdk(&error)),
        }
    }
}

/// A key for a copy source: percent-encoded, except slashes.
fn encoded(key: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const SET: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(key, SET).to_string()
}
