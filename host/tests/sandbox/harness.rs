//! Running a fixture and checking the result.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use obscura::sandbox::{
    Artifact, Failure, Interruption, Job, Limits, Rendition, RenditionSink, Run, Sandbox,
    SourceInfo, SourceStream, Transform,
};

use crate::support::fixtures;

/// A sandbox with one fixture. Each test has its own, as a sandbox runs at most eight instances at
/// a time.
pub(crate) struct Guest {
    transform: Transform,
}

/// The result of one picture.
pub(crate) struct Trial {
    pub(crate) run: Run,
    pub(crate) renditions: Vec<Rendition>,
}

impl Trial {
    /// The one rendition of a run that must have succeeded.
    pub(crate) fn rendition(&self) -> &Rendition {
        assert!(self.run.outcome.is_ok(), "{:?}", self.run);
        assert_eq!(self.renditions.len(), 1);
        &self.renditions[0]
    }

    /// The failure of a run that must have failed.
    pub(crate) fn failure(&self) -> &Failure {
        self.run.outcome.as_ref().expect_err("this run must fail")
    }
}

/// The compiled fixture; compiled once per process.
pub(crate) fn artifact(name: &str) -> Artifact {
    static COMPILED: Mutex<Option<HashMap<String, Artifact>>> = Mutex::new(None);
    let mut compiled = COMPILED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let compile = || Artifact::compile(&Sandbox::new().unwrap(), &fixtures::component(name));
    compiled
        .get_or_insert_default()
        .entry(name.to_owned())
        .or_insert_with(|| compile().unwrap())
        .clone()
}

/// Parameters of the hostile fixture.
pub(crate) fn behave(behave: &str, amount: u64, text: &str) -> String {
    serde_json::json!({ "behave": behave, "amount": amount, "text": text }).to_string()
}

/// The output of one run.
#[derive(Clone, Default)]
pub(crate) struct Basket(Arc<Mutex<Vec<Rendition>>>);

impl RenditionSink for Basket {
    fn accept(&mut self, rendition: Rendition, _: Instant) -> Result<(), Interruption> {
        self.0.lock().unwrap().push(rendition);
        Ok(())
    }
}

/// A job that would succeed.
pub(crate) fn job(parameters: &str) -> Job {
    Job {
        info: SourceInfo { key: "a picture".into(), size: 7, content_type: None },
        stream: Box::new(Bytes::from_static(b"picture")),
        sink: Box::new(Basket::default()),
        parameters: parameters.to_owned(),
        limits: Limits::default(),
        deadline: None,
    }
}

impl Guest {
    pub(crate) fn new(fixture: &str) -> Self {
        Self::of(Transform::load(&Sandbox::new().unwrap(), &artifact(fixture)).unwrap())
    }

    pub(crate) fn of(transform: Transform) -> Self {
        Self { transform }
    }

    pub(crate) fn hostile() -> Self {
        Self::new("hostile")
    }

    pub(crate) fn transform(&self) -> &Transform {
        &self.transform
    }

    /// Render a small source.
    pub(crate) fn run(&self, parameters: &str, limits: Limits) -> Trial {
        self.render(Job { limits, ..job(parameters) })
    }

    /// Render this source.
    pub(crate) fn read(&self, stream: impl SourceStream + 'static, parameters: &str) -> Trial {
        self.render(Job { stream: Box::new(stream), ..job(parameters) })
    }

    /// Render, and collect the renditions.
    pub(crate) fn render(&self, job: Job) -> Trial {
        let basket = Basket::default();
        let run = self.transform.render(Job { sink: Box::new(basket.clone()), ..job });
        let renditions = std::mem::take(&mut *basket.0.lock().unwrap());
        Trial { run, renditions }
    }

    /// Misbehave, fail with this code, and render the next picture. The time limit is two seconds
    /// for timeouts, and two minutes otherwise, so that a busy machine does not affect the result.
    pub(crate) fn ends_in(&self, code: &str, parameters: &str) -> Failure {
        let seconds = if code == "time-exceeded" { 2 } else { 120 };
        let limits = Limits { max_time: Duration::from_secs(seconds), ..Limits::default() };
        let trial = self.run(parameters, limits);
        let failure = trial.failure().clone();
        assert_eq!(failure.code().as_str(), code, "{failure:?}");
        self.still_works();
        failure
    }

    /// The next picture is rendered.
    pub(crate) fn still_works(&self) {
        let trial = self.run(&behave("well", 0, ""), Limits::default());
        assert_eq!(trial.rendition().name, "result");
    }
}
