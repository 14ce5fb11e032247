//! The transform, without the function around it.

use std::path::Path;
use std::time::Instant;

use bytes::Bytes;
use obscura::component::Channel;
use obscura::publish::Publisher;
use obscura::sandbox::{Basket, Job, Limits, Sandbox, SourceInfo, Transform};
use serde::Serialize;

use super::figures::{median, milliseconds};
use crate::built;
use crate::component::Component;
use crate::stack::{COMPONENTS, Stack, StackFlags};

/// The number of renders.
const ROUNDS: usize = 15;

/// The cost of the transform. Times are in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Alone {
    pub(super) component_bytes: u64,
    pub(super) artifact_bytes: u64,
    pub(super) compile_ms: f64,
    /// Everything that publishing does: checks, compilation, uploads.
    pub(super) publish_ms: f64,
    pub(super) load_ms: f64,
    /// A fresh instance that renders nothing.
    pub(super) instantiate_ms: f64,
    pub(super) guest_cpu_ms: f64,
    pub(super) peak_memory_bytes: u64,
}

/// Measure a component, and publish it in the folder of `flags`.
pub(super) async fn alone(
    component: Option<&Path>,
    photo: &Bytes,
    flags: &StackFlags,
) -> anyhow::Result<Alone> {
    let component = Component::read(component)?;
    let sandbox = Sandbox::new()?;
    let guest = tokio::task::block_in_place(|| guest(&component, &sandbox, photo))?;
    let stack = Stack::start(flags, |_, _| {}).await?;
    let publisher = Publisher::new(stack.store.clone(), COMPONENTS, built::prover()?);
    let bytes = Bytes::from(component.bytes.clone());
    let started = Instant::now();
    let published = publisher.publish(bytes, Channel::Stable, "bench").await?;
    let publish_ms = milliseconds(started.elapsed());
    let artifacts = &published.pointer.release.artifacts;
    let artifact_bytes = artifacts.values().map(|artifact| artifact.bytes).sum();
    stack.local.shutdown().await;
    Ok(Alone {
        component_bytes: component.bytes.len() as u64,
        artifact_bytes,
        compile_ms: milliseconds(published.compile_time),
        publish_ms,
        load_ms: guest.load_ms,
        instantiate_ms: median(guest.instantiate_ms),
        guest_cpu_ms: median(guest.cpu_ms),
        peak_memory_bytes: guest.peak_memory_bytes,
    })
}

#[derive(Default)]
struct Guest {
    load_ms: f64,
    instantiate_ms: Vec<f64>,
    cpu_ms: Vec<f64>,
    peak_memory_bytes: u64,
}

/// Run it several times.
fn guest(component: &Component, sandbox: &Sandbox, photo: &Bytes) -> anyhow::Result<Guest> {
    let artifact = component.compile(sandbox)?;
    let started = Instant::now();
    let transform = Transform::load(sandbox, &artifact)?;
    let mut guest = Guest { load_ms: milliseconds(started.elapsed()), ..Guest::default() };
    for _ in 0..ROUNDS {
        let started = Instant::now();
        transform.start()?;
        guest.instantiate_ms.push(milliseconds(started.elapsed()));
        let run = transform.render(Job {
            info: SourceInfo { size: photo.len() as u64, ..SourceInfo::default() },
            stream: Box::new(photo.clone()),
            sink: Box::new(Basket::default()),
            parameters: String::new(),
            limits: Limits::default(),
            deadline: None,
        });
        run.outcome?;
        guest.cpu_ms.push(milliseconds(run.measured.cpu));
        guest.peak_memory_bytes = guest.peak_memory_bytes.max(run.measured.peak_memory);
    }
    Ok(guest)
}
