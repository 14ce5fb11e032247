//! Promotes and rolls back components.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::clock;
use crate::code::Code;
use crate::component::{Channel, Current, Pointer, Pointers, Release, TransformName};
use crate::digest::Digest;
use crate::store::{self, ROUNDS, Store, StoreError, Updated};
use crate::text::{clip, shown};

/// The maximum length of the recorded author and reason.
const MAX_RECORDED_BYTES: usize = 500;

/// Moves the pointers of a components bucket.
#[derive(Debug, Clone)]
pub struct Changes {
    pointers: Pointers,
    /// The author, for the record.
    by: String,
    /// The reason, if one was given.
    reason: Option<String>,
}

/// A change.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The channel.
    pub channel: Channel,
    /// Its new component.
    pub pointer: Pointer,
}

/// Why nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is nothing to promote or to withdraw.
    #[error("{code}: `{0}` has no canary; `obscura publish --channel canary` makes one", code = Code::NoCanary)]
    NoCanary(TransformName),
    /// There is nothing to roll back to.
    #[error(
        "{code}: `{0}` has no earlier stable component; name one with --to, `obscura list` \
         shows which there are",
        code = Code::NoPrevious
    )]
    NoPrevious(TransformName),
    /// Nothing is published under this digest.
    #[error(
        "{code}: `{transform}` has no component {digest}; `obscura list` shows them",
        code = Code::NotPublished
    )]
    NotPublished {
        /// The transform.
        transform: TransformName,
        /// The requested digest.
        digest: Digest,
    },
    /// The component would not run.
    #[error(
        "{code}: {digest} is not compiled for {engine}, for which the active component is; precompile \
         it first",
        code = Code::NotCompiled
    )]
    NotCompiled {
        /// The requested digest.
        digest: Digest,
        /// The engine id.
        engine: String,
    },
    /// There were too many concurrent changes of the pointer.
    #[error("{code}: `{0}` is being changed concurrently; check, and try again", code = Code::PublishConflict)]
    Conflict(TransformName),
    /// The store did not answer.
    #[error("{code}: {0}", code = .0.code())]
    Store(#[from] StoreError),
}

impl ChangeError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::NoCanary(_) => Code::NoCanary,
            Self::NoPrevious(_) => Code::NoPrevious,
            Self::NotPublished { .. } => Code::NotPublished,
            Self::NotCompiled { .. } => Code::NotCompiled,
            Self::Conflict(_) => Code::PublishConflict,
            Self::Store(error) => error.code(),
        }
    }
}

impl Changes {
    /// Make changes in this components bucket, on behalf of this person or program.
    pub fn new(store: Store, bucket: &str, by: &str) -> Self {
        let clipped = clip(shown(by), MAX_RECORDED_BYTES);
        Self { pointers: Pointers::new(store, bucket), by: clipped, reason: None }
    }

    /// The same, with this reason, unless it is empty.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = (!reason.is_empty()).then(|| clip(shown(reason), MAX_RECORDED_BYTES));
        self
    }

    /// Make the canary the stable component. There is no canary afterwards.
    ///
    /// # Errors
    /// [`ChangeError`]; the active component stays active.
    pub async fn promote(&self, transform: &TransformName) -> Result<Change, ChangeError> {
        for _ in 0..ROUNDS {
            let (stable, canary) = self.read(transform).await?;
            let tried = canary.value.clone().filter(|pointer| pointer.withdrawn.is_none());
            let tried = tried.ok_or_else(|| ChangeError::NoCanary(transform.clone()))?;
            let active = stable.value.clone();
            let pointer = match active {
                // An earlier attempt got this far.
                Some(active) if active.release.digest == tried.release.digest => active,
                _ => {
                    let pointer = self.pointer(tried.release.clone(), &stable);
                    if !self.pointers.replace(Channel::Stable, &stable, &pointer).await? {
                        continue;
                    }
                    pointer
                }
            };
            // If another canary has been published meanwhile, it stays.
            let over = tried.withdraw(&self.by, "promoted");
            self.pointers.replace(Channel::Canary, &canary, &over).await?;
            return Ok(Change { channel: Channel::Stable, pointer });
        }
        Err(ChangeError::Conflict(transform.clone()))
    }

    /// Make an earlier component the stable one: the one with this digest, or the previous one.
    ///
    /// # Errors
    /// [`ChangeError`]; the active component stays active.
    pub async fn roll_back(
        &self,
        transform: &TransformName,
        to: Option<Digest>,
    ) -> Result<Change, ChangeError> {
        for _ in 0..ROUNDS {
            let stable = self.pointers.read(transform, Channel::Stable).await?;
            let previous = stable.value.as_ref().and_then(|pointer| pointer.previous);
            let digest =
                to.or(previous).ok_or_else(|| ChangeError::NoPrevious(transform.clone()))?;
            let missing = || ChangeError::NotPublished { transform: transform.clone(), digest };
            let release = self.pointers.release(transform, digest).await?.ok_or_else(missing)?;
            if let Some(active) = &stable.value {
                compiled(&release, &active.release)?;
            }
            let pointer = self.pointer(release, &stable);
            if self.pointers.replace(Channel::Stable, &stable, &pointer).await? {
                return Ok(Change { channel: Channel::Stable, pointer });
            }
        }
        Err(ChangeError::Conflict(transform.clone()))
    }

    /// Withdraw the canary.
    ///
    /// # Errors
    /// [`ChangeError`]; the canary stays.
    pub async fn take_back(&self, transform: &TransformName) -> Result<Change, ChangeError> {
        let reason = self.reason.as_deref().unwrap_or("taken back by hand");
        let decide = |canary: Option<&Pointer>| {
            let tried = canary.filter(|pointer| pointer.withdrawn.is_none());
            match tried {
                Some(tried) => store::Change::Write(tried.withdraw(&self.by, reason)),
                None => store::Change::Keep(()),
            }
        };
        match self.pointers.update(transform, Channel::Canary, decide).await? {
            Updated::Written(pointer) => Ok(Change { channel: Channel::Canary, pointer }),
            Updated::Kept(()) => Err(ChangeError::NoCanary(transform.clone())),
            Updated::Contended => Err(ChangeError::Conflict(transform.clone())),
        }
    }

    async fn read(&self, transform: &TransformName) -> Result<(Current, Current), StoreError> {
        tokio::try_join!(
            self.pointers.read(transform, Channel::Stable),
            self.pointers.read(transform, Channel::Canary)
        )
    }

    /// A pointer that makes a release active from now on.
    fn pointer(&self, release: Release, before: &Current) -> Pointer {
        let before = before.value.as_ref();
        let other = before.filter(|before| before.release.digest != release.digest);
        Pointer {
            previous: match other {
                Some(before) => Some(before.release.digest),
                None => before.and_then(|before| before.previous),
            },
            release,
            activated_at: clock::now_text(),
            activated_by: self.by.clone(),
            reason: self.reason.clone(),
            decided_at: OffsetDateTime::now_utc(),
            withdrawn: None,
        }
    }
}

/// Whether a component runs on all engines of the active one.
fn compiled(release: &Release, active: &Release) -> Result<(), ChangeError> {
    let missing = active.artifacts.keys().find(|engine| !release.artifacts.contains_key(*engine));
    match missing {
        // Some of the active component's engines may be obsolete, so one common engine is enough.
        Some(engine) if !active.artifacts.keys().any(|id| release.artifacts.contains_key(id)) => {
            Err(ChangeError::NotCompiled { digest: release.digest, engine: engine.clone() })
        }
        _ => Ok(()),
    }
}
