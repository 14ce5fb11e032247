//! Reads the source, or finds out why it cannot be read.

use super::Pipeline;
use super::work::Work;
use crate::error::{Error, Rejection};
use crate::store::{Fetched, Head, Meaning};

/// The result of reading the source.
pub(super) enum Read {
    Fetched(Fetched),
    /// It exists, but S3 does not hand it out: it is archived, or encrypted with a key that only its
    /// uploader has.
    Unreadable(Box<Head>, Rejection),
}

impl Pipeline {
    /// Read the source, unless it still has the ETag `known`.
    pub(super) async fn read_source(
        &self,
        work: &Work,
        known: Option<&str>,
    ) -> Result<Read, Error> {
        let bucket = &self.config.source_bucket;
        let error = match self.store.get(bucket, work.key.as_str(), known).await {
            Ok(fetched) => return Ok(Read::Fetched(fetched)),
            Err(error) => error.of_source(),
        };
        let rejection = match Error::from(error) {
            Error::Rejected(rejection) => rejection,
            fault @ Error::Fault(_) => return Err(fault),
        };
        match self.source_head(work).await {
            Ok(Some(head)) if known == Some(head.etag.as_str()) => {
                Ok(Read::Fetched(Fetched::NotModified))
            }
            Ok(Some(head)) => Ok(Read::Unreadable(Box::new(head), rejection)),
            // It cannot be told which one it is.
            Ok(None) | Err(_) => Err(Error::Rejected(rejection)),
        }
    }

    /// The head of the source. That of an object that is encrypted with its uploader's key comes from
    /// a listing: S3 refuses its head, without a reason.
    pub(super) async fn source_head(&self, work: &Work) -> Result<Option<Head>, Error> {
        let (bucket, key) = (&self.config.source_bucket, work.key.as_str());
        let error = match self.store.head(bucket, key).await {
            Err(error) if error.meaning() == Meaning::Refused => error,
            head => return Ok(head?),
        };
        let listed = self.store.list_page(bucket, key).await?;
        match listed.into_iter().find(|one| one.key == key) {
            Some(one) => Ok(Some(Head { etag: one.etag, size: one.size, ..Head::default() })),
            None => Err(error.into()),
        }
    }
}
