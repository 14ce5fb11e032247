//! `obscura demo`: the whole pipeline on a few photographs.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use obscura::key::{Destination, SourceKey};
use obscura::pipeline::Manifest;
use obscura::sandbox::{Basket, Job, Limits, Sandbox, SourceInfo};
use obscura::store::{Condition, Fetched, Put, Store, Written};

use crate::component::Component;
use crate::stack::{DESTINATION, SOURCE, Stack, StackFlags};
use crate::studio::{Lines, StudioFlags};
use crate::{DONE, SOME_FAILED, style};

/// Upload photographs to a pipeline on this machine, and show the renditions
///
/// It works like a deployment, with the same programs: the photographs are uploaded over HTTP to
/// the bucket `source`, and the transform function is invoked for each of them. Some are first
/// enlarged to the size of camera pictures.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The photographs. Default: those in examples/photos
    #[arg(value_name = "PHOTO")]
    photos: Vec<PathBuf>,

    #[command(flatten)]
    stack: StackFlags,

    #[command(flatten)]
    studio: StudioFlags,

    /// Keep running until Ctrl-C, so that the page can be used; the default on a terminal
    #[arg(long)]
    stay: bool,
}

/// The maximum time for all of them.
const PATIENCE: Duration = Duration::from_secs(180);
/// The maximum size of a manifest.
const MAX_RECORD_BYTES: u64 = 4 << 20;
/// The width of a camera picture.
const LARGE: &str = r#"{"renditions": [
    {"name": "large", "width": 4000, "format": "jpeg", "quality": 92, "without_enlargement": false}
]}"#;

/// An uploaded photograph.
struct Photo {
    key: SourceKey,
    body: Bytes,
}

/// Upload, wait, and show what appeared.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let mut photos = read_photos(&arguments.photos)?;
    let lines = Lines::default();
    let heard = lines.clone();
    let stack = Stack::start(&arguments.stack, move |_, line| heard.take(line)).await?;
    let page = arguments.studio.serve(&stack, &lines, arguments.stack.port).await?;
    style::complain("publishing the built-in transform: checking and compiling it");
    let release = stack.publish_built_in().await?.release;
    style::complain(&format!(
        "S3 at {}, the transform function, and {} {} ({})",
        stack.local.endpoint(),
        release.transform,
        release.version,
        release.digest.short(),
    ));
    let larger = tokio::task::block_in_place(|| enlarge(&photos))?;
    photos.extend(larger);

    let bar = progress(photos.len());
    let started = Instant::now();
    let mut etags = Vec::new();
    for photo in &photos {
        etags.push(upload(&stack.store, photo).await?);
    }
    let mut failed = 0;
    for (photo, etag) in photos.iter().zip(&etags) {
        bar.set_message(style::plain(photo.key.as_str()));
        let found = wait_for(&stack.store, &photo.key, etag, started).await?;
        bar.inc(1);
        failed += usize::from(found.error().is_some());
        bar.suspend(|| show(photo, &found));
    }
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    let root = stack.local.root().join(DESTINATION);
    let stays = page.is_some() && (arguments.stay || std::io::stdout().is_terminal());
    anstream::println!(
        "\n{} in {seconds:.1} s. The renditions are in {}",
        style::several(photos.len(), "picture"),
        style::heading(root.display()),
    );
    if let (Some(page), true) = (&page, stays) {
        anstream::println!(
            "\nSee them, try parameters, drop your own:\n\n  {}\n\nCtrl-C stops it.",
            style::heading(page.url())
        );
        tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    } else {
        anstream::println!(
            "\nTo upload your own: {}, then, in another terminal,\n\n{}\n\naws s3 cp photo.jpg \
             s3://{SOURCE}/photo.jpg\naws s3 ls --recursive s3://{DESTINATION}/photo.jpg/",
            style::heading("just serve"),
            stack.environment(),
        );
        if let Some(page) = &page {
            anstream::println!(
                "\nThen see them, try parameters and drop your own at\n\n  {}",
                style::heading(page.url())
            );
        }
    }
    drop(page);
    stack.local.shutdown().await;
    Ok(if failed == 0 { DONE } else { SOME_FAILED })
}

