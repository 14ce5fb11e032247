//! Reads the manifests of a destination.

use futures_util::stream::{self, Stream, StreamExt as _};
use serde::de::DeserializeOwned;

use crate::pipeline::{ErrorRecord, Manifest};
use crate::store::{Listed, Store, StoreError};

/// Manifests that are read in parallel.
const CONCURRENCY: usize = 32;
/// The maximum size of a manifest.
const MAX_BYTES: u64 = 4 << 20;

/// A destination of renditions.
#[derive(Debug, Clone)]
pub struct Destination {
    store: Store,
    bucket: String,
    prefix: String,
}

impl Destination {
    /// Renditions in this bucket, under `prefix`.
    pub fn new(store: Store, bucket: &str, prefix: &str) -> Self {
        Self { store, bucket: bucket.to_owned(), prefix: prefix.to_owned() }
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The keys of all manifests, in order.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn manifest_keys(&self) -> Result<Vec<String>, StoreError> {
        self.keys("/manifest.json").await
    }

    /// The keys of all failure records, in order.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn error_keys(&self) -> Result<Vec<String>, StoreError> {
        self.keys("/error.json").await
    }

    async fn keys(&self, ending: &str) -> Result<Vec<String>, StoreError> {
        let mut keys = self.store.list(&self.bucket, &self.prefix).await?;
        keys.retain(|key| key.ends_with(ending));
        Ok(keys)
    }

    /// The manifest of a picture; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn manifest(&self, source_key: &str) -> Result<Option<Manifest>, StoreError> {
        self.read(&format!("{}{source_key}/manifest.json", self.prefix)).await
    }

    /// The manifests at these keys, in completion order. `None` for one that has been deleted or is
    /// not a manifest.
    pub fn manifests(
        &self,
        keys: Vec<String>,
    ) -> impl Stream<Item = Result<Option<Manifest>, StoreError>> + '_ {
        self.records(keys)
    }

    /// The failure records at these keys, in completion order.
    pub fn errors(
        &self,
        keys: Vec<String>,
    ) -> impl Stream<Item = Result<Option<ErrorRecord>, StoreError>> + '_ {
        self.records(keys)
    }

    /// The same, with their keys.
    pub fn manifests_with_keys(
        &self,
        keys: Vec<String>,
    ) -> impl Stream<Item = Result<(String, Option<Manifest>), StoreError>> + '_ {
        stream::iter(keys)
            .map(move |key| async move {
                let manifest = self.read(&key).await?;
                Ok((key, manifest))
            })
            .buffer_unordered(CONCURRENCY)
    }

    /// All stored objects.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn objects(&self) -> Result<Vec<Listed>, StoreError> {
        self.store.list_objects(&self.bucket, &self.prefix).await
    }

    fn records<T: DeserializeOwned>(
        &self,
        keys: Vec<String>,
    ) -> impl Stream<Item = Result<Option<T>, StoreError>> + '_ {
        stream::iter(keys)
            .map(move |key| async move { self.read(&key).await })
            .buffer_unordered(CONCURRENCY)
    }

    async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        Ok(self.store.read_record(&self.bucket, key, MAX_BYTES).await?.value)
    }
}
