//! One picture, rendered by both.

use std::num::NonZeroU32;

use bytes::Bytes;
use obscura::digest::Digest;
use obscura::sandbox::{Basket, Job, Limits, Rendition, SourceInfo, Transform};
use serde::Serialize;

use super::pictures::Picture;
use super::score::{self, Score};

/// One of the two components.
pub(super) struct Side {
    /// Its name and version.
    pub(super) name: String,
    pub(super) digest: Digest,
    pub(super) transform: Transform,
    pub(super) parameters: String,
}

/// Renders pictures with both.
pub(super) struct Comparer {
    pub(super) old: Side,
    pub(super) new: Side,
    pub(super) limits: Limits,
    pub(super) repeat: NonZeroU32,
}

/// What became of one picture. Its fields are those of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Comparison {
    pub(super) source: String,
    pub(super) old: Outcome,
    pub(super) new: Outcome,
    /// In the order in which the old component emits them, then what only the
    /// new one does.
    pub(super) renditions: Vec<Pair>,
}

/// How one component did.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    /// Median processor time, fresh instance included.
    pub(super) cpu_ms: f64,
    pub(super) peak_memory_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Error>,
}

/// Why there are no renditions.
#[derive(Debug, Serialize)]
pub(super) struct Error {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// A rendition, by both.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) old: Option<Made>,
    pub(super) new: Option<Made>,
    /// Whether they are the same, byte for byte.
    pub(super) identical: bool,
    /// SSIMULACRA2 of the new one against the old one: up to 100. None if they
    /// cannot be compared.
    pub(super) score: Option<f64>,
    /// What differs, as a PNG.
    #[serde(skip)]
    pub(super) difference: Option<Vec<u8>>,
}

/// A rendition.
#[derive(Debug, Serialize)]
pub(super) struct Made {
    pub(super) media_type: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: u64,
    #[serde(skip)]
    pub(super) body: Bytes,
}

impl Comparison {
    /// Whether the new component does what the old one did, with no rendition
    /// below a score.
    pub(super) fn well(&self, at_least: Option<f64>) -> bool {
        let rendered = self.new.error.is_none() || self.old.error.is_some();
        let same = |pair: &Pair| {
            let both = pair.old.is_some() && pair.new.is_some();
            let alike = at_least.is_none_or(|least| pair.score.is_none_or(|score| score >= least));
            both && alike
        };
        // What could not be rendered before has nothing to be compared with.
        rendered && (self.old.error.is_some() || self.renditions.iter().all(same))
    }
}

impl Comparer {
    /// Render a picture with both.
    pub(super) fn compare(&self, picture: &Picture) -> Comparison {
        let (old, made_before) = self.render(&self.old, picture);
        let (new, mut made_now) = self.render(&self.new, picture);
        let mut renditions = Vec::new();
        for before in made_before {
            let same = made_now.iter().position(|now| now.name == before.name);
            let now = same.map(|index| made_now.remove(index));
            renditions.push(pair(Some(before), now));
        }
        renditions.extend(made_now.into_iter().map(|now| pair(None, Some(now))));
        Comparison { source: picture.name.clone(), old, new, renditions }
    }

    fn render(&self, side: &Side, picture: &Picture) -> (Outcome, Vec<Rendition>) {
        let mut times = Vec::new();
        let mut outcome = Outcome { cpu_ms: 0.0, peak_memory_bytes: 0, error: None };
        let mut renditions = Vec::new();
        for _ in 0..self.repeat.get() {
            let basket = Basket::default();
            let run = side.transform.render(Job {
                info: SourceInfo {
                    key: picture.name.clone(),
                    size: picture.file.len() as u64,
                    content_type: None,
                },
                stream: Box::new(picture.file.clone()),
                sink: Box::new(basket.clone()),
                parameters: side.parameters.clone(),
                limits: self.limits,
                deadline: None,
            });
            times.push(run.measured.cpu.as_micros() as f64 / 1000.0);
            outcome.peak_memory_bytes = outcome.peak_memory_bytes.max(run.measured.peak_memory);
            renditions = basket.take();
            if let Err(failure) = run.outcome {
                let (code, message) = (failure.code().as_str(), failure.to_string());
                outcome.error = Some(Error { code, message });
                renditions.clear();
                break;
            }
        }
        times.sort_by(f64::total_cmp);
        outcome.cpu_ms = times.get(times.len() / 2).copied().unwrap_or(0.0);
        (outcome, renditions)
    }
}

fn pair(old: Option<Rendition>, new: Option<Rendition>) -> Pair {
    let body = |one: &Option<Rendition>| one.as_ref().map(|one| one.body.clone());
    let (before, now) = (body(&old), body(&new));
    let identical = before.is_some() && before == now;
    let compared = before.zip(now).and_then(|(before, now)| score::of(&before, &now));
    let name = old.as_ref().or(new.as_ref()).map(|one| one.name.clone()).unwrap_or_default();
    let (score, difference) = match compared {
        Some(Score { value, difference }) => (Some(value), difference),
        None => (None, None),
    };
    Pair { name, old: old.map(made), new: new.map(made), identical, score, difference }
}

fn made(rendition: Rendition) -> Made {
    Made {
        media_type: rendition.media_type,
        width: rendition.width,
        height: rendition.height,
        bytes: rendition.body.len() as u64,
        body: rendition.body,
    }
}
