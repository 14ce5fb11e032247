//! Publishes the pipeline document: from an upload to its report and the proved copy.

use std::time::{Duration, Instant};

use bytes::Bytes;
use schemars::JsonSchema;
use serde::Serialize;

use super::parts::Parts;
use super::report::{DocumentOutcome, DocumentReport};
use crate::clock::now_text;
use crate::digest::Digest;
use crate::document::{
    self, Changes, Document, HISTORY, KEY, MAX_BYTES, PROVED_KEY, REPORT_KEY, Watch, changes,
};
use crate::error::{Code, Fault};
use crate::gate::{DocumentCandidate, Finding, Judgement, ProveError, Prover};
use crate::store::{Condition, Fetched, Head, Put, ROUNDS, Store, Written};

/// The metadata with the ETag of the original of a proved copy.
const COPY_OF: &str = "obscura-document-etag";
/// The maximum size of a report.
const MAX_REPORT_BYTES: u64 = 16 << 20;
/// Time reserved for the work after the gate.
const REST: Duration = Duration::from_secs(10);

/// The pipeline document of a components bucket.
#[derive(Debug, Clone)]
pub struct Documents {
    store: Store,
    bucket: String,
    prover: Prover,
    /// Whether it is proved before it becomes active.
    gated: bool,
}

/// When a refused document is checked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// When it has changed.
    IfChanged,
    /// Now, as its components may have changed.
    IfRefused,
}

/// The number of earlier documents in the history.
const EARLIER: usize = 10;

/// A document that was active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Earlier {
    /// Its key in the components bucket.
    pub key: String,
    /// When it became active (RFC 3339).
    pub at: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// The pseudo-ETag of the default document.
const DEFAULT: &str = "default";

/// The default document, as it would be uploaded.
fn default_text() -> Result<Bytes, Fault> {
    let text = serde_json::to_vec_pretty(&Document::default());
    text.map(Bytes::from).map_err(|error| Fault::new(Code::Internal, error.to_string()))
}

impl Documents {
    /// The document of this bucket, proved by this prover.
    pub fn new(store: Store, bucket: &str, prover: Prover) -> Self {
        Self { store, bucket: bucket.to_owned(), prover, gated: true }
    }

    /// Whether the document is proved before it becomes active. If not, it becomes active at once.
    #[must_use]
    pub fn gated(self, gated: bool) -> Self {
        Self { gated, ..self }
    }

    /// The active document, with caching.
    pub(super) fn watch(&self) -> Watch {
        Watch::new(self.store.clone(), &self.bucket).of_proved(self.gated)
    }

    /// Prove the current document, report on it, and activate it if it passed. Events may arrive
    /// late, twice or concurrently: the proved copy is written on condition that it has not changed
    /// since before the document was read, and after the write, the document is checked again.
    pub(super) async fn receive(
        &self,
        again: Again,
        deadline: Option<Instant>,
    ) -> Result<(), Fault> {
        if !self.gated {
            return Ok(());
        }
        for _ in 0..ROUNDS {
            let proved = self.store.head(&self.bucket, PROVED_KEY).await?;
            let Fetched::Object(object) = self.store.get(&self.bucket, KEY, None).await? else {
                // Without a document, the default one is active.
                let taken = match proved.as_ref() {
                    None => true,
                    proved => self.take_up(default_text()?, DEFAULT, proved).await?,
                };
                if taken && self.etag().await?.is_none() {
                    return Ok(());
                }
                continue;
            };
            let etag = object.head.etag.clone();
            if self.is_settled(&etag, proved.as_ref(), again).await? {
                return Ok(());
            }
            let size = object.head.size;
            let text = if size <= MAX_BYTES {
                object.body.collect(MAX_BYTES).await?
            } else {
                Bytes::new()
            };
            let mut report = self.prove(&text, size, deadline).await?;
            report.etag = Some(etag.clone());
            let passed = report.outcome == DocumentOutcome::Proved;
            if passed && !self.take_up(text, &etag, proved.as_ref()).await? {
                continue;
            }
            let always = Condition::Always;
            self.store
                .write_record(&self.bucket, REPORT_KEY, &report, MAX_REPORT_BYTES, always)
                .await?;
            tell(&report);
            if self.etag().await?.as_ref() == Some(&etag) {
                return Ok(());
            }
        }
        let message = format!("s3://{}/{KEY} is being changed concurrently", self.bucket);
        Err(Fault::new(Code::PublishConflict, message))
    }

