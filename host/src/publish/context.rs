//! The context of a proof: the live routes, and the author's golden pictures.

use super::documents::Documents;
use crate::component::{Channel, TransformName, golden_prefix};
use crate::digest::Digest;
use crate::document::Document;
use crate::error::{Code, Fault};
use crate::gate::{Picture, Refusal, Setting, Step, settings};
use crate::store::{Fetched, Store};

/// The maximum number and total size of one author's golden pictures.
const MAX_PICTURES: usize = 50;
const MAX_PICTURE_BYTES: u64 = 64 << 20;

/// The parameters of the routes that will use this component. An unreadable document is not active
/// anywhere.
pub(super) async fn routes(
    documents: &Documents,
    transform: &TransformName,
    channel: Channel,
    digest: Digest,
) -> Result<Vec<Setting>, Fault> {
    let document = document(documents).await?;
    Ok(settings(&document, transform, channel, digest))
}

/// The live pipeline document.
pub(super) async fn document(documents: &Documents) -> Result<Document, Fault> {
    let (Some(text), _) = documents.in_force().await? else { return Ok(Document::default()) };
    Ok(Document::parse(&text).unwrap_or_else(|error| {
        tracing::warn!(%error, "the pipeline document cannot be read; no routes are checked");
        Document::new(Vec::new())
    }))
}

/// The author's golden pictures, or an error if there are too many.
pub(super) async fn pictures(
    store: &Store,
    bucket: &str,
    transform: &TransformName,
) -> Result<Result<Vec<Picture>, Refusal>, Fault> {
    let prefix = golden_prefix(transform);
    let mut keys = store.list(bucket, &prefix).await?;
    keys.retain(|key| !key.ends_with('/'));
    let refuse = |what: String| {
        Ok(Err(Refusal::new(
            Code::GoldenTooLarge,
            Step::Golden,
            format!("{what} under {prefix}"),
            "Keep the pictures that matter, and make them small.",
        )))
    };
    if keys.len() > MAX_PICTURES {
        return refuse(format!("there are {} pictures; {MAX_PICTURES} are allowed", keys.len()));
    }
    let (mut pictures, mut bytes) = (Vec::new(), 0);
    for key in keys {
        let Fetched::Object(object) = store.get(bucket, &key, None).await? else { continue };
        bytes += object.head.size;
        if bytes > MAX_PICTURE_BYTES {
            return refuse(format!("the pictures have more than {MAX_PICTURE_BYTES} bytes"));
        }
        let body = object.body.collect(MAX_PICTURE_BYTES).await?;
        let name = key.strip_prefix(&prefix).unwrap_or(&key).to_owned();
        pictures.push(Picture { name, body });
    }
    Ok(Ok(pictures))
}
