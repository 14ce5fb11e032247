//! Invokes functions: those of a deployment, or of `obscura serve`.

use obscura_local::{Caller, Profile};
use serde_json::Value;

#[cfg(not(feature = "operate"))]
use crate::absent::Absent;
#[cfg(feature = "operate")]
use crate::aws;

/// Invokes functions.
pub(crate) enum Functions {
    /// Those of `obscura serve`.
    Local(Caller),
    /// Those in AWS.
    #[cfg(feature = "operate")]
    Aws(aws_sdk_lambda::Client),
}

impl Functions {
    /// With the credentials, the region and the endpoint of the environment.
    ///
    /// # Errors
    /// This build has no client of Lambda, or there are no credentials.
    #[cfg(feature = "operate")]
    pub(crate) async fn from_environment() -> anyhow::Result<Self> {
        Ok(Self::Aws(aws::Aws::from_environment().await?.lambda()))
    }

    /// Always fails: this build has no client of Lambda.
    #[cfg(not(feature = "operate"))]
    pub(crate) async fn from_environment() -> anyhow::Result<Self> {
        Err(Absent("the client of AWS Lambda".to_owned()).into())
    }

    /// Those of `obscura serve`.
    pub(crate) fn local(profile: Profile) -> Self {
        Self::Local(Caller::new(profile))
    }

    /// Invoke a function, and wait for its answer.
    ///
    /// # Errors
    /// The function failed, or could not be invoked.
    pub(crate) async fn invoke(&self, function: &str, payload: &Value) -> anyhow::Result<Value> {
        match self {
            Self::Local(caller) => Ok(caller.invoke(function, payload).await?),
            #[cfg(feature = "operate")]
            Self::Aws(lambda) => aws::invoke(lambda, function, payload).await,
        }
    }
}
