//! A whole route of a pipeline document on local files.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use obscura::chain::{Chain, End, Part};
use obscura::document::{Document, Route, Step, sniff};
use obscura::key::SourceKey;
use obscura::sandbox::Sandbox;

use super::picture::{milliseconds, read, write};
use super::report::{Fault, Report};
use crate::component::Component;

/// Renders pictures by the routes of a document.
pub(super) struct Router<'a> {
    document: &'a Document,
    /// A chain for each route.
    chains: Vec<Chain<'a>>,
}

/// A document from a file.
pub(super) fn document(path: &Path) -> anyhow::Result<Document> {
    let text = crate::pipeline::read(path)?;
    Document::parse(&text).with_context(|| path.display().to_string())
}

impl<'a> Router<'a> {
    /// Compile the components that the document names: `NAME=FILE.wasm` each,
    /// and the built-in `resize`.
    pub(super) fn new(document: &'a Document, components: &[PathBuf]) -> anyhow::Result<Self> {
        let files = files(components)?;
        let sandbox = Sandbox::new()?;
        let mut parts: HashMap<&str, Arc<Part>> = HashMap::new();
        for (_, step) in document.steps() {
            let name = step.transform.as_str();
            if parts.contains_key(name) {
                continue;
            }
            let file = files.get(name).copied();
            if file.is_none() && name != crate::stack::BUILT_IN {
                bail!("name the component of `{name}`: --component {name}=FILE.wasm");
            }
            let component = Component::read(file)?;
            let transform = component.load(&sandbox).with_context(|| format!("`{name}`"))?;
            let part = Part::of(transform).with_context(|| format!("`{name}`"))?;
            parts.insert(name, Arc::new(part));
        }
        let mut chains = Vec::new();
        for (index, route) in document.routes.iter().enumerate() {
            let part = |step: &Step| parts.get(step.transform.as_str()).cloned();
            let of_route: Vec<_> = route.steps.iter().map(part).collect();
            let (chain, mistakes) = Chain::plan(route, &of_route);
            if let Some(first) = mistakes.first() {
                let place = format!("routes[{index}].steps[{}].{}", first.step, first.field);
                bail!("{place}: {}", first.message);
            }
            chains.push(chain);
        }
        Ok(Self { document, chains })
    }

    /// Render a file into a directory. Nothing is written unless every required step succeeded.
    pub(super) fn render(&self, path: &Path, directory: &Path) -> Report {
        let mut report = Report::of(path);
        match self.try_render(path, directory, &mut report) {
            Ok(()) => {}
            Err(fault) => {
                report.renditions = None;
                report.error = Some(fault);
            }
        }
        report
    }

    fn try_render(&self, path: &Path, directory: &Path, report: &mut Report) -> Result<(), Fault> {
        let picture = read(path).map_err(|error| Fault::unreadable(path, &error))?;
        // Key patterns match paths as given.
        let key = path.to_string_lossy();
        let key = SourceKey::literal(key.trim_start_matches("./"));
        let media_type = sniff(&picture);
        let taken = |route: &Route| route.matches_key(&key) && route.matches_media_type(media_type);
        let mut routes = self.document.routes.iter().zip(&self.chains);
        let route = routes.find(|(route, _)| taken(route));
        let Some((_, chain)) = route.filter(|(route, _)| !route.ignore) else {
            return Err(Fault::no_route(media_type));
        };
        let ended = chain.render(key.as_str(), &picture, Duration::MAX);
        report.guest_cpu_ms = vec![ended.iter().map(|run| milliseconds(run.measured.cpu)).sum()];
        report.wall_ms = vec![ended.iter().map(|run| milliseconds(run.measured.wall)).sum()];
        report.peak_memory_bytes = ended.iter().map(|run| run.measured.peak_memory).max();
        let mut stored = Vec::new();
        for run in ended {
            report.log.push_str(&run.log);
            match run.end {
                End::Made(made) => {
                    let kept = made.into_iter().filter(|(_, stored)| *stored);
                    stored.extend(kept.map(|(rendition, _)| rendition));
                }
                End::Failed(failure) if run.step.required => {
                    return Err(Fault::of_step(run.step.name(), failure));
                }
                End::Failed(failure) => {
                    let name = run.step.name();
                    // Writing to a string cannot fail.
                    let _ = writeln!(report.log, "the step `{name}` failed: {failure}");
                }
                End::Skipped => {}
            }
        }
        let unwritable = |error| Fault::unwritable(directory, &error);
        let written = stored.into_iter().map(|one| write(directory, one).map_err(unwritable));
        report.renditions = Some(written.collect::<Result<_, _>>()?);
        Ok(())
    }
}

/// Component files, by transform name.
fn files(components: &[PathBuf]) -> anyhow::Result<HashMap<&str, &Path>> {
    components
        .iter()
        .map(|argument| {
            let text = argument.to_str().and_then(|text| text.split_once('='));
            let (name, file) = text.ok_or_else(|| {
                anyhow!(
                    "with --pipeline, give a component as NAME=FILE.wasm, not {}",
                    argument.display()
                )
            })?;
            Ok((name, Path::new(file)))
        })
        .collect()
}
