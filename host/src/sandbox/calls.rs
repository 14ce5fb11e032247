//! The implementation of the contract's imports.

use bytes::Bytes;
use wasmtime::StoreContextMut;
use wasmtime::component::{HasSelf, Linker, Resource};

use super::contract::{OUTPUT, SourceHandle, input, limits, output, wit};
use super::failure::Failure;
use super::state::{State, Transfer};
use super::transfer::Rendition;
use super::{content, untrusted};

/// The maximum number of bytes per read of a source.
const READ_BYTES: usize = 1 << 20;

pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    input::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    limits::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    // By hand, because the generated binding has no access to the store.
    linker.instance(OUTPUT)?.func_wrap("emit", emit)
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
