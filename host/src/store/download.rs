//! A streamed body.

use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};

use super::answer::Meaning;
use super::blank;
use super::client::Store;
use super::error::{StoreError, Subject, causes, meaning};
use super::head::Head;

/// How often an interrupted body is resumed.
const RESUMES: u32 = 3;

/// A streamed body. If it is interrupted, the rest is requested, with the same ETag.
#[derive(Debug)]
pub struct Download {
    store: Store,
    bucket: String,
    key: String,
    etag: String,
    size: u64,
    received: u64,
    resumes: u32,
    /// Bytes that were read ahead.
    ahead: Bytes,
    stream: ByteStream,
}

impl Download {
    pub(super) fn new(
        store: Store,
        bucket: &str,
        key: &str,
        head: &Head,
        stream: ByteStream,
    ) -> Self {
        Self {
            store,
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            etag: head.etag.clone(),
            size: head.size,
            received: 0,
            resumes: 0,
            ahead: Bytes::new(),
            stream,
        }
    }

    /// The same object with another body, in memory.
    pub(super) fn replaced(self, body: Bytes) -> Self {
        let size = body.len() as u64;
        Self { size, received: size, ahead: body, stream: ByteStream::default(), ..self }
    }

    /// The total size, including bytes already read.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Peek at least this many bytes, if available.
    ///
    /// # Errors
    /// [`StoreError`], if they cannot be read.
    pub(super) async fn peek(&mut self, enough: usize) -> Result<&[u8], StoreError> {
        let mut ahead = BytesMut::from(std::mem::take(&mut self.ahead));
        while ahead.len() < enough {
            let Some(bytes) = self.next().await? else { break };
            ahead.extend_from_slice(&bytes);
        }
        self.ahead = ahead.freeze();
        Ok(&self.ahead)
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// [`StoreError`], if the rest cannot be read.
    pub async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        if !self.ahead.is_empty() {
            return Ok(Some(std::mem::take(&mut self.ahead)));
        }
        loop {
            let broken = match self.stream.next().await {
                Some(Ok(bytes)) if bytes.is_empty() => continue,
                Some(Ok(bytes)) => {
                    self.received += bytes.len() as u64;
                    return Ok(Some(bytes));
                }
                None if self.received == self.size => return Ok(None),
                None => format!("the body ended after {} of {} bytes", self.received, self.size),
                // Everything arrived, but is corrupt: there is nothing to resume.
                Some(Err(_)) if self.received >= self.size => return Err(self.damaged()),
                Some(Err(error)) => causes(&error).pop().unwrap_or_default(),
            };
            self.resume(&broken).await?;
        }
    }

    /// The whole body, if it is no longer than `limit` bytes.
    ///
    /// # Errors
    /// [`StoreError`], if it is longer or cannot be read.
    pub async fn collect(mut self, limit: u64) -> Result<Bytes, StoreError> {
        if self.size > limit {
            let message = format!("it has {} bytes; at most {limit} are expected", self.size);
            return Err(self.subject().failed(message));
        }
        let mut all = BytesMut::with_capacity(usize::try_from(self.size).unwrap_or(0));
        loop {
            match self.next().await {
                Ok(Some(bytes)) => all.extend_from_slice(&bytes),
                Ok(None) => return Ok(all.freeze()),
                Err(error) if error.meaning() == Meaning::Damaged => {
                    all.clear();
                    self.received = 0;
                    self.resume("its checksum does not match").await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn damaged(&self) -> StoreError {
        self.subject().answered(Meaning::Damaged, "", "")
    }

    fn subject(&self) -> Subject<'_> {
        Subject { operation: "GetObject", bucket: &self.bucket, key: &self.key }
    }

    async fn resume(&mut self, broken: &str) -> Result<(), StoreError> {
        self.resumes += 1;
        if self.resumes > RESUMES {
            let message = format!("the download failed, as did {RESUMES} more: {broken}");
            return Err(self.subject().failed(message));
        }
        tracing::debug!(key = self.key, received = self.received, broken, "resuming a download");
        let request = self
            .store
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(blank::given(&self.key))
            .if_match(format!("\"{}\"", self.etag))
            // Only a whole body has a checksum, not a range.
            .set_range((self.received > 0).then(|| format!("bytes={}-", self.received)));
        let request = request.customize().mutate_request(blank::restored(&self.key));
        let output = request.send().await.map_err(|error| match meaning(&error) {
            Meaning::Precondition | Meaning::Gone => {
                self.subject().failed("it was overwritten or deleted while it was read".to_owned())
            }
            _ => self.subject().sdk(&error),
        })?;
        self.stream = output.body;
        Ok(())
    }
}
