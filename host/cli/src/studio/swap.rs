//! Operations on components: publish, promote, withdraw, compare.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use obscura::component::{Channel, TransformName};
use obscura::digest::Digest;
use obscura::document::text_of;
use obscura::gate::{Candidate, ProveError};
use obscura::release::{Catalogue, Change, Entry, TransformStatus, status};
use obscura::sandbox::Limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::Nothing;
use super::job::Kind;
use super::jobs::{Progress, Which};
use super::preview::{Component, blocking};
use super::problem::Problem;
use super::{Shared, Studio};
use crate::built;
use crate::deployment::Author;
use crate::diff::compare::{Comparer, Comparison, Made, Side};
use crate::diff::pictures::Picture;
use crate::upload::Upload;

/// The maximum size of a component.
pub(super) const MAX_BYTES: u64 = 64 << 20;
/// The timeout of waiting for a report.
const PATIENCE: Duration = Duration::from_secs(300);
/// The maximum number of pictures per comparison.
const MAX_PICTURES: usize = 50;
/// The number of renders per picture; the median time is reported.
const REPEAT: u32 = 3;

/// Everything that is published.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Overview {
    /// What is active since when, and the results of canaries.
    transforms: Vec<TransformStatus>,
    /// The components, by transform and then by time.
    components: Vec<Entry>,
}

/// The target of an upload.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Publication {
    /// The transform's name.
    name: TransformName,
    /// `stable` or `canary`.
    #[serde(default)]
    channel: Channel,
}

/// Selects a transform.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Named {
    transform: TransformName,
}

/// The component to activate.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Back {
    transform: TransformName,
    /// `stable`, or `canary` to withdraw the canary.
    #[serde(default)]
    channel: Channel,
    /// The component to roll back to. Default: the previous one.
    to: Option<Digest>,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
}

/// A comparison.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Pair {
    transform: TransformName,
    /// The component to compare with.
    old: Digest,
    /// The one that may replace it.
    new: Digest,
    /// Pictures, by their keys in the source bucket.
    keys: Vec<String>,
    /// The parameters of both. Default: those of each.
    parameters: Option<Value>,
}

/// Everything that is published.
pub(super) async fn overview(studio: Shared, _: Nothing) -> Result<Overview, Problem> {
    let document = studio.document().await?;
    let transforms = status(&studio.store, &studio.components, &document).await?;
    let components = Catalogue::read(&studio.store, &studio.components).await?.entries;
    Ok(Overview { transforms, components })
}

/// Publish a component, like an upload by any S3 client.
pub(super) async fn publish(
    studio: Shared,
    what: Publication,
    component: Bytes,
) -> Result<Which, Problem> {
    let Publication { name, channel } = what;
    let digest = Digest::of(&component);
    let title = format!("{name} into {channel}");
    Ok(studio.begin(Kind::Publish, title, |progress| {
        let studio = Arc::clone(&studio);
        async move {
            // The progress of the gate is matched by this digest.
            progress.found(json!({ "digest": digest }));
            progress.tell("waiting for the gate", 0, 0);
            let upload = Upload {
                store: &studio.store,
                bucket: &studio.components,
                transform: &name,
                channel,
                by: &studio.author.user.by,
                patience: PATIENCE,
            };
            let report = upload.publish(component).await?;
            to_json(&report)
        }
    }))
}

/// Check whether a component would be published.
pub(super) async fn check(
    studio: Shared,
    what: Publication,
    component: Bytes,
) -> Result<Which, Problem> {
    let digest = Digest::of(&component);
    let title = format!("{} before it is published", what.name);
    Ok(studio.begin(Kind::Check, title, |progress| async move {
        let prover = built::prover()?.stopped_by(progress.stop());
        let candidate = Candidate { component, transform: Some(what.name), ..Candidate::default() };
        progress.found(json!({ "digest": digest }));
        let proved = tokio::task::spawn_blocking(move || {
            prover.prove(&candidate, None, |step| progress.tell(&step.to_string(), 0, 0))
        });
        match proved.await.map_err(anyhow::Error::from)? {
            Ok(proved) => Ok(json!({ "digest": digest, "proof": proved.proof })),
            Err(ProveError::Refused(refusal)) => {
                Ok(json!({ "digest": digest, "refusal": refusal }))
            }
            Err(ProveError::Fault(fault)) => Err(fault.into()),
        }
    }))
}

/// Make the canary the stable component.
pub(super) async fn promote(studio: Shared, named: Named) -> Result<Moved, Problem> {
    let transform = &named.transform;
    let change = match &studio.author.function {
        Some(function) => {
            let command = json!({ "obscura": "promote", "transform": transform });
            studio.author.ask(function, command).await?
        }
        None => studio.changes("").promote(transform).await?,
    };
    Ok(studio.moved(&change))
}