    /// The ETag of the current document.
    async fn etag(&self) -> Result<Option<String>, Fault> {
        Ok(self.store.head(&self.bucket, KEY).await?.map(|head| head.etag))
    }

    /// Whether the document with this ETag has been handled.
    async fn is_settled(
        &self,
        etag: &str,
        proved: Option<&Head>,
        again: Again,
    ) -> Result<bool, Fault> {
        let Some(report) = self.report().await?.filter(|one| one.etag.as_deref() == Some(etag))
        else {
            return Ok(false);
        };
        Ok(match report.outcome {
            DocumentOutcome::Proved => copy_of(proved) == Some(etag),
            DocumentOutcome::Refused => again == Again::IfChanged,
        })
    }

    /// The report on the last checked document.
    ///
    /// # Errors
    /// A fault, if the bucket cannot be read.
    pub async fn report(&self) -> Result<Option<DocumentReport>, Fault> {
        let report = self.store.read_record(&self.bucket, REPORT_KEY, MAX_REPORT_BYTES).await?;
        Ok(report.value)
    }

    /// Write the proved copy of a document. `false` if there was a concurrent write.
    async fn take_up(&self, text: Bytes, etag: &str, proved: Option<&Head>) -> Result<bool, Fault> {
        if copy_of(proved) == Some(etag) {
            return Ok(true);
        }
        let condition = proved.map_or(Condition::Absent, |head| Condition::Etag(&head.etag));
        let put = Put {
            body: text.clone(),
            content_type: "application/json",
            cache_control: Some("no-cache"),
            content_disposition: None,
            metadata: vec![(COPY_OF.to_owned(), etag.to_owned())],
        };
        let written = self.store.put(&self.bucket, PROVED_KEY, put, condition).await?;
        let taken = matches!(written, Written::Etag(_));
        if taken {
            self.keep(text).await?;
        }
        Ok(taken)
    }

    /// Add an activated document to the history.
    async fn keep(&self, text: Bytes) -> Result<(), Fault> {
        let key = format!("{HISTORY}{}-{}.json", now_text(), Digest::of(&text).short());
        let put = Put { body: text, content_type: "application/json", ..Put::default() };
        self.store.put(&self.bucket, &key, put, Condition::Always).await?;
        Ok(())
    }

    /// The last ten active documents, the newest first.
    ///
    /// # Errors
    /// A fault, if the bucket cannot be read.
    pub async fn history(&self) -> Result<Vec<Earlier>, Fault> {
        let mut all = self.store.list_objects(&self.bucket, HISTORY).await?;
        all.sort_by(|a, b| b.key.cmp(&a.key));
        let earlier = all.into_iter().filter_map(|object| {
            let name = object.key.strip_prefix(HISTORY)?.strip_suffix(".json")?;
            let at = name.rsplit_once('-')?.0.to_owned();
            Some(Earlier { key: object.key, at, bytes: object.size })
        });
        Ok(earlier.take(EARLIER).collect())
    }

    /// The text of one of them; `None` if it does not exist.
    ///
    /// # Errors
    /// A fault, if the bucket cannot be read.
    pub async fn earlier(&self, key: &str) -> Result<Option<Bytes>, Fault> {
        if !key.starts_with(HISTORY) {
            return Ok(None);
        }
        match self.store.get(&self.bucket, key, None).await? {
            Fetched::Object(object) => Ok(Some(object.body.collect(MAX_BYTES).await?)),
            _ => Ok(None),
        }
    }

    /// The last saved document and its ETag, active or not.
    ///
    /// # Errors
    /// A fault, if the bucket cannot be read.
    pub async fn put_last(&self) -> Result<Option<(Bytes, String)>, Fault> {
        match self.store.get(&self.bucket, KEY, None).await? {
            Fetched::Object(object) => {
                let etag = object.head.etag.clone();
                Ok(Some((object.body.collect(MAX_BYTES).await?, etag)))
            }
            _ => Ok(None),
        }
    }

    /// Save a document, on condition that the last one still has this ETag, or that there is none.
    /// It becomes active once it is proved. Returns its ETag; `None` if another one has been saved.
    ///
    /// # Errors
    /// A fault, if the bucket cannot be written.
    pub async fn put(&self, text: Bytes, known: Option<&str>) -> Result<Option<String>, Fault> {
        let put = Put { body: text, content_type: "application/json", ..Put::default() };
        let condition = known.map_or(Condition::Absent, Condition::Etag);
        match self.store.put(&self.bucket, KEY, put, condition).await? {
            Written::Etag(etag) => Ok(Some(etag)),
            Written::Conflict => Ok(None),
        }
    }

