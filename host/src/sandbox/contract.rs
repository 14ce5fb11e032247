//! The contract of `wit/transform.wit`, version 1.0: bindings, and what its
//! imports do.

use bytes::Bytes;
use wasmtime::component::{HasSelf, Linker, Resource};

use super::failure::Failure;
use super::state::{State, Transfer};
use super::transfer::Rendition;

mod bindings {
    #![allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used)]
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "transform",
        imports: { default: trappable },
        with: { "obscura:transform/input.source": super::SourceHandle },
    });
}

use bindings::exports::obscura::transform::transformer as wit;
use bindings::obscura::transform::{input, limits, output};
pub(super) use bindings::{Transform as Bindings, TransformPre as BindingsPre};

/// The package that this host speaks.
pub const PACKAGE: &str = "obscura:transform";
/// Its version.
pub const VERSION: &str = "1.0.0";
/// The interface that a transform exports.
pub const EXPORT: &str = "obscura:transform/transformer@1.0.0";
/// The interfaces that a transform may import.
pub(super) const IMPORTS: [&str; 3] = [
    "obscura:transform/input@1.0.0",
    "obscura:transform/limits@1.0.0",
    "obscura:transform/output@1.0.0",
];

/// Attributes of one rendition: how many, and how many bytes together. They go
/// into the manifest.
const MAX_ATTRIBUTES: usize = 64;
const MAX_ATTRIBUTE_BYTES: usize = 8 * 1024;
/// Renditions of one plan.
const MAX_RENDITIONS: usize = 256;

/// The `source` resource. An instance has one picture, so a handle carries
/// nothing.
#[derive(Debug)]
#[allow(unreachable_pub)] // the bindings re-export it
pub struct SourceHandle;

/// What a transform says of itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version, as in semantic versioning.
    pub version: String,
    /// One sentence on what it does.
    pub summary: String,
    /// The media types that it reads.
    pub accepts: Vec<String>,
    /// A JSON Schema of its parameters.
    pub parameters_schema: String,
    /// The parameters that are used when none are configured.
    pub default_parameters: String,
}

/// A rendition that will be made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RenditionSpec {
    /// Its name.
    pub name: String,
    /// The media types that it can have.
    pub media_types: Vec<String>,
}

pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    input::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    limits::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    output::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
}

impl State {
    fn transfer(&mut self) -> wasmtime::Result<&mut Transfer> {
        // Both arms look at `self`, which is why this is no `ok_or_else`.
        if self.transfer.is_none() {
            return Err(self.stop(Failure::PlanMismatch(
                "`describe` and `plan` have no picture to read and nowhere to emit to; \
                 do it in `transform`"
                    .to_owned(),
            )));
        }
        self.transfer.as_mut().ok_or_else(|| wasmtime::Error::msg("no transfer"))
    }
}

impl input::Host for State {}

impl input::HostSource for State {
    fn key(&mut self, _: Resource<SourceHandle>) -> wasmtime::Result<String> {
        Ok(self.transfer()?.info.key.clone())
    }

    fn size(&mut self, _: Resource<SourceHandle>) -> wasmtime::Result<u64> {
        Ok(self.transfer()?.info.size)
    }

    fn content_type(&mut self, _: Resource<SourceHandle>) -> wasmtime::Result<Option<String>> {
        Ok(self.transfer()?.info.content_type.clone())
    }

    fn read(&mut self, _: Resource<SourceHandle>, max: u32) -> wasmtime::Result<Vec<u8>> {
        let deadline = self.deadline;
        let next = self.transfer()?.stream.next(max as usize, deadline);
        match next {
            Ok(bytes) => Ok(bytes.into()),
            Err(interruption) => Err(self.stop(Failure::Interrupted(interruption))),
        }
    }

