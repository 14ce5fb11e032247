//! Decodes objects with a `Content-Encoding`, as a browser does.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::{MultiGzDecoder, ZlibDecoder};

use super::error::StoreError;
use super::object::Object;
use crate::media::{SNIFF_BYTES, sniff};
use crate::text::{clip, shown};

/// The maximum size of a decoded object, before and after: it is held in memory, as its size is not
/// known in advance. This also stops decompression bombs.
const MAX_BYTES: u64 = 32 << 20;
/// The maximum length of a header in messages.
const MAX_QUOTED_BYTES: usize = 60;

/// Why an object cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecoded {
    /// Its encoding is not supported.
    #[error("it was uploaded with `Content-Encoding: {0}`, which is not decoded")]
    Unknown(String),
    /// It is invalid or truncated.
    #[error("it was uploaded with `Content-Encoding: {0}`, and cannot be decoded: {1}")]
    Damaged(String, String),
    /// It is too large, before or after decoding.
    #[error(
        "it was uploaded with `Content-Encoding: {0}`, and has more than {most} MiB, encoded or \
         decoded",
        most = MAX_BYTES >> 20
    )]
    TooLarge(String),
}

/// The supported encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
}

impl Object {
    /// Decode the object. Its head stays as returned by S3; the size of its body is the decoded
    /// size.
    ///
    /// An object whose bytes are a picture, or do not begin as the header says, is returned
    /// unchanged: some uploaders set the header by mistake, and `aws-chunked` may remain. If it
    /// cannot be decoded, it is also returned unchanged, with the reason.
    ///
    /// # Errors
    /// [`StoreError`], if the body cannot be read.
    pub async fn decoded(mut self) -> Result<(Self, Option<Undecoded>), StoreError> {
        let Some(header) = self.head.content_encoding.as_deref().filter(|it| !is_plain(it)) else {
            return Ok((self, None));
        };
        let header = clip(shown(header), MAX_QUOTED_BYTES);
        let first = self.body.peek(SNIFF_BYTES).await?;
        if first.is_empty() || sniff(first).starts_with("image/") {
            return Ok((self, None));
        }
        let coding = match coding(&header) {
            Some(Coding::Gzip) if first.starts_with(&[0x1f, 0x8b]) => Coding::Gzip,
            Some(Coding::Deflate) if is_zlib(first) => Coding::Deflate,
            Some(_) => return Ok((self, None)),
            None => return Ok((self, Some(Undecoded::Unknown(header)))),
        };
        let first = Bytes::copy_from_slice(first);
        if self.head.size > MAX_BYTES {
            return Ok((self, Some(Undecoded::TooLarge(header))));
        }
        let mut decoder = Decoder::new(coding);
        let mut result = Ok(());
        while result.is_ok()
            && let Some(bytes) = self.body.next().await?
        {
            result = decoder.write(&bytes);
        }
        match result.and_then(|()| decoder.finish()) {
            Ok(decoded) => {
                let body = self.body.replaced(decoded.into());
                Ok((Self { body, ..self }, None))
            }
            Err(error) => {
                let undecoded = match error.kind() {
                    io::ErrorKind::FileTooLarge => Undecoded::TooLarge(header),
                    _ => Undecoded::Damaged(header, error.to_string()),
                };
                let body = self.body.replaced(first);
                Ok((Self { body, ..self }, Some(undecoded)))
            }
        }
    }
}

/// Encodings without effect: `identity`, and those of the transfer to S3.
fn is_plain(header: &str) -> bool {
    codings(header).next().is_none()
}

fn codings(header: &str) -> impl Iterator<Item = &str> {
    let all = header.split(',').map(str::trim);
    all.filter(|one| {
        let nothing = ["", "identity", "aws-chunked"];
        !nothing.iter().any(|other| one.eq_ignore_ascii_case(other))
    })
}

/// The single encoding, if it is supported.
fn coding(header: &str) -> Option<Coding> {
    let mut all = codings(header);
    let (first, None) = (all.next()?, all.next()) else { return None };
    match first.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Some(Coding::Gzip),
        "deflate" => Some(Coding::Deflate),
        _ => None,
    }
}

/// Whether it begins with a header of RFC 1950, the format of HTTP's `deflate`.
fn is_zlib(first: &[u8]) -> bool {
    let [method, flags, ..] = first else { return false };
    method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31)
}

/// Decodes into memory, up to a limit.
enum Decoder {
    Gzip(MultiGzDecoder<Bounded>),
    Deflate(ZlibDecoder<Bounded>),
}

impl Decoder {
    fn new(coding: Coding) -> Self {
        match coding {
            Coding::Gzip => Self::Gzip(MultiGzDecoder::new(Bounded::default())),
            Coding::Deflate => Self::Deflate(ZlibDecoder::new(Bounded::default())),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Gzip(decoder) => decoder.write_all(bytes),
            Self::Deflate(decoder) => decoder.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        let all = match self {
            Self::Gzip(decoder) => decoder.finish(),
            Self::Deflate(decoder) => decoder.finish(),
        };
        Ok(all?.0)
    }
}

#[derive(Default)]
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() as u64 + bytes.len() as u64 > MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn headers_are_read_as_http_writes_them() {
        for plain in ["", "identity", "aws-chunked", "Identity, AWS-Chunked"] {
            assert!(is_plain(plain), "{plain}");
        }
        assert_eq!(coding("gzip"), Some(Coding::Gzip));
        assert_eq!(coding("X-GZIP,aws-chunked"), Some(Coding::Gzip));
        assert_eq!(coding(" deflate"), Some(Coding::Deflate));
        for other in ["br", "zstd", "gzip, gzip", "gzip, br"] {
            assert_eq!((coding(other), is_plain(other)), (None, false), "{other}");
        }
    }

    #[test]
    fn no_bomb_is_held_in_memory() {
        let mut bounded = Bounded(vec![0; MAX_BYTES as usize - 1]);
        assert!(bounded.write_all(&[0]).is_ok());
        let refused = bounded.write_all(&[0]).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::FileTooLarge);
    }
}
