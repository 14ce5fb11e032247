//! Compiles live components for this program's engine, before the transform function is updated to
//! a new host version.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};

use super::command::Who;
use super::context;
use super::documents::Again;
use super::error::PublishError;
use super::publisher::Publisher;
use crate::clock::now_text;
use crate::component::{Channel, REPORTS, Release, TRANSFORMS, TransformName, component_key};
use crate::digest::Digest;
use crate::error::{Code, Fault};
use crate::gate::MAX_COMPONENT_BYTES;
use crate::sandbox::ENGINE_ID;
use crate::store::{Condition, Fetched};

/// The report has a line per component.
const MAX_REPORT_BYTES: u64 = 4 << 20;

/// Prove and compile every live component whose artifact for this engine is missing or not the
/// recorded one, and update the pointers. Previously active components, and those that routes pin,
/// count as live.
///
/// Only components that a route uses have to pass, unless they are skipped. Other failures are
/// reported and ignored.
pub(super) async fn run(
    publisher: &Publisher,
    skip: &[Digest],
    who: &Who,
    deadline: Option<Instant>,
) -> Result<Value, Fault> {
    let (mut compiled, mut present) = (Vec::new(), Vec::new());
    let (mut failed, mut left_behind) = (Vec::new(), Vec::new());
    let routed = routed(publisher).await?;
    for (name, channel, digest) in live(publisher).await? {
        let label = format!("{name} {}", digest.short());
        match one(publisher, &name, channel, digest, deadline).await {
            Ok(true) => compiled.push(label),
            Ok(false) => present.push(label),
            Err(error) => {
                if let PublishError::Fault(fault) = &error
                    && !matches!(fault.code, Code::ComponentMissing | Code::ComponentCorrupt)
                {
                    return Err(fault.clone());
                }
                let blocks = routed.contains(&name) && !skip.contains(&digest);
                let told = if blocks { &mut failed } else { &mut left_behind };
                told.push(format!("{label}: {error}"));
            }
        }
    }
    tracing::info!(engine = ENGINE_ID, ?compiled, ?present, ?failed, ?left_behind, "precompiled");
    if !failed.is_empty() {
        let message = format!(
            "live components are refused for the engine {ENGINE_ID}: {}; publish fixed ones, keep \
             the old version, or name their digests in `skip`: the pictures of their routes then \
             wait until they are fixed",
            failed.join("; ")
        );
        return Err(Fault::new(Code::PrecompileRefused, message));
    }
    // A component from an older host has not been proved yet.
    publisher.documents.receive(Again::IfRefused, deadline).await?;
    let done = json!({
        "engine": ENGINE_ID,
        "compiled": compiled,
        "present": present,
        "left_behind": left_behind,
        "skipped": skip,
        "by": who.by,
        "reason": who.reason,
        "at": now_text(),
    });
    let (bucket, key) = (&publisher.bucket, format!("{REPORTS}precompile/{ENGINE_ID}.json"));
    let always = Condition::Always;
    publisher.store.write_record(bucket, &key, &done, MAX_REPORT_BYTES, always).await?;
    Ok(done)
}

/// The transforms that a route uses.
async fn routed(publisher: &Publisher) -> Result<BTreeSet<TransformName>, Fault> {
    let document = context::document(&publisher.documents).await?;
    Ok(document.steps().map(|(_, step)| step.transform.clone()).collect())
}

/// All components that a picture could be rendered with, or an operator could roll back to.
async fn live(publisher: &Publisher) -> Result<BTreeSet<(TransformName, Channel, Digest)>, Fault> {
    let (store, bucket) = (&publisher.store, &publisher.bucket);
    let mut live = BTreeSet::new();
    for (name, channel) in channels(&store.list(bucket, TRANSFORMS).await?) {
        let Some(pointer) = publisher.pointers.read(&name, channel).await?.value else {
            continue;
        };
        // A withdrawn canary need not pass.
        if pointer.withdrawn.is_some() {
            continue;
        }
        live.extend(pointer.previous.map(|digest| (name.clone(), channel, digest)));
        live.insert((name, channel, pointer.release.digest));
    }
    for (_, step) in context::document(&publisher.documents).await?.steps() {
        let candidate = step.shadow.as_ref().and_then(|shadow| shadow.digest);
        for digest in [step.digest, candidate].into_iter().flatten() {
            live.insert((step.transform.clone(), step.channel, digest));
        }
    }
    Ok(live)
}

/// The channels that have a pointer.
fn channels(keys: &[String]) -> Vec<(TransformName, Channel)> {
    let parsed = keys.iter().filter_map(|key| {
        let (name, channel) = key.strip_prefix(TRANSFORMS)?.split_once("/channels/")?;
        Some((name.parse().ok()?, channel.strip_suffix(".json")?.parse().ok()?))
    });
    parsed.collect()
}

/// Whether it had to be compiled.
async fn one(
    publisher: &Publisher,
    name: &TransformName,
    channel: Channel,
    digest: Digest,
    deadline: Option<Instant>,
) -> Result<bool, PublishError> {
    let Some(release) = publisher.pointers.release(name, digest).await? else {
        return Ok(false);
    };
    if publisher.releases.artifact(&release).await?.is_some() {
        publisher.pointers.refresh(channel, &release).await?;
        return Ok(false);
    }
    let component = component(publisher, &release).await?;
    let candidate = publisher.candidate_again(component.clone(), name, channel).await?;
    let proved = publisher.prove(candidate, deadline).await?;
    let release = publisher.releases.keep(component, &proved, &release.published_by).await?;
    publisher.pointers.refresh(channel, &release).await?;
    Ok(true)
}

async fn component(publisher: &Publisher, release: &Release) -> Result<bytes::Bytes, PublishError> {
    let key = component_key(&release.transform, release.digest);
    let Fetched::Object(object) = publisher.store.get(&publisher.bucket, &key, None).await? else {
        let message = format!("s3://{}/{key} does not exist; publish it again", publisher.bucket);
        return Err(Fault::new(Code::ComponentMissing, message).into());
    };
    let component = object.body.collect(MAX_COMPONENT_BYTES).await?;
    if Digest::of(&component) != release.digest {
        let message = format!("{key} is not what was published");
        return Err(Fault::new(Code::ComponentCorrupt, message).into());
    }
    Ok(component)
}
