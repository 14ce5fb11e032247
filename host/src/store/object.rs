//! Reading and writing objects, with conditions.

use std::collections::HashMap;

use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use bytes::Bytes;
use time::OffsetDateTime;

use super::client::Store;
use super::download::Download;
use super::error::{StoreError, Subject, status};

/// An object that was read.
#[derive(Debug)]
pub struct Object {
    /// What is known of it.
    pub head: Head,
    /// Its body, still arriving.
    pub body: Download,
}

/// What is known of an object without its body.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// Its ETag without quotes.
    pub etag: String,
    /// Its version, in a bucket that keeps versions.
    pub version_id: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// The media type that its uploader declared.
    pub content_type: Option<String>,
    /// When it was written; S3 says it in whole seconds.
    pub last_modified: Option<OffsetDateTime>,
    /// User metadata, without `x-amz-meta-`.
    pub metadata: HashMap<String, String>,
}

/// What became of a read.
#[derive(Debug)]
pub enum Fetched {
    /// There it is.
    Object(Box<Object>),
    /// It still has the ETag that is known already.
    NotModified,
    /// There is none.
    Missing,
}

/// When to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition<'a> {
    /// In any case.
    Always,
    /// Only if there is no such object.
    Absent,
    /// Only if it has this ETag.
    Etag(&'a str),
}

/// What to write.
#[derive(Debug, Default)]
pub struct Put<'a> {
    /// The body.
    pub body: Bytes,
    /// Its media type.
    pub content_type: &'a str,
    /// Its `Cache-Control` header.
    pub cache_control: Option<&'a str>,
    /// User metadata: names without `x-amz-meta-`.
    pub metadata: Vec<(&'static str, String)>,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Done; the new ETag, without quotes.
    Etag(String),
    /// The condition did not hold.
    Conflict,
}

fn bare(etag: Option<&str>) -> String {
    etag.unwrap_or_default().trim_matches('"').to_owned()
}

fn moment(time: &DateTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(time.secs()).ok()
}

impl Store {
    /// Read an object, unless it still has the ETag `known`.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn get(
        &self,
        bucket: &str,
        key: &str,
        known: Option<&str>,
    ) -> Result<Fetched, StoreError> {
        let subject = Subject { operation: "GetObject", bucket, key };
        let known = known.map(|etag| format!("\"{etag}\""));
        let request = self.client.get_object().bucket(bucket).key(key);
        match request.set_if_none_match(known).send().await {
            Ok(output) => {
                let head = Head {
                    etag: bare(output.e_tag()),
                    version_id: output.version_id().map(str::to_owned),
                    size: u64::try_from(output.content_length().unwrap_or(0)).unwrap_or(0),
                    content_type: output.content_type().map(str::to_owned),
                    last_modified: output.last_modified().and_then(moment),
                    metadata: output.metadata.unwrap_or_default(),
                };
                let body = Download::new(self.clone(), bucket, key, &head, output.body);
                Ok(Fetched::Object(Box::new(Object { head, body })))
            }
            Err(error) => match status(&error) {
                Some(304) => Ok(Fetched::NotModified),
                Some(404) => Ok(Fetched::Missing),
                _ => Err(subject.sdk(&error)),
            },
        }
    }

    /// What is known of an object; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn head(&self, bucket: &str, key: &str) -> Result<Option<Head>, StoreError> {
        let subject = Subject { operation: "HeadObject", bucket, key };
        match self.client.head_object().bucket(bucket).key(key).send().await {
            Ok(output) => Ok(Some(Head {
                etag: bare(output.e_tag()),
                version_id: output.version_id().map(str::to_owned),
                size: u64::try_from(output.content_length().unwrap_or(0)).unwrap_or(0),
                content_type: output.content_type().map(str::to_owned),
                last_modified: output.last_modified().and_then(moment),
                metadata: output.metadata.unwrap_or_default(),
            })),
            Err(error) if status(&error) == Some(404) => Ok(None),
            Err(error) => Err(subject.sdk(&error)),
        }
    }

    /// Write an object. A condition that does not hold is an answer, not an
    /// error.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn put(
        &self,
        bucket: &str,
        key: &str,
        put: Put<'_>,
        condition: Condition<'_>,
    ) -> Result<Written, StoreError> {
        let subject = Subject { operation: "PutObject", bucket, key };
        let mut request = self
            .client
            .put_object()
            .bucket(bucket)
            .key(key)
            .content_type(put.content_type)
            .set_cache_control(put.cache_control.map(str::to_owned))
            .body(ByteStream::from(put.body));
        for (name, value) in put.metadata {
            request = request.metadata(name, value);
        }
        request = match condition {
            Condition::Always => request,
            Condition::Absent => request.if_none_match("*"),
            Condition::Etag(etag) => request.if_match(format!("\"{etag}\"")),
        };
        match request.send().await {
            Ok(output) => Ok(Written::Etag(bare(output.e_tag()))),
            // 412: the condition failed. 409: somebody else was writing. 404:
            // the object whose ETag was asked for is gone.
            Err(error) => match (condition, status(&error)) {
                (Condition::Absent | Condition::Etag(_), Some(409 | 412))
                | (Condition::Etag(_), Some(404)) => Ok(Written::Conflict),
                _ => Err(subject.sdk(&error)),
            },
        }
    }

    /// Delete objects; those that are not there count as deleted.
    ///
    /// # Errors
    /// [`StoreError`], if one could not be deleted.
    pub async fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), StoreError> {
        // S3 takes up to 1000 keys at a time.
        for keys in keys.chunks(1000) {
            let first = keys.first().map_or("", String::as_str);
            let subject = Subject { operation: "DeleteObjects", bucket, key: first };
            let identifiers: Result<Vec<_>, _> =
                keys.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect();
            let delete = identifiers
                .and_then(|objects| {
                    Delete::builder().quiet(true).set_objects(Some(objects)).build()
                })
                .map_err(|error| subject.failed(error.to_string()))?;
            let request = self.client.delete_objects().bucket(bucket).delete(delete);
            let output = request.send().await.map_err(|error| subject.sdk(&error))?;
            if let Some(error) = output.errors().first() {
                let (code, message) = (error.code(), error.message());
                let key = error.key().unwrap_or(first);
                let said = format!("{}: {}", code.unwrap_or("error"), message.unwrap_or(""));
                return Err(Subject { key, ..subject }.failed(said));
            }
        }
        Ok(())
    }

    /// The keys under a prefix, all of them.
    ///
    /// # Errors
    /// [`StoreError`], if the store does not answer.
    pub async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        let subject = Subject { operation: "ListObjectsV2", bucket, key: prefix };
        let request = self.client.list_objects_v2().bucket(bucket).prefix(prefix);
        let mut pages = request.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| subject.sdk(&error))?;
            keys.extend(
                page.contents().iter().filter_map(|object| object.key().map(str::to_owned)),
            );
        }
        Ok(keys)
    }
}
