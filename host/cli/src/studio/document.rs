//! The pipeline document: read, check, save and restore.

use bytes::Bytes;
use obscura::document::{Changes, Document, RouteVerdict};
use obscura::gate::Finding;
use obscura::key::SourceKey;
use obscura::publish::{DocumentReport, Documents, Earlier};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::api::Nothing;
use super::problem::Problem;
use super::{Shared, Studio};
use crate::built;

/// The current state of the document.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Standing {
    /// The last saved text; the default document, if there is none.
    text: String,
    /// Its ETag; none, if there is no document.
    etag: Option<String>,
    /// The ETag of the active one.
    in_force: Option<String>,
    /// The report on the last saved one, once it has been checked.
    report: Option<DocumentReport>,
}

/// A text, and a picture to try it with.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Draft {
    /// The document's text.
    text: String,
    /// A picture's key.
    #[serde(default)]
    key: String,
    /// Its media type, if that is known.
    media_type: Option<String>,
}

/// The result of a static check: nothing is run.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Glance {
    /// Errors.
    errors: Vec<Finding>,
    /// Warnings.
    warnings: Vec<Finding>,
    /// Changes relative to the active document.
    changes: Changes,
    /// Which route the picture would take, and why the earlier ones do not match.
    routes: Vec<RouteVerdict>,
}

/// A text.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Text {
    /// The document's text.
    text: String,
}

/// What is to be saved.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Save {
    /// The document's text.
    text: String,
    /// The ETag of the edited version; none, if there was none.
    etag: Option<String>,
}

/// What was saved.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Saved {
    /// Its ETag. It becomes active once it is proved.
    etag: String,
}

/// The last ten documents.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct History {
    /// The newest first.
    documents: Vec<Earlier>,
}

/// Selects one of them.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Which {
    /// Its key in the components bucket.
    key: String,
}

/// One of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Back {
    /// Its text.
    text: String,
}

impl Studio {
    pub(super) fn documents(&self) -> Result<Documents, Problem> {
        Ok(Documents::new(self.store.clone(), &self.components, built::prover()?))
    }
}

/// The current state of the document.
pub(super) async fn show(studio: Shared, _: Nothing) -> Result<Standing, Problem> {
    let documents = studio.documents()?;
    let (_, in_force) = documents.in_force().await?;
    let report = documents.report().await?;
    let Some((text, etag)) = documents.put_last().await? else {
        let text =
            serde_json::to_string_pretty(&Document::default()).map_err(anyhow::Error::from)?;
        return Ok(Standing { text, etag: None, in_force, report: None });
    };
    let text = String::from_utf8_lossy(&text).into_owned();
    let report = report.filter(|report| report.etag.as_ref() == Some(&etag));
    Ok(Standing { text, etag: Some(etag), in_force, report })
}

/// The schema of the pipeline document.
pub(super) async fn schema(_: Shared, _: Nothing) -> Result<schemars::Schema, Problem> {
    Ok(Document::schema())
}

/// Check a text statically.
pub(super) async fn look(studio: Shared, draft: Draft) -> Result<Glance, Problem> {
    let document = match Document::parse(draft.text.as_bytes()) {
        Ok(document) => document,
        Err(error) => {
            let (errors, changes) = (vec![error.into()], Changes::default());
            return Ok(Glance { errors, warnings: Vec::new(), changes, routes: Vec::new() });
        }
    };
    let changes = studio.documents()?.changes(&document).await?;
    let kind = draft.media_type.as_deref().filter(|kind| !kind.is_empty());
    let routes = match draft.key.as_str() {
        "" => Vec::new(),
        key => document.explain(&SourceKey::literal(key), kind),
    };
    let warnings = document.warnings().into_iter().map(Finding::from).collect();
    Ok(Glance { errors: Vec::new(), warnings, changes, routes })
}

/// Run the complete gate: its transforms, its steps against each other, and their output for a few
/// pictures.
pub(super) async fn check(studio: Shared, given: Text) -> Result<DocumentReport, Problem> {
    Ok(studio.documents()?.check(&Bytes::from(given.text), None).await?)
}

/// Save a text. It becomes active once it is proved.
pub(super) async fn save(studio: Shared, given: Save) -> Result<Saved, Problem> {
    Document::parse(given.text.as_bytes()).map_err(|error| {
        Problem::asked(&error.to_string(), "Correct what the message names, and save again.")
    })?;
    let saved = studio.documents()?.put(Bytes::from(given.text), given.etag.as_deref()).await?;
    let etag = saved.ok_or_else(|| {
        Problem::new(
            http::StatusCode::CONFLICT,
            "document-changed",
            "another document has been saved since this one was loaded",
            "Copy your changes, load the document again, and apply them there.",
        )
    })?;
    Ok(Saved { etag })
}

/// The last ten active documents.
pub(super) async fn history(studio: Shared, _: Nothing) -> Result<History, Problem> {
    Ok(History { documents: studio.documents()?.history().await? })
}

/// One of them.
pub(super) async fn earlier(studio: Shared, which: Which) -> Result<Back, Problem> {
    let text = studio.documents()?.earlier(&which.key).await?;
    let text = text.ok_or_else(|| {
        Problem::missing("this document does not exist any more", "Choose another one.")
    })?;
    Ok(Back { text: String::from_utf8_lossy(&text).into_owned() })
}
