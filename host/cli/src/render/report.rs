//! Reports on pictures, for people or as JSON.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use obscura::digest::Digest;
use obscura::sandbox::Failure;
use serde::Serialize;

use crate::style::{bad, complain, faint, heading, plain, several, size};

/// The result for one picture. Its fields are those of `--json`.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) renditions: Option<Vec<Written>>,
    /// Processor time of the whole transform in a fresh instance, each time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) guest_cpu_ms: Vec<f64>,
    /// Wall-clock time, each time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) wall_ms: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) peak_memory_bytes: Option<u64>,
    /// The transform's standard error output.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) log: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Fault>,
}

/// A rendition that was written.
#[derive(Debug, Serialize)]
pub(super) struct Written {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: u64,
    pub(super) content_type: String,
}

/// Why a picture was not rendered.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fault {
    code: &'static str,
    message: String,
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self { code: failure.code().as_str(), message: failure.to_string() }
    }
}

impl Fault {
    /// For a picture that no route matches.
    pub(super) fn no_route(media_type: &str) -> Self {
        let message = format!("no route matches its name and media type {media_type}");
        Self { code: "no-route", message }
    }

    pub(super) fn of_step(step: &str, failure: Failure) -> Self {
        let Self { code, message } = Self::from(failure);
        Self { code, message: format!("step `{step}`: {message}") }
    }

    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let message = format!("cannot read {}: {error}", path.display());
        Self { code: "source-unreadable", message }
    }

    pub(super) fn unwritable(directory: &Path, error: &io::Error) -> Self {
        let message = format!("cannot write to {}: {error}", directory.display());
        Self { code: "output-unwritable", message }
    }
}

impl Report {
    pub(super) fn of(path: &Path) -> Self {
        Self { source: path.display().to_string(), ..Self::default() }
    }
}

/// Prints reports, and counts them.
pub(super) struct Reporter {
    json: bool,
    /// The digest of the component, if there is only one.
    digest: Option<Digest>,
    pictures: usize,
    renditions: usize,
    failed: usize,
}

/// A line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    #[serde(flatten)]
    report: &'a Report,
}

impl Reporter {
    pub(super) fn new(json: bool, digest: Option<Digest>) -> Self {
        Self { json, digest, pictures: 0, renditions: 0, failed: 0 }
    }

    /// How many pictures were not rendered.
    pub(super) fn failed(&self) -> usize {
        self.failed
    }

    /// One picture is done.
    pub(super) fn picture(&mut self, report: &Report) -> anyhow::Result<()> {
        self.pictures += 1;
        self.renditions += report.renditions.as_ref().map_or(0, Vec::len);
        self.failed += usize::from(report.error.is_some());
        let text = if self.json {
            let mut line = serde_json::to_string(&Line { digest: self.digest, report })?;
            line.push('\n');
            line
        } else {
            for_people(report)
        };
        let mut stdout = anstream::stdout();
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .context("cannot write to standard output")
    }

    /// No picture can be rendered, for this reason.
    pub(super) fn nothing_done(
        &mut self,
        sources: impl Iterator<Item = String>,
        fault: &Fault,
    ) -> anyhow::Result<()> {
        if self.json {
            for source in sources {
                let error = Some(fault.clone());
                self.picture(&Report { source, error, ..Report::default() })?;
            }
        }
        complain(&format!("{} {}", bad(fault.code), plain(&fault.message)));
        Ok(())
    }

    /// The summary, for people.
    pub(super) fn summary(&self, out: &Path) {
        if self.json || self.pictures < 2 {
            return;
        }
        let mut text = format!(
            "{} of {} rendered: {} in {}",
            self.pictures - self.failed,
            several(self.pictures, "picture"),
            several(self.renditions, "rendition"),
            plain(&out.display().to_string())
        );
        if self.failed > 0 {
            text += &format!("; {}", bad(format!("{} failed", self.failed)));
        }
        complain(&text);
    }
}

/// A few lines: the picture and its cost, then its renditions in columns.
fn for_people(report: &Report) -> String {
    let mut text = heading(plain(&report.source));
    if let (Some(cpu), Some(peak)) = (median(&report.guest_cpu_ms), report.peak_memory_bytes) {
        let times = match report.guest_cpu_ms.len() {
            1 => String::new(),
            runs => format!(", median of {runs} runs"),
        };
        text += &faint(format!("  {cpu:.1} ms of processor time{times}, {} of memory", size(peak)));
    }
    text.push('\n');
    if let Some(fault) = &report.error {
        let _ = writeln!(text, "  {} {}", bad(fault.code), plain(&fault.message));
        return text;
    }
    let renditions = report.renditions.as_deref().unwrap_or_default();
    let name_width = renditions.iter().map(|written| written.name.len()).max().unwrap_or(0);
    for written in renditions {
        let dimensions = match (written.width, written.height) {
            (0, 0) => String::new(),
            (width, height) => format!("{width} × {height}"),
        };
        let _ = writeln!(
            text,
            "  {:name_width$}  {dimensions:>13}  {:>10}  {}",
            written.name,
            size(written.bytes),
            plain(&written.path)
        );
    }
    for line in report.log.lines() {
        let _ = writeln!(text, "  {}", faint(plain(line)));
    }
    text
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    }
}
