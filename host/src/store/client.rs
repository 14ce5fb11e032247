//! The S3 client and its timeouts.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Credentials;
use aws_smithy_http_client::tls;

use super::genuine::Genuine;

/// Connecting takes a few milliseconds inside AWS.
const CONNECT: Duration = Duration::from_secs(3);
/// Timeout of the first byte. Bodies may take longer.
const READ: Duration = Duration::from_secs(15);
/// Attempts per request, including the first.
const ATTEMPTS: u32 = 3;

/// Objects in S3.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) client: Client,
}

impl Store {
    /// A store with the credentials, region and endpoint of the environment.
    pub async fn from_environment() -> Self {
        Self::new(&aws_config(aws_config::defaults(BehaviorVersion::latest())).await)
    }

    /// A store at this endpoint, with the credentials and the region of the
    /// environment or the profile; `us-east-1`, if they name no region.
    pub async fn with_endpoint(endpoint: &str) -> Self {
        // The default chain would also ask the metadata service, which only EC2 has.
        let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(ProfileFileRegionProvider::new())
            .or_else(Region::from_static("us-east-1"));
        let loader = aws_config::defaults(BehaviorVersion::latest());
        Self::new(&aws_config(loader.endpoint_url(endpoint).region(region)).await)
    }

    /// The region that requests are signed for.
    pub fn region(&self) -> Option<&str> {
        self.client.config().region().map(AsRef::as_ref)
    }

    /// A store at this endpoint, with these credentials.
    pub async fn at(endpoint: &str, region: &str, key_id: &str, secret: &str) -> Self {
        let credentials = Credentials::new(key_id, secret, None, None, "given");
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .region(Region::new(region.to_owned()))
            .credentials_provider(credentials);
        Self::new(&aws_config(loader).await)
    }

    /// A store with this configuration. A custom endpoint uses path-style addresses.
    pub fn new(config: &SdkConfig) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config)
            .force_path_style(config.endpoint_url().is_some())
            .interceptor(Genuine)
            .retry_classifier(Genuine)
            .build();
        Self { client: Client::from_conf(s3) }
    }
}

/// Add settings common to all clients.
async fn aws_config(loader: aws_config::ConfigLoader) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https();
    loader
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).build(),
        )
        .load()
        .await
}
