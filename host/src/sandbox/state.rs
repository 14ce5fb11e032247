//! What a running instance's imports work on.

use std::time::Instant;

use super::contract::RenditionSpec;
use super::failure::Failure;
use super::limits::{Limits, MemoryMeter};
use super::transfer::{RenditionSink, SourceInfo, SourceStream};

/// What of the standard error output is kept.
const STDERR_BYTES: usize = 8 * 1024;

/// The state of one instance, which lives for one call or one picture.
pub(super) struct State {
    pub(super) memory: MemoryMeter,
    pub(super) limits: Limits,
    pub(super) deadline: Instant,
    pub(super) transfer: Option<Transfer>,
    pub(super) stderr: Vec<u8>,
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
}

impl State {
    pub(super) fn new(limits: Limits, deadline: Instant) -> Self {
        Self {
            memory: MemoryMeter::new(limits.max_memory_bytes),
            limits,
            deadline,
            transfer: None,
            stderr: Vec::new(),
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

    /// Keep what is written to the standard error output, as far as there is
    /// room.
    pub(super) fn write_stderr(&mut self, bytes: &[u8]) {
        let room = STDERR_BYTES.saturating_sub(self.stderr.len());
        self.stderr.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
    }

    /// The standard error output as text.
    pub(super) fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim().to_owned()
    }
}
