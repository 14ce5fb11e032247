//! What there is under a prefix.

use time::OffsetDateTime;

use super::client::Store;
use super::error::{StoreError, Subject};

/// An object as a listing tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its ETag, without quotes.
    pub etag: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written last.
    pub last_modified: Option<OffsetDateTime>,
}

impl Store {
    /// The objects under a prefix, all of them, in the order of their keys.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn list_objects(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> Result<Vec<Listed>, StoreError> {
        let subject = Subject { operation: "ListObjectsV2", bucket, key: prefix };
        let request = self.client.list_objects_v2().bucket(bucket).prefix(prefix);
        let mut pages = request.into_paginator().send();
        let mut objects = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| subject.sdk(&error))?;
            objects.extend(page.contents().iter().filter_map(|object| {
                let seconds = object.last_modified().map(|time| time.secs());
                Some(Listed {
                    key: object.key()?.to_owned(),
                    etag: object.e_tag().unwrap_or_default().trim_matches('"').to_owned(),
                    size: u64::try_from(object.size().unwrap_or(0)).unwrap_or(0),
                    last_modified: seconds
                        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()),
                })
            }));
        }
        Ok(objects)
    }
}