    /// Prove a document with the published components, and report its changes.
    ///
    /// # Errors
    /// A fault, if the gate cannot run.
    pub async fn check(
        &self,
        text: &Bytes,
        deadline: Option<Instant>,
    ) -> Result<DocumentReport, Fault> {
        self.prove(text, text.len() as u64, deadline).await
    }

    async fn prove(
        &self,
        text: &Bytes,
        size: u64,
        deadline: Option<Instant>,
    ) -> Result<DocumentReport, Fault> {
        let started = Instant::now();
        let mut changed = Changes::default();
        let judgement = match Document::parse(text) {
            _ if size > MAX_BYTES => Judgement::refused(Finding::new(
                "",
                format!("it has {size} bytes; {MAX_BYTES} are allowed"),
                "Remove what is not needed.",
            )),
            Err(error) => Judgement::refused(error.into()),
            Ok(document) => {
                changed = self.changes(&document).await?;
                self.judge(&document, text, deadline).await?
            }
        };
        let first = document::is_of_version_1(text);
        let mut report = DocumentReport::on(Digest::of(text), judgement, changed);
        for finding in report.errors.iter_mut().chain(&mut report.warnings) {
            if first {
                finding.path = document::path_in_version_1(&finding.path);
            }
        }
        report.ms = started.elapsed().as_secs_f64() * 1e3;
        Ok(report)
    }

    async fn judge(
        &self,
        document: &Document,
        text: &Bytes,
        deadline: Option<Instant>,
    ) -> Result<Judgement, Fault> {
        let parts = Parts::of(document, &self.store, &self.bucket).await?;
        let candidate = DocumentCandidate {
            text: text.clone(),
            components: parts.components,
            uses: parts.uses,
        };
        let prover = self.prover.clone();
        let deadline = deadline.map(|deadline| deadline.checked_sub(REST).unwrap_or(deadline));
        let judged =
            tokio::task::spawn_blocking(move || prover.judge(&candidate, deadline, |_| {}));
        let judged = judged.await.map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
        let mut judgement = match judged {
            Ok(judgement) => judgement,
            Err(ProveError::Refused(refusal)) => {
                Judgement::refused(Finding::new("", refusal.message, refusal.remedy))
            }
            Err(ProveError::Fault(fault)) => return Err(fault),
        };
        judgement.errors.splice(0..0, parts.missing);
        let warnings = document.warnings().into_iter().map(Finding::from);
        judgement.warnings.splice(0..0, warnings);
        Ok(judgement)
    }

    /// The changes of a document relative to the active one.
    ///
    /// # Errors
    /// A fault, if the bucket cannot be read.
    pub async fn changes(&self, document: &Document) -> Result<Changes, Fault> {
        let (text, _) = self.in_force().await?;
        let before = text.map_or_else(|| Ok(Document::default()), |text| Document::parse(&text));
        // An unreadable one is not active anywhere.
        let before = before.unwrap_or_else(|_| Document::new(Vec::new()));
        Ok(changes(&before, document))
    }

    /// The text of the active document and its original's ETag; `None` for the default one.
    ///
    /// # Errors
    /// A fault, if the bucket cannot be read.
    pub async fn in_force(&self) -> Result<(Option<Bytes>, Option<String>), Fault> {
        let keys: &[&str] = if self.gated { &[PROVED_KEY, KEY] } else { &[KEY] };
        for key in keys {
            if let Fetched::Object(object) = self.store.get(&self.bucket, key, None).await? {
                let etag = copy_of(Some(&object.head)).unwrap_or(&object.head.etag).to_owned();
                return Ok((Some(object.body.collect(MAX_BYTES).await?), Some(etag)));
            }
        }
        Ok((None, None))
    }
}

fn copy_of(proved: Option<&Head>) -> Option<&str> {
    proved?.metadata.get(COPY_OF).map(String::as_str)
}

fn tell(report: &DocumentReport) {
    let (errors, ms) = (report.errors.len(), report.ms);
    match report.errors.first() {
        Some(first) => {
            let (path, message) = (first.path.as_str(), first.message.as_str());
            tracing::warn!(outcome = "refused", errors, path, message, ms, "the pipeline document");
        }
        None => tracing::info!(outcome = "proved", ms, "the pipeline document"),
    }
}
