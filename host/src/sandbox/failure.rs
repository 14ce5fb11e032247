//! Failures of a run.

use super::imports::RefusedImports;
use super::transfer::Interruption;
use crate::code::Code;

/// Why a run failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The transform reports that it does not read this format.
    #[error("{0}")]
    UnsupportedFormat(String),
    /// The transform reports that the picture is damaged.
    #[error("{0}")]
    Malformed(String),
    /// The transform reports that the picture is larger than the limits allow.
    #[error("{0}")]
    LimitExceeded(String),
    /// The transform refuses these parameters.
    #[error("{0}")]
    InvalidParameters(String),
    /// The transform reports an internal fault.
    #[error("the transform failed: {0}")]
    Internal(String),
    /// It requested a capability that the sandbox does not grant, and failed.
    #[error("the transform tried to use {capability}, which the sandbox does not grant: {message}")]
    CapabilityDenied {
        /// The capability, such as `wasi:cli/environment`.
        capability: String,
        /// Its message, or how it ended.
        message: String,
    },
    /// It trapped: a panic, an out-of-bounds access, a stack overflow, an exit.
    #[error("the transform trapped: {0}")]
    Trapped(String),
    /// It did not finish within its time limit.
    #[error("the transform did not finish within {seconds:.1} s")]
    TimeExceeded {
        /// The time limit in seconds.
        seconds: f64,
    },
    /// The remaining time of this event was too short; a retry may have enough.
    #[error("the time left for this event was too short ({seconds:.1} s)")]
    OutOfTime {
        /// The remaining time, in seconds.
        seconds: f64,
    },
    /// It exceeded its memory limit.
    #[error("the transform needed more than {limit} bytes of memory")]
    MemoryExceeded {
        /// The limit in bytes.
        limit: u64,
    },
    /// It exceeded its output limit.
    #[error("the transform emitted more than {limit} bytes")]
    OutputExceeded {
        /// The limit in bytes.
        limit: u64,
    },
    /// Its output does not match its plan.
    #[error("{0}")]
    PlanMismatch(String),
    /// It succeeded without emitting anything.
    #[error("the transform ended without emitting any of the {planned} planned renditions")]
    NoRenditions {
        /// The number of planned renditions.
        planned: usize,
    },
    /// This host does not support its world.
    #[error("{0}")]
    WorldMismatch(String),
    /// It has an import that is not on the list.
    #[error("{0}")]
    ImportNotAllowed(RefusedImports),
    /// Its description is invalid.
    #[error("{0}")]
    DescriptionInvalid(String),
    /// It plans a media type that is not allowed.
    #[error("`{rendition}` is planned as {media_type}, which is not allowed here")]
    MediaTypeNotAllowed {
        /// The rendition.
        rendition: String,
        /// Its media type.
        media_type: String,
    },
    /// The bytes of a rendition do not match its media type.
    #[error("{0}")]
    MediaTypeWrong(String),
    /// The download or an upload was interrupted.
    #[error("{0}")]
    Interrupted(Interruption),
    /// The engine failed, not the component.
    #[error("the sandbox failed: {0}")]
    Host(String),
}

impl Failure {
    /// Its code in logs, metrics and alarms. A code never changes its meaning, and is never reused.
    pub fn code(&self) -> Code {
        match self {
            Self::UnsupportedFormat(_) => Code::UnsupportedFormat,
            Self::Malformed(_) => Code::Malformed,
            Self::LimitExceeded(_) => Code::LimitExceeded,
            Self::InvalidParameters(_) => Code::InvalidParameters,
            Self::Internal(_) => Code::TransformInternal,
            Self::CapabilityDenied { .. } => Code::CapabilityDenied,
            Self::Trapped(_) => Code::TransformTrapped,
            Self::TimeExceeded { .. } => Code::TimeExceeded,
            Self::OutOfTime { .. } => Code::OutOfTime,
            Self::MemoryExceeded { .. } => Code::MemoryExceeded,
            Self::OutputExceeded { .. } => Code::OutputExceeded,
            Self::PlanMismatch(_) => Code::PlanMismatch,
            Self::NoRenditions { .. } => Code::NoRenditions,
            Self::WorldMismatch(_) => Code::WorldMismatch,
            Self::ImportNotAllowed(_) => Code::ImportNotAllowed,
            Self::DescriptionInvalid(_) => Code::DescriptionInvalid,
            Self::MediaTypeNotAllowed { .. } => Code::MediaTypeNotAllowed,
            Self::MediaTypeWrong(_) => Code::MediaTypeWrong,
            Self::Interrupted(_) => Code::Interrupted,
            Self::Host(_) => Code::SandboxFailed,
        }
    }
}
