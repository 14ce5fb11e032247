//! Lists the objects of a bucket.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Store, etag, length, timestamp};
use crate::key;
use crate::s3::archive::STANDARD;
use crate::s3::list::{Page, Query};
use crate::s3::meta::Meta;

const DEFAULT_MAX: i32 = 1000;

pub(super) async fn v2(
    store: &Store,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let input = request.input;
    let names = Names::new(input.encoding_type.as_ref())?;
    let max_keys = max(input.max_keys)?;
    let token = input.continuation_token.as_deref();
    let resumed = token.map(read_token).transpose()?;
    let page = Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after: resumed.as_deref().or(input.start_after.as_deref()).unwrap_or_default(),
        max: usize::try_from(max_keys).unwrap_or_default(),
    }
    .run(&store.lock().bucket(&input.bucket)?.objects);
    let count = page.objects.len() + page.prefixes.len();
    Ok(S3Response::new(ListObjectsV2Output {
        common_prefixes: names.prefixes(&page),
        contents: names.objects(&page, input.fetch_owner.unwrap_or(false)),
        continuation_token: input.continuation_token,
        delimiter: names.write(input.delimiter),
        encoding_type: input.encoding_type,
        is_truncated: Some(page.next.is_some()),
        key_count: i32::try_from(count).ok(),
        max_keys: Some(max_keys),
        name: Some(input.bucket),
        next_continuation_token: page.next.as_deref().map(write_token),
        prefix: names.write(Some(input.prefix.unwrap_or_default())),
        start_after: names.write(input.start_after),
        ..ListObjectsV2Output::default()
    }))
}

pub(super) async fn v1(
    store: &Store,
    request: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let input = request.input;
    let names = Names::new(input.encoding_type.as_ref())?;
    let max_keys = max(input.max_keys)?;
    let page = Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after: input.marker.as_deref().unwrap_or_default(),
        max: usize::try_from(max_keys).unwrap_or_default(),
    }
    .run(&store.lock().bucket(&input.bucket)?.objects);
    // Without a delimiter, the marker is the last key, which the client knows.
    let next_marker = input.delimiter.is_some().then(|| page.next.clone());
    Ok(S3Response::new(ListObjectsOutput {
        common_prefixes: names.prefixes(&page),
        contents: names.objects(&page, true),
        delimiter: names.write(input.delimiter),
        encoding_type: input.encoding_type,
        is_truncated: Some(page.next.is_some()),
        marker: names.write(Some(input.marker.unwrap_or_default())),
        max_keys: Some(max_keys),
        name: Some(input.bucket),
        next_marker: names.write(next_marker.flatten()),
        prefix: names.write(Some(input.prefix.unwrap_or_default())),
        ..ListObjectsOutput::default()
    }))
}

fn max(given: Option<i32>) -> S3Result<i32> {
    match given {
        Some(max) if max < 0 => Err(s3_error!(
            InvalidArgument,
            "Argument maxKeys must be an integer between 0 and 2147483647"
        )),
        max => Ok(max.unwrap_or(DEFAULT_MAX).min(DEFAULT_MAX)),
    }
}

/// A token is opaque to clients; here, it is the last name of the previous page.
fn write_token(last: &str) -> String {
    base64_simd::STANDARD.encode_to_string(last)
}

fn read_token(token: &str) -> S3Result<String> {
    let name = base64_simd::STANDARD.decode_to_vec(token).ok();
    name.and_then(|name| String::from_utf8(name).ok())
        .ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}

/// The encoding of names: plain, or encoded, since XML 1.0 cannot represent every character.
pub(super) struct Names {
    encoded: bool,
}

impl Names {
    pub(super) fn new(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self { encoded: false }),
            Some(EncodingType::URL) => Ok(Self { encoded: true }),
            Some(_) => {
                Err(s3_error!(InvalidArgument, "Invalid Encoding Method specified in Request"))
            }
        }
    }

    pub(super) fn write(&self, name: Option<String>) -> Option<String> {
        if self.encoded { name.map(|name| key::encode(&name)) } else { name }
    }

    fn prefixes(&self, page: &Page) -> Option<CommonPrefixList> {
        let prefixes = page
            .prefixes
            .iter()
            .map(|prefix| CommonPrefix { prefix: self.write(Some(prefix.clone())) });
        Some(prefixes.collect())
    }

    fn objects(&self, page: &Page, owner: bool) -> Option<ObjectList> {
        let objects = page.objects.iter().map(|meta| self.object(meta, owner));
        Some(objects.collect())
    }

    fn object(&self, meta: &Meta, owner: bool) -> Object {
        let class = meta.attributes.storage_class.as_deref().unwrap_or(STANDARD);
        Object {
            e_tag: Some(etag(&meta.etag)),
            key: self.write(Some(meta.key.clone())),
            last_modified: Some(timestamp(meta.modified_ms)),
            owner: owner.then(|| Owner { id: Some("local".to_owned()), ..Owner::default() }),
            size: Some(length(meta.size)),
            storage_class: Some(ObjectStorageClass::from(class.to_owned())),
            ..Object::default()
        }
    }
}
