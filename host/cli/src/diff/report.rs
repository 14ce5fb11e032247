//! Prints differences, for people or as JSON.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::compare::{Comparison, Made, Outcome, Pair};
use crate::style::{bad, complain, faint, heading, plain, several, size};

/// Prints comparisons, and counts them.
pub(super) struct Report {
    json: bool,
    at_least: Option<f64>,
    pictures: usize,
    failed: usize,
    renditions: usize,
    identical: usize,
    lowest: Option<f64>,
    old: Total,
    new: Total,
}

#[derive(Default)]
struct Total {
    bytes: u64,
    cpu_ms: f64,
}

impl Report {
    pub(super) fn new(json: bool, at_least: Option<f64>) -> Self {
        Self {
            json,
            at_least,
            pictures: 0,
            failed: 0,
            renditions: 0,
            identical: 0,
            lowest: None,
            old: Total::default(),
            new: Total::default(),
        }
    }

    /// Whether all went well.
    pub(super) fn well(&self) -> bool {
        self.failed == 0
    }

    /// One picture is compared.
    pub(super) fn picture(&mut self, comparison: &Comparison) -> anyhow::Result<()> {
        self.pictures += 1;
        self.failed += usize::from(!comparison.well(self.at_least));
        self.old.cpu_ms += comparison.old.cpu_ms;
        self.new.cpu_ms += comparison.new.cpu_ms;
        for pair in &comparison.renditions {
            self.renditions += 1;
            self.identical += usize::from(pair.identical);
            self.old.bytes += pair.old.as_ref().map_or(0, |made| made.bytes);
            self.new.bytes += pair.new.as_ref().map_or(0, |made| made.bytes);
            let lower = |score: f64| self.lowest.map_or(score, |lowest| lowest.min(score));
            self.lowest = pair.score.map(lower).or(self.lowest);
        }
        let text = if self.json {
            serde_json::to_string(comparison)? + "\n"
        } else {
            for_people(comparison, self.at_least)
        };
        let mut stdout = anstream::stdout();
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .context("cannot write to standard output")
    }

    /// The summary, for people.
    pub(super) fn summary(&self, page: &Path) {
        let mut text = format!(
            "{}, {}, {} of them identical: {}, {}",
            several(self.pictures, "picture"),
            several(self.renditions, "rendition"),
            self.identical,
            change(self.old.bytes as f64, self.new.bytes as f64, |bytes| size(bytes as u64)),
            change(self.old.cpu_ms, self.new.cpu_ms, |ms| format!("{ms:.0} ms")),
        );
        if let Some(lowest) = self.lowest {
            let _ = write!(text, ", lowest score {lowest:.1}");
        }
        if self.failed > 0 {
            let _ = write!(text, "; {}", bad(format!("{} worse than allowed", self.failed)));
        }
        complain(&format!("{text}\n{}", plain(&page.display().to_string())));
    }
}

/// A line for the picture, and one for each rendition.
fn for_people(comparison: &Comparison, at_least: Option<f64>) -> String {
    let Comparison { source, old, new, renditions } = comparison;
    let times = change(old.cpu_ms, new.cpu_ms, |ms| format!("{ms:.1} ms"));
    let mut text = format!("{}  {}\n", heading(plain(source)), faint(times));
    for (name, Outcome { error, .. }) in [("old", old), ("new", new)] {
        if let Some(error) = error {
            let message = plain(&error.message);
            let _ = writeln!(text, "  {name}: {} {message}", bad(error.code));
        }
    }
    let name_width = renditions.iter().map(|pair| pair.name.len()).max().unwrap_or(0);
    for pair in renditions {
        let _ = writeln!(text, "  {:name_width$}  {}", pair.name, line(pair, at_least));
    }
    text
}

fn line(pair: &Pair, at_least: Option<f64>) -> String {
    let (old, new) = match (&pair.old, &pair.new) {
        (Some(old), Some(new)) => (old, new),
        (Some(_), None) => return bad("only the old component makes it"),
        _ => return bad("only the new component makes it"),
    };
    if pair.identical {
        return format!("{:>13}  {}", dimensions(new), faint("identical"));
    }
    let bytes = change(old.bytes as f64, new.bytes as f64, |bytes| size(bytes as u64));
    let mut text = format!("{:>13}  {bytes}", dimensions(new));
    if dimensions(old) != dimensions(new) {
        let _ = write!(text, "  {}", bad(format!("it was {}", dimensions(old))));
    }
    if old.media_type != new.media_type {
        let _ = write!(text, "  {}", bad(format!("it was {}", plain(&old.media_type))));
    }
    if let Some(score) = pair.score {
        let words = format!("score {score:.1}");
        let low = at_least.is_some_and(|least| score < least);
        let _ = write!(text, "  {}", if low { bad(words) } else { words });
    }
    text
}

pub(super) fn dimensions(made: &Made) -> String {
    match (made.width, made.height) {
        (0, 0) => String::new(),
        (width, height) => format!("{width} × {height}"),
    }
}

/// The old value, the new value, and the difference.
pub(super) fn change(old: f64, new: f64, show: impl Fn(f64) -> String) -> String {
    let (before, now) = (show(old), show(new));
    if old <= 0.0 {
        return format!("{before} → {now}");
    }
    format!("{before} → {now} ({:+.1} %)", (new - old) * 100.0 / old)
}

#[cfg(test)]
mod tests {
    use super::change;

    #[test]
    fn a_change_has_a_sign() {
        let show = |value: f64| format!("{value:.0} B");
        assert_eq!(change(200.0, 150.0, show), "200 B → 150 B (-25.0 %)");
        assert_eq!(change(200.0, 200.0, show), "200 B → 200 B (+0.0 %)");
        assert_eq!(change(0.0, 7.0, show), "0 B → 7 B");
    }
}
