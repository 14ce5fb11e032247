//! The stages of a cold start.

use serde::Serialize;

/// A cold start, stage by stage, in milliseconds.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Start {
    #[serde(skip)]
    pub(super) pid: u32,
    /// From the start of the upload until it is stored and the function is invoked.
    upload_ms: f64,
    /// Starting the process, and its own initialisation.
    init_ms: f64,
    /// Included: the S3 client, and the sandbox in parallel.
    client_ms: f64,
    /// Of that: the pipeline document.
    document_ms: f64,
    /// Of that: the component's record, its artifact, its digest, mapping it.
    components_ms: f64,
    /// From the event's delivery until the first rendition is stored.
    first_rendition_ms: f64,
    /// From there until the manifest is.
    rest_ms: f64,
}

impl Start {
    /// The event is accepted.
    pub(super) fn accepted(&mut self, at: f64) {
        self.upload_ms = at;
    }

    /// The process took the event.
    pub(super) fn delivered(&mut self, at: f64, pid: u32) {
        self.pid = pid;
        self.init_ms = at - self.upload_ms;
    }

    /// Renditions appeared, both counted from the upload's beginning.
    pub(super) fn appeared(&mut self, first: f64, manifest: f64) {
        self.first_rendition_ms = first - self.upload_ms - self.init_ms;
        self.rest_ms = manifest - first;
    }

    /// Take the function's own figures from the log line that has them.
    pub(super) fn read(&mut self, line: &str) {
        let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else { return };
        if line.get("ColdStart").is_none() {
            return;
        }
        let ms = |name: &str| line.get(name).and_then(serde_json::Value::as_f64).unwrap_or(0.0);
        self.client_ms = ms("client_ms");
        self.document_ms = ms("document_ms");
        self.components_ms = ms("components_ms");
    }

    /// All of it.
    pub(super) fn total_ms(&self) -> f64 {
        self.upload_ms + self.init_ms + self.first_rendition_ms + self.rest_ms
    }

    /// The stages, in order.
    pub(super) fn rows(&self) -> [(&'static str, f64); 7] {
        let known = self.client_ms + self.document_ms + self.components_ms;
        [
            ("upload, until the function is invoked", self.upload_ms),
            ("process: load, link, log", self.init_ms - known),
            ("S3's client, the sandbox", self.client_ms),
            ("pipeline document", self.document_ms),
            ("component: fetch, compare, map", self.components_ms),
            ("picture, to its first rendition", self.first_rendition_ms),
            ("to its manifest", self.rest_ms),
        ]
    }
}