    fn drop(&mut self, _: Resource<SourceHandle>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl limits::Host for State {
    fn max_pixels(&mut self) -> wasmtime::Result<u64> {
        Ok(self.limits.max_pixels)
    }

    fn max_frames(&mut self) -> wasmtime::Result<u32> {
        Ok(self.limits.max_frames)
    }

    fn max_memory(&mut self) -> wasmtime::Result<u64> {
        Ok(self.limits.max_memory_bytes)
    }
}

impl output::Host for State {
    fn emit(&mut self, rendition: output::Rendition) -> wasmtime::Result<()> {
        let (deadline, limit) = (self.deadline, self.limits.max_output_bytes);
        let transfer = self.transfer()?;
        let accepted = admit(transfer, &rendition, limit).and_then(|()| {
            let rendition = Rendition {
                name: rendition.name,
                media_type: rendition.media_type,
                width: rendition.width,
                height: rendition.height,
                attributes: rendition.attributes,
                body: Bytes::from(rendition.body),
            };
            transfer.sink.accept(rendition, deadline).map_err(Failure::Interrupted)
        });
        accepted.map_err(|failure| self.stop(failure))
    }
}

/// Check a rendition against the plan and the limits, and cross it off.
fn admit(
    transfer: &mut Transfer,
    rendition: &output::Rendition,
    limit: u64,
) -> Result<(), Failure> {
    let name = &rendition.name;
    transfer.emitted_bytes = transfer.emitted_bytes.saturating_add(rendition.body.len() as u64);
    if transfer.emitted_bytes > limit {
        return Err(Failure::OutputExceeded { limit });
    }
    let planned = transfer.outstanding.iter().position(|spec| spec.name == *name);
    let Some(index) = planned else {
        let shown: String = name.chars().take(80).collect();
        return Err(Failure::PlanMismatch(format!(
            "the transform emitted `{shown}`, which it did not plan, or emitted it twice"
        )));
    };
    let spec = transfer.outstanding.swap_remove(index);
    if !spec.media_types.contains(&rendition.media_type) {
        let shown: String = rendition.media_type.chars().take(80).collect();
        return Err(Failure::PlanMismatch(format!(
            "the transform emitted `{name}` as {shown}, but planned {}",
            spec.media_types.join(" or ")
        )));
    }
    let attribute_bytes: usize =
        rendition.attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
    if rendition.attributes.len() > MAX_ATTRIBUTES || attribute_bytes > MAX_ATTRIBUTE_BYTES {
        return Err(Failure::PlanMismatch(format!(
            "`{name}` has more than {MAX_ATTRIBUTES} attributes or {MAX_ATTRIBUTE_BYTES} bytes \
             of them"
        )));
    }
    transfer.emitted += 1;
    Ok(())
}

impl From<wit::Description> for Description {
    fn from(description: wit::Description) -> Self {
        Self {
            name: description.name,
            version: description.version,
            summary: description.summary,
            accepts: description.accepts,
            parameters_schema: description.parameters_schema,
            default_parameters: description.default_parameters,
        }
    }
}

impl From<wit::Error> for Failure {
    fn from(error: wit::Error) -> Self {
        match error {
            wit::Error::UnsupportedFormat(message) => Self::UnsupportedFormat(clip(message)),
            wit::Error::Malformed(message) => Self::Malformed(clip(message)),
            wit::Error::LimitExceeded(message) => Self::LimitExceeded(clip(message)),
            wit::Error::InvalidParameters(message) => Self::InvalidParameters(clip(message)),
            wit::Error::Internal(message) => Self::Internal(clip(message)),
        }
    }
}

/// A message as long as a person reads.
fn clip(message: String) -> String {
    const CHARACTERS: usize = 2000;
    if message.len() <= CHARACTERS { message } else { message.chars().take(CHARACTERS).collect() }
}

/// Check what `plan` announced, before keys are made of it.
pub(super) fn check_plan(specs: Vec<wit::RenditionSpec>) -> Result<Vec<RenditionSpec>, Failure> {
    if specs.len() > MAX_RENDITIONS {
        return Err(Failure::PlanMismatch(format!(
            "the transform planned {} renditions; {MAX_RENDITIONS} are allowed",
            specs.len()
        )));
    }
    let mut plan: Vec<RenditionSpec> = Vec::with_capacity(specs.len());
    for spec in specs {
        let shown: String = spec.name.chars().take(80).collect();
        let wrong = |what: &str| Err(Failure::PlanMismatch(format!("rendition `{shown}`: {what}")));
        let allowed = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if !(1..=64).contains(&spec.name.len()) || !spec.name.bytes().all(allowed) {
            return wrong("a name has 1 to 64 characters of a-z, 0-9, - and _");
        }
        if crate::key::RESERVED_NAMES.contains(&spec.name.as_str()) {
            return wrong("this name is reserved");
        }
        if plan.iter().any(|other| other.name == spec.name) {
            return wrong("it is planned twice");
        }
        let media_type =
            |text: &String| text.len() <= 100 && mediatype::MediaType::parse(text).is_ok();
        if spec.media_types.is_empty() || !spec.media_types.iter().all(media_type) {
            return wrong("it needs at least one valid media type");
        }
        plan.push(RenditionSpec { name: spec.name, media_types: spec.media_types });
    }
    Ok(plan)
}
