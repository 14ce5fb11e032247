//! Measures a function: cold, then warm.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use obscura::key::{Destination, SourceKey};
use obscura::pipeline::Manifest;
use obscura::store::{Condition, Put};
use obscura_local::Event;
use serde::Serialize;
use tokio::sync::broadcast;

use super::figures::{median, milliseconds};
use super::start::Start;
use crate::stack::{DESTINATION, SOURCE, Stack, StackFlags};

/// The interval of polls of the destination: as a folder, which costs the function no processor
/// time.
const POLL: Duration = Duration::from_millis(1);
/// The longest that one picture may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Medians, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) name: String,
    pub(super) cold_first_rendition_ms: f64,
    pub(super) cold_manifest_ms: f64,
    pub(super) warm_manifest_ms: f64,
    /// From the event's delivery to its answer.
    pub(super) warm_billed_ms: f64,
    /// The peak memory of the function's process, if `/proc` has it.
    pub(super) peak_rss_bytes: Option<u64>,
}

/// A function: ours or another project's.
pub(super) struct Function {
    name: String,
    flags: StackFlags,
    peer: bool,
    cold: Vec<Times>,
    warm: Vec<Times>,
    starts: Vec<Start>,
    peak_rss_bytes: Option<u64>,
}

/// The times of one upload, in milliseconds.
struct Times {
    first_rendition: f64,
    manifest: f64,
    billed: f64,
}

impl Function {
    /// The project's own. A component must be published in the folder of `flags`.
    pub(super) fn ours(flags: StackFlags) -> Self {
        Self::new("obscura".to_owned(), flags, false)
    }

    /// Another project's, with a separate folder.
    pub(super) fn peer(program: &Path, folder: &Path) -> Self {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self::new(name, StackFlags::for_measuring(folder, Some(program.to_owned())), true)
    }

    fn new(name: String, flags: StackFlags, peer: bool) -> Self {
        let (cold, warm, starts) = (Vec::new(), Vec::new(), Vec::new());
        Self { name, flags, peer, cold, warm, starts, peak_rss_bytes: None }
    }

    /// One cold start, and `warm` more pictures.
    pub(super) async fn round(
        &mut self,
        round: u32,
        warm: u32,
        photo: &Bytes,
    ) -> anyhow::Result<()> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let stack = Stack::start(&self.flags, move |_, line| {
            sink.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
        })
        .await?;
        let mut events = stack.local.events();
        let (times, mut start) =
            self.one(&stack, &format!("cold-{round}.jpg"), photo, &mut events).await?;
        self.cold.push(times);
        for picture in 0..warm {
            let key = format!("warm-{round}-{picture}.jpg");
            self.warm.push(self.one(&stack, &key, photo, &mut events).await?.0);
        }
        self.peak_rss_bytes = self.peak_rss_bytes.max(peak_rss_bytes(start.pid));
        stack.local.shutdown().await;
        for line in lines.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            start.read(line);
        }
        self.starts.push(start);
        Ok(())
    }

    /// Upload one picture, and measure when its renditions appear.
    async fn one(
        &self,
        stack: &Stack,
        key: &str,
        photo: &Bytes,
        events: &mut broadcast::Receiver<Event>,
    ) -> anyhow::Result<(Times, Start)> {
        let started = Instant::now();
        let put = Put { body: photo.clone(), content_type: "image/jpeg", ..Put::default() };
        let destination = Destination::new("", &SourceKey::literal(key));
        let folder = stack.local.root().join(DESTINATION);
        let manifest = destination.manifest();
        let appears = async {
            let mut first_rendition = None;
            while started.elapsed() < PATIENCE {
                if first_rendition.is_none() && folder.join(key).exists() {
                    first_rendition = Some(milliseconds(started.elapsed()));
                }
                if folder.join(&manifest).exists() {
                    let manifest = milliseconds(started.elapsed());
                    return Ok((first_rendition.unwrap_or(manifest), manifest));
                }
                tokio::time::sleep(POLL).await;
            }
            bail!("{key}: nothing appeared within {} s", PATIENCE.as_secs())
        };
        let upload = stack.store.put(SOURCE, key, put, Condition::Always);
        let answered = answered(started, events);
        let (written, appeared, answered) = tokio::join!(upload, appears, answered);
        written?;
        let ((first_rendition, manifest_ms), (billed, mut start)) = (appeared?, answered?);
        if !self.peer {
            let path = folder.join(&manifest);
            let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
            if let Some(error) = serde_json::from_slice::<Manifest>(&text)?.error() {
                bail!("{key} could not be rendered: {error}");
            }
        }
        start.appeared(first_rendition, manifest_ms);
        Ok((Times { first_rendition, manifest: manifest_ms, billed }, start))
    }

    /// The medians.
    pub(super) fn figures(&self) -> Figures {
        let of =
            |times: &[Times], value: fn(&Times) -> f64| median(times.iter().map(value).collect());
        Figures {
            name: self.name.clone(),
            cold_first_rendition_ms: of(&self.cold, |times| times.first_rendition),
            cold_manifest_ms: of(&self.cold, |times| times.manifest),
            warm_manifest_ms: of(&self.warm, |times| times.manifest),
            warm_billed_ms: of(&self.warm, |times| times.billed),
            peak_rss_bytes: self.peak_rss_bytes,
        }
    }

    /// The stages of the cold start with the median time.
    pub(super) fn start(&self) -> Option<Start> {
        let mut starts: Vec<&Start> = self.starts.iter().collect();
        starts.sort_by(|a, b| a.total_ms().total_cmp(&b.total_ms()));
        starts.get(starts.len() / 2).copied().cloned()
    }
}

/// The duration of the function's next event, and the stages of the start of its process, if one
/// was started.
async fn answered(
    started: Instant,
    events: &mut broadcast::Receiver<Event>,
) -> anyhow::Result<(f64, Start)> {
    let mut start = Start::default();
    loop {
        let event = tokio::time::timeout(PATIENCE, events.recv()).await;
        let at = milliseconds(started.elapsed());
        match event.context("the function does not answer")?? {
            Event::Accepted { .. } => start.accepted(at),
            Event::InvocationStarted { pid, .. } => start.delivered(at, pid),
            Event::InvocationFinished { error: Some(error), .. } => bail!("{error:?}"),
            Event::InvocationFinished { duration, .. } => {
                return Ok((milliseconds(duration), start));
            }
            _ => {}
        }
    }
}

/// The peak memory of a process.
fn peak_rss_bytes(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes << 10)
}
