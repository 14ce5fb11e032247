//! The protocol of the pipes: lines of JSON, some followed by bytes.

use std::io::{self, BufRead, Read, Write};

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::component::TransformName;
use crate::digest::Digest;
use crate::gate::{
    Candidate, DocumentCandidate, Judgement, Picture, Proof, Refusal, Setting, Step,
};
use crate::sandbox::Artifact;

/// The maximum length of a line: the settings of a thousand routes, or the results for them.
const MAX_LINE: u64 = 64 << 20;

/// A task for the child.
#[derive(Debug)]
pub(super) enum Task {
    /// Prove a component.
    Component(Box<Candidate>),
    /// Check a document.
    Document(DocumentCandidate),
}

/// The first line to the child.
#[derive(Serialize, Deserialize)]
struct Request {
    /// The child's memory limit.
    memory: u64,
    what: What,
}

#[derive(Serialize, Deserialize)]
enum What {
    /// The component's bytes follow, then the artifact's, then the pictures'.
    Component {
        transform: Option<TransformName>,
        settings: Vec<Setting>,
        component: usize,
        artifact: Option<(Digest, usize)>,
        pictures: Vec<(String, usize)>,
    },
    /// The document's text follows, then the artifacts.
    Document { text: usize, components: Vec<(Digest, usize)>, uses: Vec<Option<usize>> },
}

/// A message from the child.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answer {
    /// A step begins.
    Step(Step),
    /// The compiled component; this many bytes follow.
    Artifact(usize),
    /// It passed. The last line.
    Proved(Box<Proof>),
    /// The verdict on a document. The last line.
    Judged(Box<Judgement>),
    /// It was refused. The last line.
    Refused(Refusal),
    /// The sandbox failed. The last line.
    Failed(String),
}

pub(super) fn write_task(to: &mut impl Write, task: &Task, memory: u64) -> io::Result<()> {
    let named = |artifact: &Artifact| (artifact.digest(), artifact.bytes().len());
    match task {
        Task::Component(candidate) => {
            let what = What::Component {
                transform: candidate.transform.clone(),
                settings: candidate.settings.clone(),
                component: candidate.component.len(),
                artifact: candidate.artifact.as_ref().map(named),
                pictures: candidate
                    .pictures
                    .iter()
                    .map(|p| (p.name.clone(), p.body.len()))
                    .collect(),
            };
            write_line(to, &Request { memory, what })?;
            to.write_all(&candidate.component)?;
            if let Some(artifact) = &candidate.artifact {
                to.write_all(artifact.bytes())?;
            }
            candidate.pictures.iter().try_for_each(|picture| to.write_all(&picture.body))?;
        }
        Task::Document(candidate) => {
            let what = What::Document {
                text: candidate.text.len(),
                components: candidate.components.iter().map(named).collect(),
                uses: candidate.uses.clone(),
            };
            write_line(to, &Request { memory, what })?;
            to.write_all(&candidate.text)?;
            candidate.components.iter().try_for_each(|one| to.write_all(one.bytes()))?;
        }
    }
    to.flush()
}

pub(super) fn read_task(from: &mut impl BufRead) -> io::Result<(Task, u64)> {
    let Request { memory, what } =
        read_line(from)?.ok_or_else(|| io::Error::other("there is no request"))?;
    let task = match what {
        What::Component { transform, settings, component, artifact, pictures } => {
            let component = read_bytes(from, component)?;
            let artifact = artifact.map(|named| read_artifact(from, named)).transpose()?;
            let pictures = pictures
                .into_iter()
                .map(|(name, length)| Ok(Picture { name, body: read_bytes(from, length)? }));
            let pictures = pictures.collect::<io::Result<_>>()?;
            let candidate = Candidate { component, transform, settings, pictures, artifact };
            Task::Component(Box::new(candidate))
        }
        What::Document { text, components, uses } => {
            let text = read_bytes(from, text)?;
            let components = components.into_iter().map(|named| read_artifact(from, named));
            let components = components.collect::<io::Result<_>>()?;
            Task::Document(DocumentCandidate { text, components, uses })
        }
    };
    Ok((task, memory))
}

fn read_artifact(from: &mut impl Read, (digest, length): (Digest, usize)) -> io::Result<Artifact> {
    Artifact::verify(read_bytes(from, length)?, digest).map_err(io::Error::other)
}

pub(super) fn write_line(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    to.write_all(b"\n")?;
    to.flush()
}

/// `None` at the end. A line above the maximum length is an error.
pub(super) fn read_line<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    if from.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

pub(super) fn read_bytes(from: &mut impl Read, length: usize) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    from.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes.into())
}
