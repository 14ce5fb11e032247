//! The keys of pictures, from a listing or an inventory of the bucket.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Cursor};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use obscura::store::{Fetched, Store};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::csv;
use super::progress::Mark;

/// The maximum size of an object that is read whole.
pub(super) const MAX_BYTES: u64 = 4 << 30;

type Lines = Box<dyn Iterator<Item = std::io::Result<String>> + Send>;

/// A picture's key, and where it is.
pub(super) type Found = (String, Mark);

/// The sequence of keys.
pub(super) enum Keys {
    /// The bucket itself, in the order of its keys.
    Listing(Listing),
    /// An S3 Inventory report of it, which avoids listing millions of keys.
    Inventory(Inventory),
}

impl Keys {
    /// The next one.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Found>> {
        match self {
            Self::Listing(listing) => listing.next().await,
            Self::Inventory(inventory) => inventory.next().await,
        }
    }

    /// The next keys, up to a number.
    pub(super) async fn chunk(&mut self, most: u64) -> anyhow::Result<Vec<Found>> {
        let mut found = Vec::new();
        while (found.len() as u64) < most {
            match self.next().await? {
                Some(one) => found.push(one),
                None => break,
            }
        }
        Ok(found)
    }
}

/// A listing of a bucket.
pub(super) struct Listing {
    store: Store,
    bucket: String,
    prefix: String,
    after: Option<String>,
    page: VecDeque<String>,
    over: bool,
}

impl Listing {
    /// Keys after the mark; all for `None`.
    pub(super) fn new(
        store: Store,
        bucket: &str,
        prefix: &str,
        mark: Option<&Mark>,
    ) -> anyhow::Result<Self> {
        let after = match mark {
            None => None,
            Some(Mark::Key(key)) => Some(key.clone()),
            Some(Mark::Number(_)) => bail!(
                "the --state file belongs to an inventory; name the same --inventory, or another \
                 --state"
            ),
        };
        let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
        Ok(Self { store, bucket, prefix, after, page: VecDeque::new(), over: false })
    }

    async fn next(&mut self) -> anyhow::Result<Option<Found>> {
        loop {
            while let Some(key) = self.page.pop_front() {
                if !key.ends_with('/') {
                    return Ok(Some((key.clone(), Mark::Key(key))));
                }
            }
            if self.over {
                return Ok(None);
            }
            let after = self.after.as_deref();
            let page = self.store.list_after(&self.bucket, &self.prefix, after).await?;
            self.page = page.into_iter().map(|object| object.key).collect();
            match self.page.back() {
                Some(last) => self.after = Some(last.clone()),
                None => self.over = true,
            }
        }
    }
}

/// The manifest of an inventory.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    source_bucket: String,
    destination_bucket: String,
    file_format: String,
    #[serde(default)]
    file_schema: String,
    files: Vec<File>,
}

#[derive(Debug, Deserialize)]
struct File {
    key: String,
}

/// An inventory of a bucket.
pub(super) struct Inventory {
    store: Store,
    prefix: String,
    place: String,
    columns: Vec<String>,
    files: VecDeque<String>,
    lines: Option<Lines>,
    /// The number of keys read.
    number: u64,
    /// The number of keys that are already done.
    before: u64,
}

impl Inventory {
    /// The inventory whose manifest is at `s3://BUCKET/KEY`, after the mark.
    pub(super) async fn open(
        store: Store,
        manifest: &str,
        bucket: &str,
        prefix: &str,
        mark: Option<&Mark>,
    ) -> anyhow::Result<Self> {
        let before = match mark {
            None => 0,
            Some(Mark::Number(number)) => *number,
            Some(Mark::Key(_)) => {
                bail!(
                    "the --state file belongs to a listing; omit --inventory, or name another \
                     --state"
                )
            }
        };
        let (place, key) =
            manifest.strip_prefix("s3://").and_then(|rest| rest.split_once('/')).with_context(
                || format!("{manifest:?} is not of the form s3://BUCKET/…/manifest.json"),
            )?;
        let described = read(&store, place, key).await?;
        let described: Manifest = serde_json::from_slice(&described)
            .with_context(|| format!("{manifest} is not the manifest of an inventory"))?;
        if described.source_bucket != bucket {
            bail!("the inventory is for {}, not for {bucket}", described.source_bucket);
        }
        if described.file_format != "CSV" {
            bail!("the inventory is {}; it must be CSV", described.file_format);
        }
        let place = described.destination_bucket;
        Ok(Self {
            store,
            prefix: prefix.to_owned(),
            place: place.rsplit(':').next().unwrap_or_default().to_owned(),
            columns: csv::columns(&described.file_schema),
            files: described.files.into_iter().map(|file| file.key).collect(),
            lines: None,
            number: 0,
            before,
        })
    }

    async fn next(&mut self) -> anyhow::Result<Option<Found>> {
        loop {
            let Some(lines) = &mut self.lines else {
                let Some(file) = self.files.pop_front() else { return Ok(None) };
                let packed = read(&self.store, &self.place, &file).await?;
                let reader = BufReader::new(MultiGzDecoder::new(Cursor::new(packed)));
                self.lines = Some(Box::new(reader.lines()));
                continue;
            };
            let Some(line) = lines.next() else {
                self.lines = None;
                continue;
            };
            let line = line.context("a file of the inventory cannot be read")?;
            let Some(key) = self.key(&line)? else { continue };
            self.number += 1;
            if self.number > self.before {
                return Ok(Some((key, Mark::Number(self.number))));
            }
        }
    }

    /// A picture's key; `None` for rows that are not existing pictures. Keys are URL-encoded, so
    /// each line is a row.
    fn key(&self, line: &str) -> anyhow::Result<Option<String>> {
        let Some(row) = csv::rows(line).into_iter().next() else { return Ok(None) };
        let field = |name| csv::field(&self.columns, &row, name);
        // Old versions and delete markers.
        if field("IsLatest") == Some("false") || field("IsDeleteMarker") == Some("true") {
            return Ok(None);
        }
        let encoded = field("Key").context("the inventory has no column Key")?;
        let spaced = encoded.replace('+', " ");
        let key = percent_decode_str(&spaced).decode_utf8_lossy().into_owned();
        Ok((key.starts_with(&self.prefix) && !key.ends_with('/')).then_some(key))
    }
}

/// An object, whole.
pub(super) async fn read(store: &Store, bucket: &str, key: &str) -> anyhow::Result<Bytes> {
    match store.get(bucket, key, None).await? {
        Fetched::Object(object) => Ok(object.body.collect(MAX_BYTES).await?),
        Fetched::Missing | Fetched::NotModified => bail!("s3://{bucket}/{key} does not exist"),
    }
}
