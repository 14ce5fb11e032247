//! Finds reasons why steps of the pipeline document cannot run.

use super::catalogue::{Catalogue, Entry};
use crate::component::{Channel, Release, TransformName, artifact_key};
use crate::document::{Document, Step};

/// Reasons why steps with this transform cannot run, one sentence each.
pub(super) fn troubles(
    catalogue: &Catalogue,
    document: &Document,
    transform: &TransformName,
) -> Vec<String> {
    let steps = document.steps().filter(|(_, step)| step.transform == *transform);
    let mut troubles: Vec<String> = Vec::new();
    for (route, step) in steps {
        let label = route.label(step);
        let found = of_step(catalogue, step);
        troubles.extend(found.into_iter().map(|what| format!("the step `{label}`: {what}")));
    }
    troubles
}

fn of_step(catalogue: &Catalogue, step: &Step) -> Vec<String> {
    let transform = &step.transform;
    let entry = |digest| {
        let mut entries = catalogue.entries.iter();
        entries.find(|entry| entry.transform == *transform && entry.digest == digest)
    };
    if let Some(digest) = step.digest {
        return match entry(digest).map(|entry| (entry, &entry.release)) {
            None => vec![format!("{} is not published", digest.short())],
            Some((_, None)) => vec![format!("the record of {} cannot be read", digest.short())],
            Some((entry, Some(release))) => missing(entry, release),
        };
    }
    let channel = step.channel;
    if catalogue.unreadable.contains(&(transform.clone(), channel)) {
        return vec![format!(
            "the pointer of `{}` cannot be read; publish a component, or roll back",
            channel.as_str()
        )];
    }
    let named = catalogue.channels.get(transform).into_iter().flatten();
    let mut named = named.filter(|(one, _)| *one == channel);
    match named.next() {
        None => vec![format!("nothing is published to `{}`", channel.as_str())],
        Some((_, pointer)) if pointer.withdrawn.is_some() && channel != Channel::Canary => {
            vec!["its component was withdrawn".to_owned()]
        }
        Some((_, pointer)) => match entry(pointer.release.digest) {
            None => vec![format!("{} is gone", pointer.release.digest.short())],
            Some(entry) => missing(entry, &pointer.release),
        },
    }
}

/// Recorded artifacts that are missing.
fn missing(entry: &Entry, release: &Release) -> Vec<String> {
    let gone = release.artifacts.iter().filter(|(engine, record)| {
        let key = artifact_key(&release.transform, release.digest, engine);
        !entry.objects.iter().any(|(name, bytes)| *name == key && *bytes == record.bytes)
    });
    let gone: Vec<String> = gone
        .map(|(engine, _)| {
            format!(
                "{} compiled for {engine} is missing or incomplete; publish the component again",
                release.digest.short()
            )
        })
        .collect();
    if release.artifacts.is_empty() {
        return vec![format!("{} is not compiled for any engine", release.digest.short())];
    }
    gone
}
