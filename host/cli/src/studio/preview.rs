//! Runs a transform on a picture with other parameters, without storing anything, in the same
//! sandbox as the transform function, with its own limits.

use std::time::Duration;

use bytes::Bytes;
use obscura::component::{Channel, Release, TransformName, component_key};
use obscura::digest::Digest;
use obscura::document::{sniff, text_of};
use obscura::error::{Code, Error};
use obscura::sandbox::{
    Artifact, Basket, Description, Job, Limits, Rendition, SourceInfo, Transform,
};
use obscura::store::Fetched;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::problem::{Problem, Trouble};
use super::{Shared, Studio};
use crate::diff::score;

/// The time limit, for interactive use.
const LONGEST: Duration = Duration::from_secs(15);
/// The maximum size of a component.
const MAX_COMPONENT_BYTES: u64 = 64 << 20;

/// Selects a published component.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Component {
    /// The transform.
    pub(super) transform: TransformName,
    /// The component's digest. Default: the stable one.
    pub(super) digest: Option<Digest>,
}

/// A component's description.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Described {
    /// Its digest.
    digest: Digest,
    /// Its version.
    version: String,
    /// A one-sentence summary.
    summary: String,
    /// The media types that it reads.
    accepts: Vec<String>,
    /// The JSON Schema of its parameters, as text: the order of its fields is the author's.
    schema: String,
    /// Its default parameters, as JSON text.
    defaults: String,
}

/// The preview to make.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Trial {
    #[serde(flatten)]
    component: Component,
    /// The parameters. Default: the transform's.
    parameters: Option<Value>,
    /// The picture: a key in the source bucket,
    key: Option<String>,
    /// or a file that was uploaded to /api/scratch.
    file: Option<Digest>,
}

/// The result.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Tried {
    /// The component.
    digest: Digest,
    /// The picture, as a file of /files/made.
    source: Digest,
    /// Its size in bytes.
    source_bytes: u64,
    /// The renditions.
    renditions: Vec<Made>,
    /// Why there are no renditions.
    problem: Option<Trouble>,
    /// Processor time in milliseconds.
    cpu_ms: f64,
    /// Wall-clock time in milliseconds.
    wall_ms: f64,
    /// Peak memory, in bytes.
    peak_memory_bytes: u64,
    /// The transform's output to its log.
    log: String,
}

/// A rendition in temporary storage.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Made {
    /// Its name.
    pub(super) name: String,
    /// Its media type.
    pub(super) media_type: String,
    /// Its width in pixels.
    pub(super) width: u32,
    /// Its height in pixels.
    pub(super) height: u32,
    /// Its size in bytes.
    pub(super) bytes: u64,
    /// Its name under /files/made.
    pub(super) file: Digest,
    /// Its attributes.
    pub(super) attributes: Vec<(String, String)>,
}

/// Two files of /files/made.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Two {
    /// The original.
    original: Digest,
    /// The file to score.
    file: Digest,
}

/// The similarity of two pictures.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Judged {
    /// SSIMULACRA2: 100 is identical, 90 is indistinguishable, 70 is good, 50 is fair.
    score: Option<f64>,
    /// What was compared, or why it cannot be compared.
    note: String,
}

/// A file in temporary storage.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Scratch {
    /// Its name under /files/made.
    file: Digest,
    /// Its media type, detected from its bytes.
    media_type: String,
    /// Its size in bytes.
    bytes: u64,
}

