//! What goes through the pipes: lines of JSON, some with bytes after them.

use std::io::{self, BufRead, Read, Write};

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::component::TransformName;
use crate::digest::Digest;
use crate::gate::{Candidate, Picture, Proof, Refusal, Setting, Step};
use crate::sandbox::Artifact;

/// The most bytes of a line: the settings of a thousand routes, or what was found
/// out with them.
const MAX_LINE: u64 = 64 << 20;

/// The first line to the child. The component's bytes follow, then the
/// artifact's, then the pictures'.
#[derive(Serialize, Deserialize)]
struct Request {
    /// How much memory the child may take.
    memory: u64,
    transform: Option<TransformName>,
    settings: Vec<Setting>,
    component: usize,
    artifact: Option<(Digest, usize)>,
    pictures: Vec<(String, usize)>,
}

/// A line from the child.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answer {
    /// A step begins.
    Step(Step),
    /// The compiled component; this many bytes follow.
    Artifact(usize),
    /// It passed. The last line.
    Proved(Box<Proof>),
    /// It did not. The last line.
    Refused(Refusal),
    /// The sandbox cannot be had. The last line.
    Failed(String),
}

pub(super) fn write_candidate(
    to: &mut impl Write,
    candidate: &Candidate,
    memory: u64,
) -> io::Result<()> {
    let artifact = candidate.artifact.as_ref();
    let request = Request {
        memory,
        transform: candidate.transform.clone(),
        settings: candidate.settings.clone(),
        component: candidate.component.len(),
        artifact: artifact.map(|artifact| (artifact.digest(), artifact.bytes().len())),
        pictures: candidate.pictures.iter().map(|p| (p.name.clone(), p.body.len())).collect(),
    };
    write_line(to, &request)?;
    to.write_all(&candidate.component)?;
    if let Some(artifact) = artifact {
        to.write_all(artifact.bytes())?;
    }
    candidate.pictures.iter().try_for_each(|picture| to.write_all(&picture.body))?;
    to.flush()
}

pub(super) fn read_candidate(from: &mut impl BufRead) -> io::Result<(Candidate, u64)> {
    let request: Request =
        read_line(from)?.ok_or_else(|| io::Error::other("there is no request"))?;
    let component = read_bytes(from, request.component)?;
    let artifact = match request.artifact {
        Some((digest, length)) => {
            let bytes = read_bytes(from, length)?;
            Some(Artifact::verify(bytes, digest).map_err(io::Error::other)?)
        }
        None => None,
    };
    let mut pictures = Vec::with_capacity(request.pictures.len());
    for (name, length) in request.pictures {
        pictures.push(Picture { name, body: read_bytes(from, length)? });
    }
    let candidate = Candidate {
        component,
        transform: request.transform,
        settings: request.settings,
        pictures,
        artifact,
    };
    Ok((candidate, request.memory))
}

pub(super) fn write_line(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    to.write_all(b"\n")?;
    to.flush()
}

/// `None` at the end. A line that is longer than any honest one is an error.
pub(super) fn read_line<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    if from.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

pub(super) fn read_bytes(from: &mut impl BufRead, length: usize) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    from.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes.into())
}
