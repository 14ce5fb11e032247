//! `obscura affected`: the renditions that a faulty crate may have affected.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use obscura::digest::Digest;
use obscura::release::{Destination, Suspect, Wanted};
use serde_json::json;

use crate::deployment::{Deployment, DestinationFlags};
use crate::{DONE, style};

/// Find the renditions made by components that contain a crate
///
/// The components are those whose list of dependencies contains the crate: the gate keeps the list
/// that `cargo auditable`, or `.ci/sbom embed`, has embedded in a component. Nothing is changed;
/// the output says how to continue with `obscura repair`. This needs permission to read the
/// components and destination buckets.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The crate, optionally with a version or a version range
    #[arg(value_name = "CRATE[@VERSION]")]
    wanted: Wanted,

    #[command(flatten)]
    deployment: Deployment,

    #[command(flatten)]
    destination: DestinationFlags,

    /// Print the key of each picture
    #[arg(long)]
    keys: bool,

    /// Print one JSON object per component, then a summary, to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura affected png@0.17.9
      In the pipeline that `obscura serve` runs.
  obscura affected 'png@<0.18' --bucket my-components --destination my-renditions --json
      In a deployed pipeline, for a program.
Exit codes: 0 the search was done, whatever was found, 2 it was not.";

/// The existing renditions of a component.
#[derive(Debug, Default)]
struct Made {
    pictures: Vec<String>,
    renditions: usize,
}

/// Look for it.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let opened = arguments.deployment.open().await?;
    let destination = opened.destination(&arguments.destination)?;
    let suspects = arguments.wanted.among(&opened.store, &opened.bucket).await?;
    let (made, unreadable) = made(&destination, &suspects.found).await?;
    for suspect in &suspects.found {
        let none = Made::default();
        print(arguments, suspect, made.get(&suspect.digest).unwrap_or(&none));
    }
    let silent = suspects.silent.iter().map(|entry| entry.digest);
    if arguments.json {
        let summary = json!({
            "crate": arguments.wanted.to_string(),
            "components": suspects.found.len(),
            "renditions": made.values().map(|made| made.renditions).sum::<usize>(),
            "without_list": silent.collect::<Vec<_>>(),
            "unreadable_manifests": unreadable,
        });
        anstream::println!("{summary}");
        return Ok(DONE);
    }
    if suspects.found.is_empty() {
        anstream::println!("no component lists the crate {}", arguments.wanted);
    }
    for entry in &suspects.silent {
        let text =
            format!("{} {} has no list of its crates", entry.transform, entry.digest.short());
        style::complain(&style::faint(text));
    }
    if unreadable > 0 {
        let manifests = style::several(unreadable, "manifest");
        style::complain(&style::bad(format!("{manifests} cannot be read")));
    }
    if let Some(one) = suspects.found.iter().find(|one| made.contains_key(&one.digest)) {
        let active = suspects.found.iter().any(|one| !one.channels.is_empty());
        let first = if active { "Publish a fixed component first, then r" } else { "R" };
        style::complain(&format!(
            "{first}ender the pictures of each again: obscura repair --digest {}{} --yes",
            one.digest,
            arguments.deployment.flags()
        ));
    }
    Ok(DONE)
}

fn print(arguments: &Arguments, suspect: &Suspect, made: &Made) {
    let Made { pictures, renditions } = made;
    if arguments.json {
        let mut line = json!({
            "component": suspect, "pictures": pictures.len(), "renditions": renditions,
        });
        if arguments.keys {
            line["keys"] = json!(pictures);
        }
        anstream::println!("{line}");
        return;
    }
    let channels: Vec<&str> = suspect.channels.iter().map(|one| one.as_str()).collect();
    anstream::println!(
        "{:<16} {:<10} {}  {renditions:>8} renditions of {:>7} pictures  {:<14} {}",
        suspect.transform.as_str(),
        style::plain(suspect.version.as_deref().unwrap_or("?")),
        suspect.digest.short(),
        pictures.len(),
        style::plain(&suspect.crate_versions.join(", ")),
        style::heading(channels.join(", ")),
    );
    for key in pictures.iter().filter(|_| arguments.keys) {
        anstream::println!("  {}", style::plain(key));
    }
}

/// The renditions of the components, and how many manifests cannot be read.
async fn made(
    destination: &Destination,
    suspects: &[Suspect],
) -> anyhow::Result<(BTreeMap<Digest, Made>, usize)> {
    let mut all: BTreeMap<Digest, Made> = BTreeMap::new();
    let mut unreadable = 0;
    if suspects.is_empty() {
        return Ok((all, unreadable));
    }
    let keys = destination.manifest_keys().await?;
    let mut manifests = std::pin::pin!(destination.manifests(keys));
    while let Some(manifest) = manifests.next().await {
        let Some(manifest) = manifest? else {
            unreadable += 1;
            continue;
        };
        for suspect in suspects {
            let steps = manifest.steps.iter().enumerate();
            let own = steps.filter(|(_, step)| step.transform.digest == suspect.digest);
            let renditions: usize =
                own.map(|(index, _)| manifest.renditions_of(index).count()).sum();
            if renditions > 0 {
                let made = all.entry(suspect.digest).or_default();
                made.renditions += renditions;
                made.pictures.push(manifest.source.key.clone());
            }
        }
    }
    all.values_mut().for_each(|made| made.pictures.sort());
    Ok((all, unreadable))
}
