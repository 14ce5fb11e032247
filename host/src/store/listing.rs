//! Lists objects under a prefix.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;
use time::OffsetDateTime;

use super::client::Store;
use super::error::{StoreError, Subject};

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its ETag, without quotes.
    pub etag: String,
    /// Its size in bytes.
    pub size: u64,
    /// The time of the last write. S3 reports whole seconds, other stores fractions.
    pub last_modified: Option<OffsetDateTime>,
}

impl Store {
    /// All objects under a prefix, in the order of their keys.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn list_objects(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> Result<Vec<Listed>, StoreError> {
        let subject = Subject { operation: "ListObjectsV2", bucket, key: prefix };
        // Keys may contain characters that XML cannot represent, and one such key would make the
        // whole listing unreadable.
        let request = self
            .client
            .list_objects_v2()
            .bucket(bucket)
            .prefix(prefix)
            .encoding_type(EncodingType::Url);
        let mut pages = request.into_paginator().send();
        let mut objects = Vec::new();
        while let Some(page) = pages.next().await {
            objects.extend(listed(&page.map_err(|error| subject.sdk(&error))?));
        }
        Ok(objects)
    }

    /// One page of objects under a prefix, up to 1000.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn list_page(&self, bucket: &str, prefix: &str) -> Result<Vec<Listed>, StoreError> {
        self.list_after(bucket, prefix, None).await
    }

    /// The same, for keys after this one.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn list_after(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<Vec<Listed>, StoreError> {
        let subject = Subject { operation: "ListObjectsV2", bucket, key: prefix };
        let request = self.client.list_objects_v2().bucket(bucket).prefix(prefix);
        let request = request.set_start_after(after.map(str::to_owned));
        let page = request.encoding_type(EncodingType::Url).send().await;
        Ok(listed(&page.map_err(|error| subject.sdk(&error))?))
    }

    /// The keys under a prefix, all of them.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        let objects = self.list_objects(bucket, prefix).await?;
        Ok(objects.into_iter().map(|object| object.key).collect())
    }
}

fn listed(page: &ListObjectsV2Output) -> Vec<Listed> {
    let encoded = page.encoding_type() == Some(&EncodingType::Url);
    let objects = page.contents().iter().filter_map(|object| {
        let key = object.key()?;
        let key = if encoded { decode(key)? } else { key.to_owned() };
        Some(Listed {
            key,
            etag: object.e_tag().unwrap_or_default().trim_matches('"').to_owned(),
            size: u64::try_from(object.size().unwrap_or(0)).unwrap_or(0),
            last_modified: object
                .last_modified()
                .and_then(|time| OffsetDateTime::from_unix_timestamp_nanos(time.as_nanos()).ok()),
        })
    });
    objects.collect()
}

/// Decode a form-encoded key. A key that is not UTF-8 cannot be represented, and cannot be ours.
fn decode(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    let decoded = decoded.inspect_err(|error| tracing::warn!(encoded, %error, "no key"));
    Some(decoded.ok()?.into_owned())
}
