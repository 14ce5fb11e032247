//! Operations on pictures: view, upload, delete.

use std::io::Cursor;

use bytes::Bytes;
use http::StatusCode;
use obscura::clock::text;
use obscura::document::{RouteVerdict, sniff};
use obscura::key::SourceKey;
use obscura::pipeline::Manifest;
use obscura::store::{Condition, Fetched, Put, Written};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::Nothing;
use super::gallery::{Picture, State};
use super::problem::Problem;
use super::{Shared, Studio};
use crate::stack::DELIVER;

/// The maximum size of an upload, which is the default limit of a route.
pub(super) const MAX_BYTES: u64 = 256 << 20;
/// The maximum length of a displayed EXIF field.
const MAX_FIELD: usize = 400;

/// Selects pictures.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// Only those whose key contains this text.
    #[serde(default)]
    find: String,
    /// Only those in this state.
    state: Option<String>,
    /// The number to skip.
    #[serde(default)]
    skip: usize,
    /// The maximum number. Default: 500.
    take: Option<usize>,
}

/// A page of pictures.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Page {
    /// The pictures, the newest first.
    pictures: Vec<Picture>,
    /// The total number.
    total: usize,
}

/// Selects a picture.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Named {
    /// Its key in the source bucket.
    pub(super) key: String,
}

/// The details of a picture.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Detail {
    /// Its state.
    picture: Picture,
    /// Its record, if it has been rendered.
    manifest: Option<Manifest>,
    /// Which route it takes, and why the earlier ones do not match.
    routes: Vec<RouteVerdict>,
    /// Its source object, if it exists.
    source: Option<Source>,
}

/// A source object.
#[derive(Debug, Serialize, JsonSchema)]
struct Source {
    /// Its ETag.
    etag: String,
    /// Its size in bytes.
    bytes: u64,
    /// When it was written.
    written: String,
    /// Its user metadata.
    metadata: Vec<(String, String)>,
}

/// The metadata of a file.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Facts {
    /// Fields of EXIF: name and value, as text.
    exif: Vec<(String, String)>,
}

/// A stored object.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Stored {
    /// The key.
    key: String,
    /// Its ETag.
    etag: String,
}

impl Studio {
    /// Read a picture's state, and publish it.
    pub(super) async fn look_at(&self, key: &str) {
        let news = match self.destination.manifest(key).await {
            Ok(Some(manifest)) => Picture::of(&manifest),
            Ok(None) => match self.head_of_source(key).await {
                Some(head) => {
                    let at = head.last_modified.map(text).unwrap_or_default();
                    Picture { bytes: head.size, ..Picture::new(key, State::Ignored, at) }
                }
                None => {
                    self.gallery.remove(key);
                    self.feed.tell(&super::feed::News::Gone { key: key.to_owned() });
                    return;
                }
            },
            // The next request reads it again.
            Err(_) => return,
        };
        self.gallery.put(news.clone());
        self.feed.tell(&super::feed::News::Picture { picture: Box::new(news) });
    }

    async fn head_of_source(&self, key: &str) -> Option<obscura::store::Head> {
        let bucket = self.source_of(key).await.ok()?;
        self.store.head(&bucket, key).await.ok()?
    }

    /// The bucket of a picture: the source bucket, or else the one that its record names.
    pub(super) async fn source_of(&self, key: &str) -> Result<String, Problem> {
        if let Some(source) = &self.source {
            return Ok(source.clone());
        }
        match self.destination.manifest(key).await? {
            Some(manifest) => Ok(manifest.source.bucket),
            None => Err(Problem::missing(
                &format!("the bucket of {key} is unknown"),
                "Name the source bucket: `obscura studio --source BUCKET`.",
            )),
        }
    }

    /// A picture's bytes.
    pub(super) async fn read_source(&self, key: &str) -> Result<Bytes, Problem> {
        possible(key)?;
        let bucket = self.source_of(key).await?;
        let Fetched::Object(object) = self.store.get(&bucket, key, None).await? else {
            let message = format!("s3://{bucket}/{key} does not exist");
            return Err(Problem::missing(&message, "Upload it again."));
        };
        let (object, _) = object.decoded().await?;
        Ok(object.body.collect(MAX_BYTES).await?)
    }
}

/// A page of pictures.
pub(super) async fn list(studio: Shared, wanted: Wanted) -> Result<Page, Problem> {
    let mut all = studio.gallery.all(&studio).await?;
    let find = wanted.find.to_lowercase();
    let is = |state: State| {
        serde_json::to_value(state).is_ok_and(|one| one.as_str() == wanted.state.as_deref())
    };
    all.retain(|one| one.key.to_lowercase().contains(&find));
    if wanted.state.is_some() {
        all.retain(|one| is(one.state));
    }
    let total = all.len();
    let page = all.into_iter().skip(wanted.skip).take(wanted.take.unwrap_or(500).min(2000));
    Ok(Page { pictures: page.collect(), total })
}

