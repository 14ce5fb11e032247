//! From a component to a pointer.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use time::OffsetDateTime;

use super::context;
use super::documents::Documents;
use super::error::PublishError;
use super::release::Releases;
use crate::component::{Channel, Decision, Moved, Pointer, Pointers, TransformName};
use crate::digest::Digest;
use crate::error::{Code, Fault};
use crate::gate::{Candidate, Proof, Proved, Prover, Refusal, Step};
use crate::sandbox::Description;
use crate::store::Store;

/// Time reserved for the work after the gate.
const REST: Duration = Duration::from_secs(10);

/// The result of a publication.
#[derive(Debug, Clone, Serialize)]
pub struct Published {
    /// The active component.
    pub pointer: Pointer,
    /// The transform's description.
    pub description: Description,
    /// The time of compiling; `None` if it was compiled before.
    #[serde(skip)]
    pub compile_time: Duration,
    /// Whether it was active already.
    pub unchanged: bool,
    /// The gate's proof.
    #[serde(skip)]
    pub proof: Proof,
}

/// Publishes components into a components bucket.
#[derive(Debug, Clone)]
pub struct Publisher {
    pub(super) store: Store,
    pub(super) bucket: String,
    pub(super) pointers: Pointers,
    pub(super) releases: Releases,
    pub(super) documents: Documents,
    prover: Prover,
}

/// The purpose of publishing a component.
#[derive(Debug, Clone)]
pub(super) struct Purpose {
    pub(super) transform: TransformName,
    pub(super) channel: Channel,
    pub(super) by: String,
    pub(super) decided_at: OffsetDateTime,
}

impl Publisher {
    /// Publish into this bucket, with this prover.
    pub fn new(store: Store, bucket: &str, prover: Prover) -> Self {
        Self {
            pointers: Pointers::new(store.clone(), bucket),
            releases: Releases::new(store.clone(), bucket),
            documents: Documents::new(store.clone(), bucket, prover.clone()).gated(false),
            store,
            bucket: bucket.to_owned(),
            prover,
        }
    }

    /// Whether the pipeline document is also proved before it becomes active.
    #[must_use]
    pub fn proving_documents(mut self, proving: bool) -> Self {
        self.documents = self.documents.gated(proving);
        self
    }

    /// Prove a component, store it and make it the active one of its channel. `by` is the recorded
    /// author. Live routes and golden pictures are not used: only an upload identifies its author.
    ///
    /// # Errors
    /// [`PublishError`]; the active component stays active.
    pub async fn publish(
        &self,
        component: Bytes,
        channel: Channel,
        by: &str,
    ) -> Result<Published, PublishError> {
        let candidate = Candidate { component: component.clone(), ..Candidate::default() };
        let proved = self.prove(candidate, None).await?;
        self.activate(component, proved, channel, by, OffsetDateTime::now_utc()).await
    }

    /// Publish for a purpose: with the routes that will use it, the author's golden pictures, and
    /// existing artifacts.
    pub(super) async fn publish_for(
        &self,
        component: Bytes,
        purpose: &Purpose,
        deadline: Option<Instant>,
    ) -> Result<Published, PublishError> {
        let Purpose { transform, channel, by, decided_at } = purpose;
        let candidate = self.candidate(component.clone(), transform, *channel).await?;
        let proved = self.prove(candidate, deadline).await?;
        self.activate(component, proved, *channel, by, *decided_at).await
    }

    /// A component with everything needed to prove it, including the author's pictures.
    pub(super) async fn candidate(
        &self,
        component: Bytes,
        transform: &TransformName,
        channel: Channel,
    ) -> Result<Candidate, PublishError> {
        let pictures = context::pictures(&self.store, &self.bucket, transform).await??;
        let candidate = self.candidate_again(component, transform, channel).await?;
        Ok(Candidate { pictures, ..candidate })
    }

    /// The same for an already published component: the author's pictures may have changed, and
    /// must not block the deployment of a new host.
    pub(super) async fn candidate_again(
        &self,
        component: Bytes,
        transform: &TransformName,
        channel: Channel,
    ) -> Result<Candidate, PublishError> {
        let digest = Digest::of(&component);
        let artifact = match self.pointers.release(transform, digest).await? {
            Some(release) => self.releases.artifact(&release).await?,
            None => None,
        };
        Ok(Candidate {
            settings: context::routes(&self.documents, transform, channel, digest).await?,
            pictures: Vec::new(),
            transform: Some(transform.clone()),
            component,
            artifact,
        })
    }

    pub(super) async fn prove(
        &self,
        candidate: Candidate,
        deadline: Option<Instant>,
    ) -> Result<Proved, PublishError> {
        let prover = self.prover.clone();
        let deadline = deadline.map(|deadline| deadline.checked_sub(REST).unwrap_or(deadline));
        let digest = Digest::of(&candidate.component).to_string();
        let proved = tokio::task::spawn_blocking(move || {
            // Report the progress to the uploader.
            prover.prove(&candidate, deadline, |step| tracing::info!(digest, %step, "the gate"))
        });
        let proved = proved.await.map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
        Ok(proved?)
    }

    async fn activate(
        &self,
        component: Bytes,
        proved: Proved,
        channel: Channel,
        by: &str,
        decided_at: OffsetDateTime,
    ) -> Result<Published, PublishError> {
        let release = self.releases.keep(component, &proved, by).await?;
        let (name, digest) = (release.transform.clone(), release.digest);
        let decision = Decision { release, decided_at, by: by.to_owned() };
        let (pointer, unchanged) = match self.pointers.carry_out(channel, decision).await? {
            Moved::Active(pointer) => (pointer, false),
            Moved::Unchanged(pointer) => (pointer, true),
            Moved::Superseded(newer) => {
                let message = format!(
                    "{} was uploaded before {} became active in {channel}, which is the newer \
                     decision; it is stored, and can be activated",
                    digest.short(),
                    newer.release.digest.short(),
                );
                let remedy = "Upload it again if it should be active.";
                return Err(
                    Refusal::new(Code::PublishSuperseded, Step::Activate, message, remedy).into()
                );
            }
            Moved::Contended => {
                let message = format!("`{name}` is being published concurrently; try again");
                return Err(Fault::new(Code::PublishConflict, message).into());
            }
        };
        let compiling = proved.proof.steps.iter().find(|time| time.step == Step::Compile);
        Ok(Published {
            pointer,
            description: proved.proof.description.clone(),
            compile_time: Duration::from_secs_f64(compiling.map_or(0.0, |time| time.ms / 1e3)),
            unchanged,
            proof: proved.proof,
        })
    }
}
