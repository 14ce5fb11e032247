//! How a run can fail.

use super::imports::RefusedImports;
use super::transfer::Interruption;
use crate::code::Code;

/// Why a run gave no renditions, or not all of them.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The transform says that it does not read this format.
    #[error("{0}")]
    UnsupportedFormat(String),
    /// The transform says that the picture is damaged.
    #[error("{0}")]
    Malformed(String),
    /// The transform says that the picture is larger than the limits allow.
    #[error("{0}")]
    LimitExceeded(String),
    /// The transform does not take these parameters.
    #[error("{0}")]
    InvalidParameters(String),
    /// The transform reports a fault of its own.
    #[error("the transform failed: {0}")]
    Internal(String),
    /// It asked for something that the sandbox does not grant, and gave up.
    #[error("the transform tried to use {capability}, which the sandbox does not grant: {message}")]
    CapabilityDenied {
        /// What it asked for, such as `wasi:cli/environment`.
        capability: String,
        /// What it said, or how it ended.
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
    /// The time that was left for this event was too short; it may be enough
    /// on another try.
    #[error("the time left for this event was too short ({seconds:.1} s)")]
    OutOfTime {
        /// The time that was left, in seconds.
        seconds: f64,
    },
    /// It wanted more memory than it may have.
    #[error("the transform needed more than {limit} bytes of memory")]
    MemoryExceeded {
        /// The limit in bytes.
        limit: u64,
    },
    /// It emitted more than it may.
    #[error("the transform emitted more than {limit} bytes")]
    OutputExceeded {
        /// The limit in bytes.
        limit: u64,
    },
    /// What it emitted is not what it planned.
    #[error("{0}")]
    PlanMismatch(String),
    /// It succeeded without emitting anything.
    #[error("the transform ended without emitting any of the {planned} planned renditions")]
    NoRenditions {
        /// How many were planned.
        planned: usize,
    },
    /// Its world is not one that this host speaks.
    #[error("{0}")]
    WorldMismatch(String),
    /// It imports something that is not on the list.
    #[error("{0}")]
    ImportNotAllowed(RefusedImports),
    /// What it says of itself cannot be used.
    #[error("{0}")]
    DescriptionInvalid(String),
    /// It plans a media type that its renditions may not have.
    #[error("`{rendition}` is planned as {media_type}, which is not allowed here")]
    MediaTypeNotAllowed {
        /// The rendition.
        rendition: String,
        /// Its media type.
        media_type: String,
    },
    /// The bytes of a rendition are not what they are said to be.
    #[error("{0}")]
    MediaTypeWrong(String),
    /// The download or an upload broke off.
    #[error("{0}")]
    Interrupted(Interruption),
    /// The engine failed, not the component.
    #[error("the sandbox failed: {0}")]
    Host(String),
}

impl Failure {
    /// What logs, metrics and alarms call it. A code never changes its meaning,
    /// and is never used again for another one.
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
