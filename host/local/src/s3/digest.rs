//! Streaming digests: the MD5 of the ETag, and the checksums that SDKs use.

use md5::{Digest, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};

use super::meta::Checksums;

/// The checksums to compute in addition to the MD5.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    pub(crate) crc32: bool,
    pub(crate) crc32c: bool,
    pub(crate) crc64nvme: bool,
    pub(crate) sha1: bool,
    pub(crate) sha256: bool,
}

impl Wanted {
    /// The algorithms of `checksums`.
    pub(crate) fn of(checksums: &Checksums) -> Self {
        Self {
            crc32: checksums.crc32.is_some(),
            crc32c: checksums.crc32c.is_some(),
            crc64nvme: checksums.crc64nvme.is_some(),
            sha1: checksums.sha1.is_some(),
            sha256: checksums.sha256.is_some(),
        }
    }

    /// Adds an algorithm by any of its names in the protocol, such as `CRC32` or
    /// `x-amz-checksum-crc32`. Unknown names are ignored.
    pub(crate) fn add(&mut self, name: &str) {
        let name = name.trim().to_ascii_lowercase();
        match name.strip_prefix("x-amz-checksum-").unwrap_or(&name) {
            "crc32" => self.crc32 = true,
            "crc32c" => self.crc32c = true,
            "crc64nvme" => self.crc64nvme = true,
            "sha1" => self.sha1 = true,
            "sha256" => self.sha256 = true,
            _ => {}
        }
    }
}

/// Hashes a stream.
pub(crate) struct Hasher {
    md5: Md5,
    checksums: ChecksumHasher,
}

impl Hasher {
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self {
            md5: Md5::new(),
            checksums: ChecksumHasher {
                crc32: wanted.crc32.then(Crc32::new),
                crc32c: wanted.crc32c.then(Crc32c::new),
                sha1: wanted.sha1.then(Sha1::new),
                sha256: wanted.sha256.then(Sha256::new),
                crc64nvme: wanted.crc64nvme.then(Crc64Nvme::new),
            },
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.checksums.update(bytes);
    }

    /// The MD5 and the checksums.
    pub(crate) fn finish(self) -> ([u8; 16], Checksums) {
        (self.md5.finalize().into(), self.checksums.finalize().into())
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    hex_simd::encode_to_string(bytes, hex_simd::AsciiCase::Lower)
}

/// The ETag of a multipart object: the MD5 of the parts' MD5s, and the number of parts.
pub(crate) fn multipart_etag(part_etags: &[&str]) -> String {
    let mut md5 = Md5::new();
    for etag in part_etags {
        // Every part's ETag is hexadecimal, as this module wrote it.
        md5.update(hex_simd::decode_to_vec(etag).unwrap_or_default());
    }
    format!("{}-{}", hex(&md5.finalize()), part_etags.len())
}

/// The checksum of the parts' checksums, as in a `COMPOSITE` upload.
///
/// Only algorithms that every part has.
pub(crate) fn composite(parts: &[&Checksums]) -> Checksums {
    fn over<H: s3s::crypto::Checksum>(
        parts: &[&Checksums],
        of: impl Fn(&Checksums) -> Option<&String>,
    ) -> Option<String> {
        let mut hasher = H::new();
        for part in parts {
            let raw = base64_simd::STANDARD.decode_to_vec(of(part)?).ok()?;
            hasher.update(&raw);
        }
        let sum = base64_simd::STANDARD.encode_to_string(hasher.finalize().as_ref());
        Some(format!("{sum}-{}", parts.len()))
    }
    let checksums = Checksums {
        crc32: over::<Crc32>(parts, |part| part.crc32.as_ref()),
        crc32c: over::<Crc32c>(parts, |part| part.crc32c.as_ref()),
        // S3 has no composite CRC64NVME.
        crc64nvme: None,
        sha1: over::<Sha1>(parts, |part| part.sha1.as_ref()),
        sha256: over::<Sha256>(parts, |part| part.sha256.as_ref()),
        composite: true,
    };
    Checksums {
        composite: checksums != Checksums { composite: true, ..Checksums::default() },
        ..checksums
    }
}
