//! The metadata of stored objects.

use std::collections::BTreeMap;

use s3s::dto::{Checksum, ChecksumType};
use serde::{Deserialize, Serialize};

/// The metadata file of one object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) key: String,
    /// The blob with the bytes, which is immutable.
    pub(crate) blob: String,
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) modified_ms: u64,
    pub(crate) sequencer: u64,
    #[serde(default)]
    pub(crate) attributes: Attributes,
    #[serde(default)]
    pub(crate) checksums: Checksums,
    /// The expiry of a restored copy, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) restored_until_ms: Option<u64>,
    /// The sizes of the parts, if it was uploaded in parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<u64>,
}

/// Headers of the upload, returned unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache_control: Option<String>,
    /// Milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_ms: Option<u64>,
    /// If absent, the standard one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) storage_class: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) user: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
}

/// Base64 checksums by algorithm, those that the uploader sent or requested.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Checksums {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crc32: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crc32c: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crc64nvme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
    /// Whether they cover the parts' checksums instead of the bytes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) composite: bool,
}

impl Checksums {
    /// Pairs of `self`'s and `actual`'s values, for the algorithms in `self`.
    pub(crate) fn agree_with(&self, actual: &Self) -> bool {
        let agree = |expected: &Option<String>, actual: &Option<String>| {
            expected.is_none() || expected == actual
        };
        agree(&self.crc32, &actual.crc32)
            && agree(&self.crc32c, &actual.crc32c)
            && agree(&self.crc64nvme, &actual.crc64nvme)
            && agree(&self.sha1, &actual.sha1)
            && agree(&self.sha256, &actual.sha256)
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `COMPOSITE` or `FULL_OBJECT`; `None` without a checksum.
    pub(crate) fn kind(&self) -> Option<ChecksumType> {
        if self.is_empty() {
            None
        } else if self.composite {
            Some(ChecksumType::from_static(ChecksumType::COMPOSITE))
        } else {
            Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT))
        }
    }
}

impl From<Checksum> for Checksums {
    fn from(checksum: Checksum) -> Self {
        Self {
            crc32: checksum.checksum_crc32,
            crc32c: checksum.checksum_crc32c,
            crc64nvme: checksum.checksum_crc64nvme,
            sha1: checksum.checksum_sha1,
            sha256: checksum.checksum_sha256,
            composite: false,
        }
    }
}