fn read_photos(paths: &[PathBuf]) -> anyhow::Result<Vec<Photo>> {
    let mut paths = paths.to_vec();
    if paths.is_empty() {
        let folder = Path::new("examples/photos");
        let entries = std::fs::read_dir(folder).with_context(|| {
            format!("cannot read {}; name the photographs to upload", folder.display())
        })?;
        let pictures = |path: &PathBuf| path.extension().is_some_and(|end| end != "md");
        paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(pictures).collect();
        paths.sort();
    }
    let photos = paths.iter().map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let body =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Photo { key: SourceKey::literal(name), body: body.into() })
    });
    photos.collect()
}

/// Enlarge pictures to camera size, in the sandbox, with the built-in transform.
fn enlarge(photos: &[Photo]) -> anyhow::Result<Vec<Photo>> {
    let sandbox = Sandbox::new()?;
    let transform = Component::read(None)?.load(&sandbox)?;
    let mut larger = Vec::new();
    for photo in photos.iter().filter(|photo| photo.key.as_str().ends_with(".jpg")).take(3) {
        let basket = Basket::default();
        let run = transform.render(Job {
            info: SourceInfo { size: photo.body.len() as u64, ..SourceInfo::default() },
            stream: Box::new(photo.body.clone()),
            sink: Box::new(basket.clone()),
            parameters: LARGE.to_owned(),
            limits: Limits::default(),
            deadline: None,
        });
        run.outcome.with_context(|| photo.key.to_string())?;
        let key = SourceKey::literal(format!("large/{}", photo.key));
        larger.extend(
            basket.take().into_iter().map(|one| Photo { key: key.clone(), body: one.body }),
        );
    }
    Ok(larger)
}

fn progress(photos: usize) -> ProgressBar {
    let bar = ProgressBar::new(photos as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

async fn upload(store: &Store, photo: &Photo) -> anyhow::Result<String> {
    let put = Put {
        body: photo.body.clone(),
        content_type: obscura::document::sniff(&photo.body),
        ..Put::default()
    };
    match store.put(SOURCE, photo.key.as_str(), put, Condition::Always).await? {
        Written::Etag(etag) => Ok(etag),
        Written::Conflict => bail!("{}: unexpected conflict", photo.key),
    }
}

/// Wait until the destination has the manifest of this upload.
async fn wait_for(
    store: &Store,
    key: &SourceKey,
    etag: &str,
    started: Instant,
) -> anyhow::Result<Manifest> {
    let destination = Destination::new("", key);
    while started.elapsed() < PATIENCE {
        let manifest: Option<Manifest> = read(store, &destination.manifest()).await?;
        if let Some(manifest) = manifest.filter(|manifest| manifest.source.etag == etag) {
            return Ok(manifest);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("{key}: nothing appeared within {} s; `obscura serve` shows why", PATIENCE.as_secs())
}

async fn read<T: serde::de::DeserializeOwned>(
    store: &Store,
    key: &str,
) -> anyhow::Result<Option<T>> {
    let Fetched::Object(object) = store.get(DESTINATION, key, None).await? else { return Ok(None) };
    let text = object.body.collect(MAX_RECORD_BYTES).await?;
    Ok(serde_json::from_slice(&text).ok())
}

fn show(photo: &Photo, manifest: &Manifest) {
    let size = style::size(photo.body.len() as u64);
    if let Some(error) = manifest.error() {
        anstream::println!(
            "{}  {}\n  {} {}",
            style::heading(style::plain(photo.key.as_str())),
            style::faint(size),
            style::bad(error.code.as_str()),
            style::plain(&error.message),
        );
        return;
    }
    let spent: f64 = manifest.steps.iter().map(|step| step.cost.guest_cpu_ms).sum();
    let cost = format!("{size}, {spent:.0} ms in the sandbox");
    let key = style::plain(photo.key.as_str());
    anstream::println!("{}  {}", style::heading(key), style::faint(cost));
    for one in &manifest.renditions {
        let dimensions = format!("{} × {}", one.width, one.height);
        let size = style::size(one.bytes);
        let [media_type, key] = [&one.media_type, &one.key].map(|text| style::plain(text));
        anstream::println!("  {dimensions:>13}  {size:>10}  {media_type:<10}  {key}");
    }
}
