//! Receives an upload into a blob, and checks it against the client's headers.

use std::io::{self, Read, Write};

use futures::StreamExt;
use hyper::{HeaderMap, StatusCode};
use s3s::dto::StreamingBlob;
use s3s::{S3Result, TrailingHeaders, s3_error};

use super::blob::{Blobs, CHUNK, NewBlob};
use super::digest::{Hasher, Wanted, hex};
use super::meta::Checksums;

/// The client's announcements about the bytes.
#[derive(Debug, Default)]
pub(crate) struct Announced<'a> {
    pub(crate) length: Option<i64>,
    pub(crate) md5: Option<&'a str>,
    pub(crate) checksums: Checksums,
    pub(crate) headers: Option<&'a HeaderMap>,
    pub(crate) trailers: Option<&'a TrailingHeaders>,
}

/// A complete, verified blob.
pub(crate) struct Received {
    pub(crate) blob: NewBlob,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) checksums: Checksums,
}

impl Announced<'_> {
    /// Writes `body` to a new blob.
    pub(crate) async fn receive(
        mut self,
        blobs: &Blobs,
        body: Option<StreamingBlob>,
    ) -> S3Result<Received> {
        let mut blob = blobs.create().map_err(internal)?;
        let mut hasher = Hasher::new(self.wanted());
        let mut size = 0;
        if let Some(mut body) = body {
            while let Some(chunk) = body.next().await {
                let chunk = chunk.map_err(|error| {
                    s3_error!(IncompleteBody, "The upload broke off or is damaged: {error}")
                })?;
                hasher.update(&chunk);
                blob.write_all(&chunk).map_err(internal)?;
                size += chunk.len() as u64;
            }
        }
        let (md5, actual) = hasher.finish();
        self.read_trailers();
        self.check(size, &md5, &actual)?;
        Ok(Received { blob, size, etag: hex(&md5), checksums: actual })
    }

    /// The algorithms of sent or requested checksums. SDKs name them in any of three headers.
    fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::of(&self.checksums);
        let Some(headers) = self.headers else {
            return wanted;
        };
        for header in ["x-amz-trailer", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-algorithm"]
        {
            for value in headers.get_all(header) {
                for name in value.to_str().unwrap_or_default().split(',') {
                    wanted.add(name);
                }
            }
        }
        wanted
    }

    /// In aws-chunked uploads, the checksum follows the bytes.
    fn read_trailers(&mut self) {
        let Some(trailers) = self.trailers.and_then(TrailingHeaders::take) else {
            return;
        };
        let take = |slot: &mut Option<String>, name: &str| {
            if let Some(value) = trailers.get(name).and_then(|value| value.to_str().ok()) {
                *slot = Some(value.to_owned());
            }
        };
        take(&mut self.checksums.crc32, "x-amz-checksum-crc32");
        take(&mut self.checksums.crc32c, "x-amz-checksum-crc32c");
        take(&mut self.checksums.crc64nvme, "x-amz-checksum-crc64nvme");
        take(&mut self.checksums.sha1, "x-amz-checksum-sha1");
        take(&mut self.checksums.sha256, "x-amz-checksum-sha256");
    }

    fn check(&self, size: u64, md5: &[u8; 16], actual: &Checksums) -> S3Result<()> {
        if let Some(length) = self.length
            && u64::try_from(length).ok() != Some(size)
        {
            return Err(s3_error!(
                IncompleteBody,
                "You did not provide the number of bytes specified by the Content-Length header: \
                 {size} came instead of {length}"
            ));
        }
        if let Some(expected) = self.md5
            && base64_simd::STANDARD.encode_to_string(md5) != expected
        {
            return Err(s3_error!(
                BadDigest,
                "The Content-MD5 you specified did not match what we received."
            ));
        }
        if !self.checksums.agree_with(actual) {
            return Err(s3_error!(
                BadDigest,
                "The checksum you specified did not match the calculated checksum."
            ));
        }
        Ok(())
    }
}

/// A failing disk is an internal error; if the disk is full, clients should not retry.
pub(crate) fn internal(error: io::Error) -> s3s::S3Error {
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    tracing::error!(%error, full, "the folder that is served cannot be written or read");
    if full {
        let code = s3s::S3ErrorCode::Custom("InsufficientStorage".into());
        let message = format!("No space is left for the folder that is served: {error}");
        let mut full = s3s::S3Error::with_message(code, message);
        full.set_status_code(StatusCode::INSUFFICIENT_STORAGE);
        return full;
    }
    let message = format!("The folder that is served cannot be written or read: {error}");
    s3s::S3Error::with_message(s3s::S3ErrorCode::InternalError, message)
}

/// Reads to the end, a chunk at a time.
pub(crate) fn read_through(
    reader: &mut impl Read,
    mut each: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> S3Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = reader.read(&mut buffer).map_err(internal)?;
        if read == 0 {
            return Ok(());
        }
        each(buffer.get(..read).unwrap_or_default()).map_err(internal)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_called_one_and_not_tried_again() {
        let error = internal(io::ErrorKind::StorageFull.into());
        assert_eq!(error.code().as_str(), "InsufficientStorage");
        assert_eq!(error.status_code(), Some(StatusCode::INSUFFICIENT_STORAGE));
        assert!(error.message().is_some_and(|message| message.starts_with("No space is left")));
        let other = internal(io::ErrorKind::PermissionDenied.into());
        assert_eq!(other.code().as_str(), "InternalError");
    }
}