impl Studio {
    /// A published component, ready to run.
    pub(super) async fn load(&self, wanted: &Component) -> Result<(Release, Transform), Problem> {
        let name = &wanted.transform;
        let release = match wanted.digest {
            Some(digest) => self.registry.published(name, digest).await?,
            None => {
                let pointers =
                    obscura::component::Pointers::new(self.store.clone(), &self.components);
                pointers.read(name, Channel::Stable).await?.value.map(|pointer| pointer.release)
            }
        };
        let release = release.ok_or_else(|| {
            let message =
                format!("the transform `{name}` is not published, or not under this digest");
            Problem::missing(&message, "See the list of transforms, or publish it.")
        })?;
        match self.registry.load(release.clone()).await {
            Ok(active) => Ok((release, active.transform)),
            // It was published for another engine.
            Err(Error::Fault(fault)) if fault.code == Code::ArtifactMissing => {
                let transform = self.compile(&release).await?;
                Ok((release, transform))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn compile(&self, release: &Release) -> Result<Transform, Problem> {
        let key = component_key(&release.transform, release.digest);
        let Fetched::Object(object) = self.store.get(&self.components, &key, None).await? else {
            return Err(Problem::missing(&format!("{key} does not exist"), "Publish it again."));
        };
        let bytes = object.body.collect(MAX_COMPONENT_BYTES).await?;
        if Digest::of(&bytes) != release.digest {
            let message = format!("{key} is not what was published");
            return Err(Problem::asked(&message, "Publish it again; find out who writes there."));
        }
        let sandbox = self.sandbox.clone();
        blocking(move || {
            let artifact = Artifact::compile(&sandbox, &bytes)
                .map_err(|error| anyhow::anyhow!("{error:#}"))?;
            Ok(Transform::load(&sandbox, &artifact)?)
        })
        .await
    }

    /// Run a component on a picture.
    pub(super) async fn run(
        &self,
        transform: Transform,
        parameters: String,
        key: String,
        body: Bytes,
    ) -> Result<(obscura::sandbox::Run, Vec<Rendition>), Problem> {
        // Dragging a slider causes many requests; leave resources for other work.
        let _turn = self.previews.acquire().await;
        blocking(move || {
            let basket = Basket::default();
            let run = transform.render(Job {
                info: SourceInfo { key, size: body.len() as u64, content_type: None },
                stream: Box::new(body),
                sink: Box::new(basket.clone()),
                parameters,
                limits: Limits { max_time: LONGEST, ..Limits::default() },
                deadline: None,
            });
            Ok((run, basket.take()))
        })
        .await
    }

    pub(super) fn keep(&self, rendition: Rendition) -> Made {
        let Rendition { name, media_type, width, height, attributes, body } = rendition;
        let bytes = body.len() as u64;
        let file = self.shelf.keep(&media_type, body);
        Made { name, media_type, width, height, bytes, file, attributes }
    }
}

/// CPU-bound work.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Problem::from(anyhow::Error::from(error)))?
}

/// A component's description.
pub(super) async fn describe(studio: Shared, wanted: Component) -> Result<Described, Problem> {
    let (release, transform) = studio.load(&wanted).await?;
    let description = blocking(move || Ok(transform.describe()?)).await?;
    let Description { version, summary, accepts, parameters_schema, default_parameters, .. } =
        description;
    Ok(Described {
        digest: release.digest,
        version,
        summary,
        accepts,
        schema: parameters_schema,
        defaults: default_parameters,
    })
}

/// Try parameters.
pub(super) async fn run(studio: Shared, trial: Trial) -> Result<Tried, Problem> {
    let (release, transform) = studio.load(&trial.component).await?;
    let (key, body) = match (trial.file, trial.key) {
        (Some(file), key) => {
            let file = studio
                .shelf
                .get(file)
                .ok_or_else(|| Problem::missing("the picture has expired", "Choose it again."))?;
            (key.unwrap_or_else(|| "picture".to_owned()), file.body)
        }
        (None, Some(key)) => {
            let body = studio.read_source(&key).await?;
            (key, body)
        }
        (None, None) => return Err(Problem::asked("no picture is named", "Choose a picture.")),
    };
    let source = studio.shelf.keep(sniff(&body), body.clone());
    let source_bytes = body.len() as u64;
    // The same text that the pipeline passes, so that the bytes are the same.
    let parameters = text_of(trial.parameters.as_ref());
    let (run, renditions) = studio.run(transform, parameters, key, body).await?;
    let problem = run.outcome.err().map(|failure| Trouble::of(failure.code(), &failure));
    let renditions = if problem.is_some() { Vec::new() } else { renditions };
    Ok(Tried {
        digest: release.digest,
        source,
        source_bytes,
        renditions: renditions.into_iter().map(|one| studio.keep(one)).collect(),
        problem,
        cpu_ms: run.measured.cpu.as_secs_f64() * 1e3,
        wall_ms: run.measured.wall.as_secs_f64() * 1e3,
        peak_memory_bytes: run.measured.peak_memory,
        log: run.log,
    })
}

/// Score one file against another.
pub(super) async fn judge(studio: Shared, two: Two) -> Result<Judged, Problem> {
    let [original, file] = [two.original, two.file].map(|id| studio.shelf.get(id));
    let (Some(original), Some(file)) = (original, file) else {
        return Err(Problem::missing("a file has expired", "Try the parameters again."));
    };
    let _turn = studio.judging.acquire().await;
    blocking(move || {
        Ok(match score::against(&original.body, &file.body) {
            Ok(score::Against { value, scaled }) => {
                let note = match scaled {
                    true => "against the source, scaled to the same size",
                    false => "against the other, pixel by pixel",
                };
                Judged { score: Some(value), note: note.to_owned() }
            }
            Err(why) => Judged { score: None, note: why.to_owned() },
        })
    })
    .await
}

/// Keep a file in memory for previews.
pub(super) async fn scratch(
    studio: Shared,
    _: super::api::Nothing,
    body: Bytes,
) -> Result<Scratch, Problem> {
    let (media_type, bytes) = (sniff(&body), body.len() as u64);
    let file = studio.shelf.keep(media_type, body);
    Ok(Scratch { file, media_type: media_type.to_owned(), bytes })
}
