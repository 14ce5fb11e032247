//! Why a service of AWS gave no answer.

use std::error::Error;

use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};

use crate::cause::cause;
use crate::style;

/// Why a service gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AwsError {
    /// It refused the request.
    #[error("{operation}: {code}: {message}{}", remedy(.code, .operation))]
    Refused {
        /// The permission that it needs, such as `sqs:ReceiveMessage`.
        operation: &'static str,
        /// AWS's error code.
        code: String,
        /// AWS's message.
        message: String,
    },
    /// There was no valid answer.
    #[error("{operation}: no answer ({why}); check the network, AWS_REGION and AWS_ENDPOINT_URL")]
    Unreachable {
        /// As above.
        operation: &'static str,
        /// The final error.
        why: String,
    },
    /// There are no credentials.
    #[error("{operation}: there are no usable credentials ({why}); sign in, or set AWS_PROFILE")]
    SignedOut {
        /// As above.
        operation: &'static str,
        /// The final error.
        why: String,
    },
}

impl AwsError {
    /// The result of a request.
    pub(crate) fn of<E, R>(operation: &'static str, error: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        match error.as_service_error() {
            Some(refused) => Self::Refused {
                operation,
                code: style::plain(refused.code().unwrap_or("an unknown error")),
                message: style::plain(refused.message().unwrap_or("AWS does not say why")),
            },
            None => Self::unanswered(operation, &error),
        }
    }

    /// Why a request got no answer.
    pub(crate) fn unanswered(operation: &'static str, error: &(dyn Error + 'static)) -> Self {
        let why = style::plain(&cause(error));
        let mut causes = std::iter::successors(Some(error), |&error| error.source());
        if causes.any(|one| one.to_string().contains("credential")) {
            Self::SignedOut { operation, why }
        } else {
            Self::Unreachable { operation, why }
        }
    }

    /// AWS's name for the reason; empty if there was no answer.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } => code,
            Self::Unreachable { .. } | Self::SignedOut { .. } => "",
        }
    }
}

fn remedy(code: &str, operation: &str) -> String {
    let denied = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];
    let expired = ["ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException"];
    if denied.contains(&code) {
        format!("; your AWS identity needs the permission {operation}")
    } else if expired.contains(&code) {
        "; sign in again".to_owned()
    } else {
        String::new()
    }
}
