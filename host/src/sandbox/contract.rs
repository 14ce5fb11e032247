//! The contract of `wit/transform.wit`, version 1.0: bindings, and what its
//! imports do.

use bytes::Bytes;
use wasmtime::StoreContextMut;
use wasmtime::component::{HasSelf, Linker, Resource};

use super::failure::Failure;
use super::state::{State, Transfer};
use super::transfer::Rendition;
use super::{content, untrusted};

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

/// The package that this host supports.
pub const PACKAGE: &str = "obscura:transform";
/// Its version.
pub const VERSION: &str = "1.0.0";
/// The interface that a transform exports.
pub const EXPORT: &str = "obscura:transform/transformer@1.0.0";
/// The interfaces that a transform may import.
pub(super) const IMPORTS: [&str; 3] =
    ["obscura:transform/input@1.0.0", "obscura:transform/limits@1.0.0", OUTPUT];
/// The interface to which renditions are emitted.
const OUTPUT: &str = "obscura:transform/output@1.0.0";

/// The maximum number of bytes per read of a source.
const READ_BYTES: usize = 1 << 20;

/// The `source` resource. An instance has one picture, so a handle carries
/// nothing.
#[derive(Debug)]
#[allow(unreachable_pub)] // the bindings re-export it
pub struct SourceHandle;

/// A transform's description.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its version, as in semantic versioning.
    pub version: String,
    /// A one-sentence summary.
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
    // By hand, because the generated binding has no access to the store.
    linker.instance(OUTPUT)?.func_wrap("emit", emit)
}

impl State {
    fn transfer(&mut self) -> wasmtime::Result<&mut Transfer> {
        // Both arms use `self`, so `ok_or_else` is not possible.
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
        let max = READ_BYTES.min(max as usize);
        let next = self.transfer()?.stream.next(max, deadline);
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

fn emit(
    mut store: StoreContextMut<'_, State>,
    (rendition,): (output::Rendition,),
) -> wasmtime::Result<()> {
    store.data_mut().emit(rendition)?;
    let fuel = store.data().copy_limit();
    store.set_hostcall_fuel(fuel);
    Ok(())
}

impl State {
    fn emit(&mut self, rendition: output::Rendition) -> wasmtime::Result<()> {
        let (deadline, limit) = (self.deadline, self.limits.max_output_bytes);
        let transfer = self.transfer()?;
        let accepted = admit(transfer, rendition, limit).and_then(|rendition| {
            transfer.sink.accept(rendition, deadline).map_err(Failure::Interrupted)
        });
        accepted.map_err(|failure| self.stop(failure))
    }
}

/// Check a rendition against the plan and the limits, and mark it as emitted.
fn admit(
    transfer: &mut Transfer,
    rendition: output::Rendition,
    limit: u64,
) -> Result<Rendition, Failure> {
    let output::Rendition { name, media_type, width, height, attributes, body } = rendition;
    transfer.emitted_bytes = transfer.emitted_bytes.saturating_add(body.len() as u64);
    if transfer.emitted_bytes > limit {
        return Err(Failure::OutputExceeded { limit });
    }
    let planned = transfer.outstanding.iter().position(|spec| spec.name == name);
    let Some(index) = planned else {
        return Err(Failure::PlanMismatch(format!(
            "the transform emitted `{}`, which it did not plan, or emitted it twice",
            untrusted::shown(&name)
        )));
    };
    let spec = transfer.outstanding.swap_remove(index);
    if !spec.media_types.contains(&media_type) {
        let planned = spec.media_types.iter().map(String::as_str);
        return Err(Failure::PlanMismatch(format!(
            "the transform emitted `{name}` as {}, but planned {}",
            untrusted::shown(&media_type),
            untrusted::list(planned, " or ")
        )));
    }
    content::check(&media_type, &body)
        .map_err(|what| Failure::MediaTypeWrong(format!("`{name}` {what}")))?;
    let attributes = untrusted::attributes(&name, attributes, &mut transfer.attribute_bytes)?;
    transfer.emitted += 1;
    Ok(Rendition { name, media_type, width, height, attributes, body: Bytes::from(body) })
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

impl From<wit::RenditionSpec> for RenditionSpec {
    fn from(spec: wit::RenditionSpec) -> Self {
        Self { name: spec.name, media_types: spec.media_types }
    }
}

impl From<wit::Error> for Failure {
    fn from(error: wit::Error) -> Self {
        let clip = |text: String| untrusted::message(&text);
        match error {
            wit::Error::UnsupportedFormat(message) => Self::UnsupportedFormat(clip(message)),
            wit::Error::Malformed(message) => Self::Malformed(clip(message)),
            wit::Error::LimitExceeded(message) => Self::LimitExceeded(clip(message)),
            wit::Error::InvalidParameters(message) => Self::InvalidParameters(clip(message)),
            wit::Error::Internal(message) => Self::Internal(clip(message)),
        }
    }
}
