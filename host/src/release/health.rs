//! Finds reasons why steps of the pipeline document cannot run.

use super::catalogue::{Catalogue, Entry};
use crate::component::{
    Channel, Pointer, Release, TransformName, artifact_key, component_key, release_key,
};
use crate::digest::Digest;
use crate::document::{Document, Step};

/// Reasons why steps with this transform cannot run, or could not if they used one of its channels,
/// one sentence each.
pub(super) fn troubles(
    catalogue: &Catalogue,
    document: &Document,
    transform: &TransformName,
) -> Vec<String> {
    let steps = || document.steps().filter(|(_, step)| step.transform == *transform);
    let mut troubles: Vec<String> = Vec::new();
    for (route, step) in steps() {
        let label = route.label(step);
        let found = of_step(catalogue, step);
        troubles.extend(found.into_iter().map(|what| format!("the step `{label}`: {what}")));
    }
    for channel in Channel::ALL {
        let used = steps().any(|(_, step)| step.digest.is_none() && step.channel == channel);
        let named = pointer(catalogue, transform, channel);
        if used || named.is_some_and(|pointer| pointer.withdrawn.is_some()) {
            continue;
        }
        let found = of_channel(catalogue, transform, channel).unwrap_or_default();
        troubles.extend(found.into_iter().map(|what| format!("the channel `{channel}`: {what}")));
    }
    troubles
}

fn of_step(catalogue: &Catalogue, step: &Step) -> Vec<String> {
    let (transform, channel) = (&step.transform, step.channel);
    if let Some(digest) = step.digest {
        return match entry(catalogue, transform, digest).map(|entry| (entry, &entry.release)) {
            None => vec![format!("{} is not published", digest.short())],
            Some((_, None)) => vec![format!("the record of {} cannot be read", digest.short())],
            Some((entry, Some(release))) => missing(entry, release),
        };
    }
    of_channel(catalogue, transform, channel)
        .unwrap_or_else(|| vec![format!("nothing is published to `{channel}`")])
}

/// What is wrong with a channel; `None` if nothing is published to it.
fn of_channel(
    catalogue: &Catalogue,
    transform: &TransformName,
    channel: Channel,
) -> Option<Vec<String>> {
    if catalogue.unreadable.contains(&(transform.clone(), channel)) {
        return Some(vec![format!(
            "the pointer of `{channel}` cannot be read; publish a component, or roll back"
        )]);
    }
    let pointer = pointer(catalogue, transform, channel)?;
    if pointer.withdrawn.is_some() && channel != Channel::Canary {
        return Some(vec!["its component was withdrawn".to_owned()]);
    }
    let digest = pointer.release.digest;
    Some(match entry(catalogue, transform, digest) {
        None => vec![format!("{} is gone; publish the component again", digest.short())],
        Some(entry) => missing(entry, &pointer.release),
    })
}

fn pointer<'a>(
    catalogue: &'a Catalogue,
    transform: &TransformName,
    channel: Channel,
) -> Option<&'a Pointer> {
    let mut named = catalogue.channels.get(transform)?.iter();
    named.find(|(one, _)| *one == channel).map(|(_, pointer)| pointer)
}

fn entry<'a>(
    catalogue: &'a Catalogue,
    transform: &TransformName,
    digest: Digest,
) -> Option<&'a Entry> {
    let mut entries = catalogue.entries.iter();
    entries.find(|entry| entry.transform == *transform && entry.digest == digest)
}

/// Files that are missing: the component, its record, and recorded artifacts.
fn missing(entry: &Entry, release: &Release) -> Vec<String> {
    let (transform, digest) = (&release.transform, release.digest);
    if release.artifacts.is_empty() {
        return vec![format!("{} is not compiled for any engine", digest.short())];
    }
    let stored = |key: &str| entry.objects.iter().find(|(name, _)| name == key);
    let files = [component_key(transform, digest), release_key(transform, digest)];
    let mut gone: Vec<String> = files
        .into_iter()
        .filter(|key| stored(key).is_none())
        .map(|key| format!("{key} is missing; publish the component again"))
        .collect();
    for (engine, record) in &release.artifacts {
        let artifact = stored(&artifact_key(transform, digest, engine));
        if artifact.is_none_or(|(_, bytes)| *bytes != record.bytes) {
            gone.push(format!(
                "{} compiled for {engine} is missing or incomplete; publish the component again",
                digest.short()
            ));
        }
    }
    gone
}