/// Roll back to an earlier component, or withdraw the canary.
pub(super) async fn roll_back(studio: Shared, back: Back) -> Result<Moved, Problem> {
    let Back { transform, channel, to, reason } = back;
    let change = match (&studio.author.function, channel) {
        (Some(function), _) => {
            let command = json!({
                "obscura": "rollback", "transform": transform, "channel": channel, "to": to,
            });
            let author = Author { reason, ..studio.author.clone() };
            author.ask(function, command).await?
        }
        (None, Channel::Stable) => studio.changes(&reason).roll_back(&transform, to).await?,
        (None, Channel::Canary) => studio.changes(&reason).take_back(&transform).await?,
    };
    Ok(studio.moved(&change))
}

/// What is active now.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Moved {
    transform: TransformName,
    channel: Channel,
    /// The component.
    digest: Digest,
    /// Its predecessor.
    previous: Option<Digest>,
}

impl Studio {
    fn changes(&self, reason: &str) -> obscura::release::Changes {
        let by = &self.author.user.by;
        obscura::release::Changes::new(self.store.clone(), &self.components, by).because(reason)
    }

    fn moved(&self, change: &Change) -> Moved {
        let (channel, pointer) = (change.channel, &change.pointer);
        let transform = pointer.release.transform.clone();
        self.feed.tell(&super::feed::News::Transforms);
        Moved { transform, channel, digest: pointer.release.digest, previous: pointer.previous }
    }
}

/// Compare two components over pictures.
pub(super) async fn compare(studio: Shared, pair: Pair) -> Result<Which, Problem> {
    if pair.keys.is_empty() || pair.keys.len() > MAX_PICTURES {
        let message =
            format!("1 to {MAX_PICTURES} pictures can be compared, not {}", pair.keys.len());
        return Err(Problem::asked(&message, "Choose some of them."));
    }
    let Pair { transform, old, new, keys, parameters } = pair;
    let parameters = parameters.map(|value| text_of(Some(&value)));
    let mut sides = Vec::new();
    for digest in [old, new] {
        let wanted = Component { transform: transform.clone(), digest: Some(digest) };
        let (_, loaded) = studio.load(&wanted).await?;
        let parameters = parameters.clone();
        sides.push(blocking(move || Ok(Side::new(loaded, digest, parameters.as_deref())?)).await?);
    }
    let two = <[Side; 2]>::try_from(sides);
    let [old, new] = two.map_err(|_| Problem::asked("two components are needed", ""))?;
    let title = format!("{} beside {}", old.name, new.name);
    let repeat = NonZeroU32::new(REPEAT).unwrap_or(NonZeroU32::MIN);
    let comparer = Arc::new(Comparer { old, new, limits: Limits::default(), repeat });
    Ok(studio.begin(Kind::Compare, title, |progress| {
        let studio = Arc::clone(&studio);
        async move { each(&studio, &progress, comparer, keys).await }
    }))
}

async fn each(
    studio: &Shared,
    progress: &Progress,
    comparer: Arc<Comparer>,
    keys: Vec<String>,
) -> Result<Value, Problem> {
    let total = keys.len();
    let mut pictures = Vec::new();
    for (done, key) in keys.into_iter().enumerate() {
        if progress.is_stopped() {
            break;
        }
        progress.tell(&key, done, total);
        let file = studio.read_source(&key).await?;
        let comparer = Arc::clone(&comparer);
        let _turn = studio.previews.acquire().await;
        let compared = blocking(move || Ok(comparer.compare(&Picture { name: key, file }))).await?;
        pictures.push(studio.shown(compared)?);
        progress.found(json!({ "pictures": pictures }));
    }
    progress.tell("", total, total);
    Ok(json!({ "pictures": pictures }))
}

impl Studio {
    /// A comparison whose renditions can be fetched.
    fn shown(&self, comparison: Comparison) -> Result<Value, Problem> {
        let keep = |made: &Made| self.shelf.keep(&made.media_type, made.body.clone());
        let pairs: Vec<_> = comparison
            .renditions
            .iter()
            .map(|pair| {
                let difference = pair.difference.as_ref();
                json!({
                    "old": pair.old.as_ref().map(keep),
                    "new": pair.new.as_ref().map(keep),
                    "difference": difference.map(|png| {
                        self.shelf.keep("image/png", Bytes::from(png.clone()))
                    }),
                })
            })
            .collect();
        let mut shown = to_json(&comparison)?;
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("files".to_owned(), pairs.into());
        }
        Ok(shown)
    }
}

fn to_json(value: &impl Serialize) -> Result<Value, Problem> {
    Ok(serde_json::to_value(value).map_err(anyhow::Error::from)?)
}
