//! The cached pipeline document of the components bucket.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::{Document, KEY, MAX_BYTES, PROVED_KEY};
use crate::error::{Code, Error, Fault};
use crate::store::{Fetched, Store};

/// How long a document is used before it is revalidated.
const FRESH: Duration = Duration::from_secs(1);

/// The pipeline document in the components bucket. An invalid document does not replace the last
/// valid one.
#[derive(Debug)]
pub struct Watch {
    store: Store,
    bucket: String,
    /// Whether only proved documents are used.
    proved: bool,
    known: Mutex<Option<Known>>,
}

#[derive(Debug, Clone)]
struct Known {
    document: Arc<Document>,
    /// The ETag of the last object that was read, valid or not.
    etag: Option<String>,
    at: Instant,
}

impl Watch {
    /// Watch the document in this bucket.
    pub fn new(store: Store, bucket: &str) -> Self {
        Self { store, bucket: bucket.to_owned(), proved: false, known: Mutex::new(None) }
    }

    /// The same, but use only proved documents, once there is one.
    #[must_use]
    pub fn of_proved(self, proved: bool) -> Self {
        Self { proved, ..self }
    }

    /// The active document.
    ///
    /// # Errors
    /// A fault, if it cannot be read and none was read before.
    pub async fn current(&self) -> Result<Arc<Document>, Error> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.at.elapsed() < FRESH) {
            return Ok(Arc::clone(&known.document));
        }
        let etag = known.as_ref().and_then(|known| known.etag.clone());
        let (document, etag) = match self.read(etag.as_deref()).await {
            Ok(Read::Same) => (None, etag),
            Ok(Read::Document(document, etag)) => (Some(document), etag),
            Err(error) if known.is_some() => {
                tracing::error!(code = %error.code(), %error, "keeping the last valid pipeline document");
                let bad = matches!(&error, Error::Fault(fault) if fault.code == Code::PipelineDocumentInvalid);
                (None, if bad { None } else { etag })
            }
            Err(error) => return Err(error),
        };
        let last = || known.as_ref().map(|known| Arc::clone(&known.document));
        let document = document.map(Arc::new).or_else(last).unwrap_or_default();
        *known = Some(Known { document: Arc::clone(&document), etag, at: Instant::now() });
        Ok(document)
    }

    async fn read(&self, etag: Option<&str>) -> Result<Read, Error> {
        let (mut key, mut fetched) = (PROVED_KEY, Fetched::Missing);
        if self.proved {
            fetched = self.store.get(&self.bucket, key, etag).await?;
        }
        if matches!(fetched, Fetched::Missing) {
            key = KEY;
            fetched = self.store.get(&self.bucket, key, etag).await?;
        }
        let object = match fetched {
            Fetched::NotModified => return Ok(Read::Same),
            Fetched::Missing => return Ok(Read::Document(Document::default(), None)),
            Fetched::Object(object) => object,
        };
        let etag = object.head.etag.clone();
        let text = object.body.collect(MAX_BYTES).await?;
        match Document::parse(&text) {
            Ok(document) => Ok(Read::Document(document, Some(etag))),
            Err(error) => {
                let message = format!("s3://{}/{key}: {error}", self.bucket);
                Err(Fault::new(Code::PipelineDocumentInvalid, message).into())
            }
        }
    }
}

enum Read {
    Same,
    Document(Document, Option<String>),
}
