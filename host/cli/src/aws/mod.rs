//! Clients of AWS services, with credentials from the environment, and their errors in readable
//! form.

use std::time::Duration;

use anyhow::{Context as _, bail};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_lambda::primitives::Blob;
use aws_smithy_http_client::tls;
use aws_smithy_types::endpoint::Endpoint;
use serde_json::Value;

mod cloudwatch;
mod error;

pub(crate) use cloudwatch::{Alarm, CloudWatch};
pub(crate) use error::AwsError;

use crate::style;

/// The timeout of connecting.
const CONNECT: Duration = Duration::from_secs(5);
/// Attempts per request, including the first: an operator's many requests are sometimes throttled.
const ATTEMPTS: u32 = 4;

/// Clients of one account and region.
pub(crate) struct Aws {
    config: SdkConfig,
}

impl Aws {
    /// With the credentials, the region and the endpoint of the environment.
    ///
    /// # Errors
    /// No region is set.
    pub(crate) async fn from_environment() -> anyhow::Result<Self> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build());
        // AWS_MAX_ATTEMPTS, if set, is respected.
        if std::env::var_os("AWS_MAX_ATTEMPTS").is_none() {
            loader = loader.retry_config(RetryConfig::adaptive().with_max_attempts(ATTEMPTS));
        }
        let config = loader.load().await;
        config.region().context("no region is set; set AWS_REGION")?;
        Ok(Self { config })
    }

    /// The region.
    pub(crate) fn region(&self) -> String {
        self.config.region().map(ToString::to_string).unwrap_or_default()
    }

    /// Lambda.
    pub(crate) fn lambda(&self) -> aws_sdk_lambda::Client {
        aws_sdk_lambda::Client::new(&self.config)
    }

    /// SQS.
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// CloudWatch Logs.
    pub(crate) fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::new(&self.config)
    }

    /// S3 Control. AWS has a host for each account; a configured endpoint has one for all.
    pub(crate) fn s3control(&self) -> aws_sdk_s3control::Client {
        let mut config = aws_sdk_s3control::config::Builder::from(&self.config);
        if let Some(url) = self.config.endpoint_url() {
            config = config.endpoint_resolver(Given(url.to_owned()));
        }
        aws_sdk_s3control::Client::from_conf(config.build())
    }

    /// CloudWatch.
    ///
    /// # Errors
    /// There are no credentials.
    pub(crate) fn cloudwatch(&self) -> anyhow::Result<CloudWatch> {
        CloudWatch::new(&self.config)
    }
}

/// One address for all requests.
#[derive(Debug)]
struct Given(String);

impl aws_sdk_s3control::config::endpoint::ResolveEndpoint for Given {
    fn resolve_endpoint<'a>(
        &'a self,
        _: &'a aws_sdk_s3control::config::endpoint::Params,
    ) -> aws_sdk_s3control::config::endpoint::EndpointFuture<'a> {
        let endpoint = Endpoint::builder().url(self.0.clone()).build();
        aws_sdk_s3control::config::endpoint::EndpointFuture::ready(Ok(endpoint))
    }
}

/// Invoke a function, and wait for its answer.
///
/// # Errors
/// The function failed, or could not be invoked.
pub(crate) async fn invoke(
    lambda: &aws_sdk_lambda::Client,
    function: &str,
    payload: &Value,
) -> anyhow::Result<Value> {
    let request = lambda.invoke().function_name(function);
    let answer = request.payload(Blob::new(payload.to_string())).send().await;
    let answer = answer.map_err(|error| AwsError::of("lambda:InvokeFunction", error))?;
    let said = answer.payload().map(Blob::as_ref).unwrap_or_default();
    if answer.function_error().is_some() {
        bail!("{}", failure(said));
    }
    Ok(serde_json::from_slice(said)?)
}

/// What a failed function said: its message, or else the beginning of its answer.
fn failure(said: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(said).unwrap_or_default();
    let message = answer["errorMessage"].as_str().map(str::to_owned);
    let message = message.unwrap_or_else(|| String::from_utf8_lossy(said).into_owned());
    let begin: String = message.chars().take(500).collect();
    format!("the function failed: {}", style::plain(&begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_function_is_quoted_by_its_message() {
        let said = br#"{"errorMessage": "no-previous: there is none", "errorType": "no-previous"}"#;
        assert_eq!(failure(said), "the function failed: no-previous: there is none");
        assert_eq!(
            failure(b"out of\nmemory"),
            format!("the function failed: {}", style::plain("out of\nmemory"))
        );
        assert!(failure(&[b'x'; 4000]).len() < 600);
    }
}
