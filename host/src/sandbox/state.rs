//! The state of a running instance.

use std::time::Instant;

use super::contract::RenditionSpec;
use super::failure::Failure;
use super::limits::{Limits, MemoryMeter};
use super::transfer::{RenditionSink, SourceInfo, SourceStream};

/// The maximum size of the kept standard output and standard error.
const LOG_BYTES: usize = 8 * 1024;

/// The maximum data that one call may pass to the host, apart from renditions: a schema, a plan, a
/// message, names and attributes.
const SLACK_BYTES: usize = 4 << 20;

/// The state of one instance, which lives for one call or one picture.
pub(super) struct State {
    pub(super) memory: MemoryMeter,
    pub(super) limits: Limits,
    pub(super) deadline: Instant,
    pub(super) transfer: Option<Transfer>,
    log: Vec<u8>,
    pub(super) random: u64,
    /// The first denied capability, such as `wasi:cli/environment`.
    pub(super) asked_for: Option<String>,
    /// Why a host function stopped the instance.
    pub(super) stopped: Option<Failure>,
}

/// The picture being rendered. There is none while a component only describes
/// itself or plans.
pub(super) struct Transfer {
    pub(super) info: SourceInfo,
    pub(super) stream: Box<dyn SourceStream>,
    pub(super) sink: Box<dyn RenditionSink>,
    /// Planned renditions that have not been emitted yet.
    pub(super) outstanding: Vec<RenditionSpec>,
    pub(super) emitted: usize,
    pub(super) emitted_bytes: u64,
    /// The size of all attributes as JSON.
    pub(super) attribute_bytes: usize,
}

impl State {
    pub(super) fn new(limits: Limits, deadline: Instant) -> Self {
        Self {
            memory: MemoryMeter::new(limits.max_memory_bytes),
            limits,
            deadline,
            transfer: None,
            log: Vec::new(),
            random: 0,
            asked_for: None,
            stopped: None,
        }
    }

    /// Stop the instance for this reason.
    pub(super) fn stop(&mut self, failure: Failure) -> wasmtime::Error {
        let error = wasmtime::Error::msg(failure.to_string());
        self.stopped = Some(failure);
        error
    }

    /// Record the first denied capability.
    pub(super) fn ask(&mut self, capability: &str) {
        self.asked_for.get_or_insert_with(|| capability.to_owned());
    }

    /// The limit for the next call's data: the rest of the output limit, and a small allowance. The
    /// host copies it, so it uses the host's memory.
    pub(super) fn copy_limit(&self) -> usize {
        let output = self.transfer.as_ref().map_or(0, |transfer| {
            self.limits.max_output_bytes.saturating_sub(transfer.emitted_bytes)
        });
        usize::try_from(output).unwrap_or(usize::MAX).saturating_add(SLACK_BYTES)
    }

    /// Keep output to the standard streams, as far as there is room.
    pub(super) fn write_log(&mut self, bytes: &[u8]) {
        let room = self.log_room();
        self.log.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    /// The remaining room for the standard streams, in bytes.
    pub(super) fn log_room(&self) -> usize {
        LOG_BYTES.saturating_sub(self.log.len())
    }

    /// The standard streams as text.
    pub(super) fn log_text(&self) -> String {
        super::untrusted::log(&self.log)
    }
}
