//! The status of transforms: the active components, since when, and their results.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::catalogue::Catalogue;
use super::health::troubles;
use crate::component::{Channel, OUTCOMES, Pointer, TransformName, Trial};
use crate::document::{Canary, Document, Shadow};
use crate::outcomes::{Ledger, Totals};
use crate::store::{Store, StoreError};

/// A transform.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TransformStatus {
    /// Its name.
    pub transform: TransformName,
    /// Its channels.
    pub channels: Vec<ChannelStatus>,
    /// The shares of its canary, by step name.
    pub canary_shares: BTreeMap<String, Canary>,
    /// The shares of shadow renders, by step name.
    pub shadow_shares: BTreeMap<String, Shadow>,
    /// The counts of its active components' trials.
    pub trials: Vec<TrialStatus>,
    /// Reasons why steps that use it cannot run, one sentence each.
    pub troubles: Vec<String>,
}

/// A channel.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChannelStatus {
    /// Which.
    pub channel: Channel,
    /// Its component, since when, by whom, and the previous component.
    pub pointer: Pointer,
}

/// A trial.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TrialStatus {
    /// The candidate and the component that it is compared with.
    pub trial: Trial,
    /// The counts.
    pub totals: Totals,
}

/// Every transform of a components bucket.
///
/// # Errors
/// [`StoreError`], if the store does not answer.
pub async fn status(
    store: &Store,
    bucket: &str,
    document: &Document,
) -> Result<Vec<TransformStatus>, StoreError> {
    let catalogue = Catalogue::read(store, bucket).await?;
    let mut channels = catalogue.channels.clone();
    for (_, step) in document.steps() {
        channels.entry(step.transform.clone()).or_default();
    }
    let mut all = Vec::new();
    for (transform, pointers) in channels {
        let steps = || document.steps().filter(|(_, step)| step.transform == transform);
        let shares =
            steps().filter_map(|(route, step)| Some((route.label(step), step.canary.clone()?)));
        let shadows =
            steps().filter_map(|(route, step)| Some((route.label(step), step.shadow.clone()?)));
        let trials = trials(store, bucket, &transform, &pointers).await?;
        all.push(TransformStatus {
            canary_shares: shares.collect(),
            shadow_shares: shadows.collect(),
            trials,
            troubles: troubles(&catalogue, document, &transform),
            channels: pointers
                .into_iter()
                .map(|(channel, pointer)| ChannelStatus { channel, pointer })
                .collect(),
            transform,
        });
    }
    Ok(all)
}

/// The trials of the channels' components and of pinned candidates: all counts against the active
/// component, or against the component that was active during the trial.
async fn trials(
    store: &Store,
    bucket: &str,
    transform: &TransformName,
    pointers: &[(Channel, Pointer)],
) -> Result<Vec<TrialStatus>, StoreError> {
    let keys = store.list(bucket, &format!("{OUTCOMES}{transform}/")).await?;
    let mut known: Vec<Trial> = keys.iter().filter_map(|key| Trial::of_key(key)).collect();
    known.dedup();
    let ledger = Ledger::new(store.clone(), bucket);
    let mut trials = Vec::new();
    for trial in known {
        let named = pointers
            .iter()
            .any(|(_, pointer)| [trial.candidate, trial.active].contains(&pointer.release.digest));
        if !named {
            continue;
        }
        let begun = ledger.trials(&trial).await?.into_iter();
        trials.extend(begun.map(|(trial, totals)| TrialStatus { trial, totals }));
    }
    Ok(trials)
}