/// The details of one picture.
pub(super) async fn one(studio: Shared, named: Named) -> Result<Detail, Problem> {
    let key = &named.key;
    let manifest = studio.destination.manifest(key).await?;
    let head = studio.head_of_source(key).await;
    if manifest.is_none() && head.is_none() {
        let message = format!("there is no picture {key}");
        return Err(Problem::missing(&message, "It may have been deleted; see the list."));
    }
    let known = studio.gallery.get(key);
    let picture = match (&manifest, known) {
        (_, Some(known)) => known,
        (Some(manifest), None) => Picture::of(manifest),
        (None, None) => Picture::new(key, State::Ignored, String::new()),
    };
    let document = studio.document().await?;
    let media_type = manifest.as_ref().map(|manifest| manifest.source.media_type.as_str());
    let routes = document.explain(&SourceKey::literal(key), media_type);
    let source = head.map(|head| {
        let mut metadata: Vec<_> = head.metadata.into_iter().collect();
        metadata.sort();
        Source {
            etag: head.etag,
            bytes: head.size,
            written: head.last_modified.map(text).unwrap_or_default(),
            metadata,
        }
    });
    Ok(Detail { picture, manifest, routes, source })
}

/// The metadata of its file.
pub(super) async fn facts(studio: Shared, named: Named) -> Result<Facts, Problem> {
    let body = studio.read_source(&named.key).await?;
    let read = exif::Reader::new().read_from_container(&mut Cursor::new(&body[..]));
    let fields = read.iter().flat_map(|exif| exif.fields().map(move |field| (exif, field)));
    let shown = fields.map(|(exif, field)| {
        let value = field.display_value().with_unit(exif).to_string();
        (field.tag.to_string(), value.chars().take(MAX_FIELD).collect())
    });
    Ok(Facts { exif: shown.collect() })
}

/// Whether an object can have this key. S3 would take an empty one for the bucket itself.
pub(super) fn possible(key: &str) -> Result<(), Problem> {
    if (1..=1024).contains(&key.len()) {
        return Ok(());
    }
    let message = format!("a key has 1 to 1024 bytes, and this one has {}", key.len());
    Err(Problem::asked(&message, "Use the key of a picture, or a file name of that length."))
}

/// Upload one, as any S3 client does.
pub(super) async fn upload(studio: Shared, named: Named, body: Bytes) -> Result<Stored, Problem> {
    let key = named.key;
    possible(&key)?;
    let Some(source) = &studio.source else {
        return Err(Problem::asked(
            "no source bucket is named",
            "Name it: `obscura studio --source BUCKET --allow-changes`.",
        ));
    };
    let put = Put { content_type: sniff(&body), body, ..Put::default() };
    match studio.store.put(source, &key, put, Condition::Always).await? {
        Written::Etag(etag) => Ok(Stored { key, etag }),
        Written::Conflict => Err(Problem::asked("this key is reserved", "Try again.")),
    }
}

/// A planned rendition that has not been made yet.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Planned {
    /// The picture's key.
    key: String,
    /// The rendition's key in the destination bucket.
    rendition: String,
}

/// Have a planned rendition made, as a request for its URL does.
pub(super) async fn render(studio: Shared, planned: Planned) -> Result<Nothing, Problem> {
    let Some(lambda) = studio.local.as_ref().filter(|lambda| lambda.has(DELIVER)) else {
        return Err(Problem::asked(
            "this pipeline does not deliver renditions",
            "Start `obscura serve` without --no-delivery, or request the rendition's URL.",
        ));
    };
    let path = utf8_percent_encode(&planned.rendition, PATH);
    let request = json!({
        "version": "2.0",
        "rawPath": format!("/{path}"),
        "rawQueryString": "",
        "headers": {},
        "requestContext": { "http": { "method": "GET" } },
    });
    let answer = lambda.invoke(DELIVER, &request).await;
    let answer = answer.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    studio.look_at(&planned.key).await;
    let status = answer.get("statusCode").and_then(Value::as_u64).unwrap_or_default();
    if (200..400).contains(&status) {
        return Ok(Nothing {});
    }
    let body = answer.get("body").and_then(Value::as_str).unwrap_or_default();
    let said: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    let (code, message) = (text("code"), text("message"));
    Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, message, text("remedy")))
}

/// The characters that a path does not escape.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Delete one, and its renditions.
pub(super) async fn delete(studio: Shared, named: Named) -> Result<Nothing, Problem> {
    possible(&named.key)?;
    let bucket = studio.source_of(&named.key).await?;
    studio.store.delete(&bucket, &[named.key]).await?;
    Ok(Nothing {})
}
