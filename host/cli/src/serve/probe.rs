//! Checks that an external store does what the pipeline relies on. A store that ignores the
//! conditions of writes reports no error, and renditions are lost much later; so it is tested
//! before anything runs.

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use obscura::store::{Condition, Fetched, Meaning, Put, Store, StoreError, Written};

use crate::stack::Places;
use crate::studio::command::fresh_token;

/// The prefix of the keys of test objects, which are removed again.
const PROBES: &str = ".obscura-probe/";
/// The ETag of no object.
const NO_ETAG: &str = "00000000000000000000000000000000";
const NEEDED: &str = "Obscura needs conditional writes: without them, two workers overwrite each \
    other's records. Update the store, or use one that has them";

/// Optional features of a store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Able {
    /// Objects have tags.
    pub(super) tags: bool,
}

/// Test a store and its buckets.
pub(super) async fn run(store: &Store, places: &Places) -> anyhow::Result<Able> {
    for (flag, bucket, prefix) in [
        ("--source", &places.source, &places.source_prefix),
        ("--destination", &places.destination, &places.destination_prefix),
        ("--components", &places.components, &String::new()),
    ] {
        store.list_page(bucket, prefix).await.map_err(|error| explained(error, flag))?;
    }
    for (flag, bucket, prefix) in [
        ("--destination", &places.destination, places.destination_prefix.as_str()),
        ("--components", &places.components, ""),
    ] {
        // A key with characters that need encoding.
        let random = fresh_token()?;
        let key = format!("{prefix}{PROBES}{random} +%ü.txt");
        let probe = Probe { store, flag, bucket, key: &key };
        let tried = probe.conditions().await;
        let removed = probe.removed().await;
        tried?;
        removed?;
    }
    let random = fresh_token()?;
    let key = format!("{}{PROBES}{random}.txt", places.destination_prefix);
    let probe = Probe { store, flag: "--destination", bucket: &places.destination, key: &key };
    let tags = probe.tags().await;
    probe.removed().await?;
    Ok(Able { tags: tags? })
}

struct Probe<'a> {
    store: &'a Store,
    flag: &'static str,
    bucket: &'a str,
    key: &'a str,
}

impl Probe<'_> {
    /// Writes respect their conditions, and are visible at once.
    async fn conditions(&self) -> anyhow::Result<()> {
        let first = match self.put("1", Condition::Absent).await? {
            Written::Etag(etag) => etag,
            Written::Conflict => bail!(
                "{self}: a write with If-None-Match: * was refused, though nothing is there. \
                 {NEEDED}"
            ),
        };
        self.reads("1", &first).await?;
        ensure!(
            self.put("2", Condition::Absent).await? == Written::Conflict,
            "{self}: the store overwrote an object in spite of If-None-Match: *. {NEEDED}"
        );
        ensure!(
            self.put("2", Condition::Etag(NO_ETAG)).await? == Written::Conflict,
            "{self}: the store overwrote an object in spite of an If-Match that named another. \
             {NEEDED}"
        );
        self.reads("1", &first).await?;
        let Written::Etag(second) = self.put("2", Condition::Etag(&first)).await? else {
            bail!(
                "{self}: a write with If-Match was refused, though the object has that ETag. \
                 {NEEDED}"
            )
        };
        ensure!(first != second, "{self}: another object has the same ETag as the one before");
        self.reads("2", &second).await?;
        let listed = self.store.list_objects(self.bucket, self.key).await?;
        let listed = listed.into_iter().map(|one| (one.key, one.etag)).collect::<Vec<_>>();
        ensure!(
            listed == [(self.key.to_owned(), second.clone())],
            "{self}: the object was listed as {listed:?}, where its ETag is {second}; a store has \
             to list what was written at once, under the same key (with encoding-type=url)"
        );
        Ok(())
    }

    /// Whether objects can have tags, which lifecycle rules need.
    async fn tags(&self) -> anyhow::Result<bool> {
        self.put("1", Condition::Always).await?;
        match self.store.mark(self.bucket, self.key).await {
            Ok(()) => {}
            // Stores without tags have various codes for this.
            Err(error) if !matches!(error.meaning(), Meaning::Denied) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let head = self.store.head(self.bucket, self.key).await?;
        Ok(head.is_some_and(|head| head.tags > 0))
    }

    async fn removed(&self) -> anyhow::Result<()> {
        self.store.delete(self.bucket, &[self.key.to_owned()]).await?;
        let left = self.store.get(self.bucket, self.key, None).await?;
        ensure!(
            matches!(left, Fetched::Missing),
            "{self}: the object was deleted, and could be read afterwards"
        );
        Ok(())
    }

    async fn put(&self, body: &'static str, condition: Condition<'_>) -> anyhow::Result<Written> {
        let put = Put { body: Bytes::from(body), content_type: "text/plain", ..Put::default() };
        let how = match condition {
            Condition::Always => "it cannot be written",
            Condition::Absent => "it cannot be written with If-None-Match: *",
            Condition::Etag(_) => "it cannot be written with If-Match",
        };
        let written = self.store.put(self.bucket, self.key, put, condition).await;
        written
            .map_err(|error| explained(error, self.flag))
            .with_context(|| format!("{self}: {how}"))
    }

    /// What is read is what was written.
    async fn reads(&self, body: &str, etag: &str) -> anyhow::Result<()> {
        let Fetched::Object(object) = self.store.get(self.bucket, self.key, None).await? else {
            bail!("{self}: the object was written, and is not there");
        };
        let found = object.head.etag.clone();
        let read = object.body.collect(1024).await?;
        ensure!(read == body.as_bytes(), "{self}: the object has other bytes than were written");
        ensure!(
            found == etag,
            "{self}: the ETag was {etag} when it was written, and is {found} now"
        );
        Ok(())
    }
}

impl std::fmt::Display for Probe<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{PROBES}", self.bucket)
    }
}

/// An error of the store, with what to do.
fn explained(error: StoreError, flag: &str) -> anyhow::Error {
    let remedy = match error.meaning() {
        Meaning::NoBucket => format!("create the bucket, or name another with {flag}"),
        Meaning::Denied => {
            "see AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_PROFILE, and whether the \
                            key may read and write the bucket"
                .to_owned()
        }
        Meaning::Elsewhere => "set AWS_REGION to the region that the store goes by".to_owned(),
        // Stores have various codes for an unknown header.
        Meaning::Refused => "if the store does not support the checksum, set \
                             AWS_REQUEST_CHECKSUM_CALCULATION=when_required"
            .to_owned(),
        _ => return error.into(),
    };
    anyhow::Error::msg(format!("{error}; {remedy}"))
}
