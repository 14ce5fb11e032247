//! One picture, rendered by both.

use std::num::NonZeroU32;

use bytes::Bytes;
use obscura::digest::Digest;
use obscura::sandbox::{Basket, Failure, Job, Limits, Rendition, SourceInfo, Transform};
use serde::Serialize;

use super::pictures::Picture;
use super::score::{self, Score};

/// One of the two components.
pub(crate) struct Side {
    /// Its name and version.
    pub(crate) name: String,
    pub(crate) digest: Digest,
    pub(crate) transform: Transform,
    pub(crate) parameters: String,
}

/// Renders pictures with both.
pub(crate) struct Comparer {
    pub(crate) old: Side,
    pub(crate) new: Side,
    pub(crate) limits: Limits,
    pub(crate) repeat: NonZeroU32,
}

/// The comparison of one picture. Its fields are those of `--json`.
#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    pub(crate) source: String,
    pub(crate) old: Outcome,
    pub(crate) new: Outcome,
    /// In the order in which the old component emits them, then those that only the new one emits.
    pub(crate) renditions: Vec<Pair>,
}

/// The result of one component.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// Median processor time, fresh instance included.
    pub(crate) cpu_ms: f64,
    pub(crate) peak_memory_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Error>,
}

/// Why there are no renditions.
#[derive(Debug, Serialize)]
pub(crate) struct Error {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// A rendition of both components.
#[derive(Debug, Serialize)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) old: Option<Made>,
    pub(crate) new: Option<Made>,
    /// Whether they are the same, byte for byte.
    pub(crate) identical: bool,
    /// SSIMULACRA2 of the new one against the old one: up to 100. None if they
    /// cannot be compared.
    pub(crate) score: Option<f64>,
    /// The difference, as a PNG.
    #[serde(skip)]
    pub(crate) difference: Option<Vec<u8>>,
}

/// A rendition.
#[derive(Debug, Serialize)]
pub(crate) struct Made {
    pub(crate) media_type: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bytes: u64,
    #[serde(skip)]
    pub(crate) body: Bytes,
}

impl Side {
    /// Load a component with these parameters, or its own defaults.
    ///
    /// # Errors
    /// It refuses them.
    pub(crate) fn new(
        transform: Transform,
        digest: Digest,
        parameters: Option<&str>,
    ) -> Result<Self, Failure> {
        let description = transform.describe()?;
        let parameters = parameters.map_or(description.default_parameters, str::to_owned);
        transform.plan(&parameters)?;
        let name = format!("{} {}", description.name, description.version);
        Ok(Self { name, digest, transform, parameters })
    }
}

impl Comparison {
    /// Whether the new component makes all renditions of the old one, none below a score.
    pub(crate) fn well(&self, at_least: Option<f64>) -> bool {
        let rendered = self.new.error.is_none() || self.old.error.is_some();
        let same = |pair: &Pair| {
            let both = pair.old.is_some() && pair.new.is_some();
            let alike = at_least.is_none_or(|least| pair.score.is_none_or(|score| score >= least));
            both && alike
        };
        // If the old component failed, there is nothing to compare.
        rendered && (self.old.error.is_some() || self.renditions.iter().all(same))
    }
}

impl Comparer {
    /// Render a picture with both.
    pub(crate) fn compare(&self, picture: &Picture) -> Comparison {
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
