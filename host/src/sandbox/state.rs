//! What a running instance's imports work on.

use std::time::Instant;

use super::contract::RenditionSpec;
use super::failure::Failure;
use super::limits::{Limits, MemoryMeter};
use super::transfer::{RenditionSink, SourceInfo, SourceStream};

/// What of the standard output and the standard error output is kept.
const LOG_BYTES: usize = 8 * 1024;

/// What one call may hand over to the host besides renditions: a schema, a plan,
/// a message, names and attributes.
const SLACK_BYTES: usize = 4 << 20;

/// The state of one instance, which lives for one call or one picture.
pub(super) struct State {
    pub(super) memory: MemoryMeter,
    pub(super) limits: Limits,
    pub(super) deadline: Instant,
    pub(super) transfer: Option<Transfer>,
    log: Vec<u8>,
    pub(super) random: u64,
    /// What it asked for that is not granted, such as `wasi:cli/environment`.
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
    /// What is planned and not yet emitted.
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

    /// Remember what was asked for in vain.
    pub(super) fn ask(&mut self, capability: &str) {
        self.asked_for.get_or_insert_with(|| capability.to_owned());
    }

    /// What the next call may hand over to the host: what may still be emitted,
    /// and a little more. The host copies it, so it is memory of the host's.
    pub(super) fn copy_limit(&self) -> usize {
        let output = self.transfer.as_ref().map_or(0, |transfer| {
            self.limits.max_output_bytes.saturating_sub(transfer.emitted_bytes)
        });
        usize::try_from(output).unwrap_or(usize::MAX).saturating_add(SLACK_BYTES)
    }

    /// Keep what is written to the standard outputs, as far as there is room.
    pub(super) fn write_log(&mut self, bytes: &[u8]) {
        let room = self.log_room();
        self.log.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    /// How many bytes of the standard outputs will still be kept.
    pub(super) fn log_room(&self) -> usize {
        LOG_BYTES.saturating_sub(self.log.len())
    }

    /// The standard outputs as text.
    pub(super) fn log_text(&self) -> String {
        super::untrusted::log(&self.log)
    }
}
