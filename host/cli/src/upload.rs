//! Upload a component, and wait for the report on it.

use std::time::{Duration, Instant};

use anyhow::bail;
use bytes::Bytes;
use obscura::component::{Channel, INCOMING, TransformName, report_key};
use obscura::digest::Digest;
use obscura::publish::{Outcome, Report};
use obscura::store::{Condition, Fetched, Put, Store, Written};

/// The maximum size of a report.
pub(crate) const MAX_REPORT_BYTES: u64 = 16 << 20;
/// The polling interval.
const POLL: Duration = Duration::from_millis(50);

/// A component on its way into a components bucket.
pub(crate) struct Upload<'a> {
    pub(crate) store: &'a Store,
    pub(crate) bucket: &'a str,
    pub(crate) transform: &'a TransformName,
    pub(crate) channel: Channel,
    pub(crate) by: &'a str,
    /// The timeout of the report.
    pub(crate) patience: Duration,
}

impl Upload<'_> {
    /// Upload it, and wait until it is active or refused.
    pub(crate) async fn publish(&self, component: Bytes) -> anyhow::Result<Report> {
        self.publish_telling(component, &|_| Ok(())).await
    }

    /// The same for stores without notifications: the key is passed to `told` once the component is
    /// stored.
    pub(crate) async fn publish_telling(
        &self,
        component: Bytes,
        told: &(dyn Fn(&str) -> anyhow::Result<()> + Sync),
    ) -> anyhow::Result<Report> {
        let key = self.key(Digest::of(&component));
        let before = self.report(&key).await?.map(|(_, etag)| etag);
        // User metadata is ASCII.
        let by: String = self.by.chars().filter(|c| (' '..='~').contains(c)).collect();
        let put = Put {
            body: component,
            content_type: "application/wasm",
            metadata: vec![("by".to_owned(), by)],
            ..Put::default()
        };
        let Written::Etag(etag) = self.store.put(self.bucket, &key, put, Condition::Always).await?
        else {
            bail!("s3://{}/{key} cannot be written", self.bucket);
        };
        told(&key)?;
        let started = Instant::now();
        let mut deferred = None;
        while started.elapsed() < self.patience {
            if let Some((report, written)) = self.report(&key).await?
                && Some(&written) != before.as_ref()
                && report.upload.etag == etag
            {
                if report.outcome != Outcome::Deferred {
                    return Ok(report);
                }
                deferred = report.fault;
            }
            tokio::time::sleep(POLL).await;
        }
        if let Some(fault) = deferred {
            bail!("{}: {}; it will be retried", fault.code, fault.message);
        }
        bail!(
            "there is no report at s3://{}/{} after {} s; see the publish function's log",
            self.bucket,
            report_key(&key),
            self.patience.as_secs()
        )
    }

    fn key(&self, digest: Digest) -> String {
        let (name, channel, digest) = (self.transform, self.channel, digest.short());
        format!("{INCOMING}{name}/{channel}/{digest}.wasm")
    }

    async fn report(&self, upload: &str) -> anyhow::Result<Option<(Report, String)>> {
        let key = report_key(upload);
        let Fetched::Object(object) = self.store.get(self.bucket, &key, None).await? else {
            return Ok(None);
        };
        let etag = object.head.etag.clone();
        let text = object.body.collect(MAX_REPORT_BYTES).await?;
        Ok(serde_json::from_slice(&text).ok().map(|report| (report, etag)))
    }
}
