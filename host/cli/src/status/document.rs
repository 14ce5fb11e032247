//! The status of the pipeline document: the active one, and whether a newer one was refused.

use obscura::document::Document;
use obscura::publish::{DocumentReport, Documents};
use serde::Serialize;

use crate::style;

/// The pipeline document.
#[derive(Debug, Serialize)]
pub(super) struct DocumentStatus {
    /// The ETag of the active one; `null` for the default one.
    etag: Option<String>,
    /// The names of its routes.
    routes: Vec<String>,
    /// The report on a newer one that is not active.
    newer: Option<DocumentReport>,
}

impl DocumentStatus {
    /// Read the status.
    pub(super) async fn of(documents: &Documents, document: &Document) -> anyhow::Result<Self> {
        let (_, etag) = documents.in_force().await?;
        let newer = documents.report().await?.filter(|report| report.etag != etag);
        let routes = document.routes.iter().map(|route| route.name.to_string()).collect();
        Ok(Self { etag, routes, newer })
    }

    /// Whether a newer one was refused.
    pub(super) fn is_refused(&self) -> bool {
        self.newer.as_ref().is_some_and(|report| !report.errors.is_empty())
    }

    /// Print it.
    pub(super) fn show(&self) {
        let routes: Vec<String> =
            self.routes.iter().map(|route| format!("`{}`", style::plain(route))).collect();
        let which = if self.etag.is_some() { "routes" } else { "the default one, with the route" };
        anstream::println!(
            "{}  {which} {}",
            style::heading("pipeline document"),
            routes.join(", ")
        );
        if let Some(newer) = &self.newer {
            for error in &newer.errors {
                let said = style::plain(&format!("{}: {}", error.path, error.message));
                let refused = style::bad("a newer one is refused:");
                anstream::println!("  {refused} {said}");
            }
            if newer.errors.is_empty() {
                anstream::println!("  a newer one passed, and is not active yet");
            }
        }
    }
}
