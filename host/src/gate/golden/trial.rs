//! One picture, twice.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::rendition;
use crate::code::Code;
use crate::document::sniff;
use crate::gate::{Picture, PictureFigures, Refusal, Setting, Step};
use crate::sandbox::{
    Basket, Failure, Interruption, Job, Limits, Rendition, Run, SourceInfo, SourceStream, Transform,
};

/// The timeout of a golden picture; they are small.
const MAX_TIME: Duration = Duration::from_secs(10);
/// The chunk size of the second run.
const PIECE: usize = 509;

/// A picture and its parameters.
pub(super) struct Trial<'a> {
    pub(super) transform: &'a Transform,
    pub(super) setting: &'a Setting,
    pub(super) picture: &'a Picture,
}

impl Trial<'_> {
    /// Render it twice, in fresh instances. The second time, everything differs that a rendition
    /// must not depend on: the key, the declared media type, and the chunks in which the bytes
    /// arrive.
    pub(super) fn run(&self) -> Result<PictureFigures, Refusal> {
        let body = &self.picture.body;
        let declared = SourceInfo {
            key: self.picture.name.clone(),
            size: body.len() as u64,
            content_type: Some(sniff(body).to_owned()),
        };
        let undeclared = SourceInfo {
            key: format!("again/{} 2", self.picture.name.to_uppercase()),
            content_type: None,
            ..declared.clone()
        };
        let (run, first) = self.render(declared, Box::new(body.clone()));
        let first = self.judge(&run, first)?;
        let (again, second) = self.render(undeclared, Box::new(Pieces(body.clone())));
        let second = self.judge(&again, second)?;
        self.compare(&first, &second)?;
        let (outcome, renditions) = match &first {
            Ok(renditions) => ("rendered".to_owned(), renditions.len()),
            Err(code) => (code.to_string(), 0),
        };
        Ok(PictureFigures {
            name: self.picture.name.clone(),
            used_by: self.setting.used_by.clone(),
            outcome,
            renditions,
            cpu_ms: run.measured.cpu.as_secs_f64() * 1e3,
            peak_memory_bytes: run.measured.peak_memory,
        })
    }

    fn render(&self, info: SourceInfo, stream: Box<dyn SourceStream>) -> (Run, Vec<Rendition>) {
        let basket = Basket::default();
        let run = self.transform.render(Job {
            info,
            stream,
            sink: Box::new(basket.clone()),
            parameters: self.setting.parameters.clone(),
            limits: Limits { max_time: MAX_TIME, ..Limits::default() },
            deadline: None,
        });
        (run, basket.take())
    }

    /// Correct renditions, or the code of an error that the picture causes.
    fn judge(
        &self,
        run: &Run,
        renditions: Vec<Rendition>,
    ) -> Result<Result<Vec<Rendition>, Code>, Refusal> {
        match &run.outcome {
            Ok(()) => {}
            Err(
                failure @ (Failure::UnsupportedFormat(_)
                | Failure::Malformed(_)
                | Failure::LimitExceeded(_)),
            ) => return Ok(Err(failure.code())),
            Err(failure) => {
                return Err(Refusal::of_failure(Step::Golden, &self.subject(), failure));
            }
        }
        for one in &renditions {
            rendition::check(one).map_err(|fault| fault.refusal(&self.subject(), &one.name))?;
        }
        Ok(Ok(renditions))
    }

    fn compare(
        &self,
        first: &Result<Vec<Rendition>, Code>,
        second: &Result<Vec<Rendition>, Code>,
    ) -> Result<(), Refusal> {
        let what = match (first, second) {
            (Ok(first), Ok(second)) => match first.iter().zip(second).find(|(a, b)| a != b) {
                Some((one, _)) => format!("`{}` came out differently", one.name),
                None if first.len() == second.len() => return Ok(()),
                None => "other renditions were made".to_owned(),
            },
            (Err(first), Err(second)) if first == second => return Ok(()),
            (first, second) => format!(
                "it ended as `{}`, not as `{}`",
                second.as_ref().err().map_or("rendered", |code| code.as_str()),
                first.as_ref().err().map_or("rendered", |code| code.as_str()),
            ),
        };
        Err(Refusal::new(
            Code::NotDeterministic,
            Step::Golden,
            format!("{}: rendered again under another key, {what}", self.subject()),
            "Let renditions depend only on the source's bytes and the parameters.",
        ))
    }

    fn subject(&self) -> String {
        let picture = &self.picture.name;
        format!("golden picture `{picture}`, with the parameters of {}", self.setting.used_by)
    }
}

/// Returns small chunks, whatever size is requested.
struct Pieces(Bytes);

impl SourceStream for Pieces {
    fn next(&mut self, max: usize, _: Instant) -> Result<Bytes, Interruption> {
        Ok(self.0.split_to(PIECE.min(max).min(self.0.len())))
    }
}
