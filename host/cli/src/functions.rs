//! Invokes functions: Lambda's `Invoke`, signed, and nothing else of its API.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, anyhow, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use obscura_local::Profile;
use serde_json::Value;

/// Tries for one invocation that Lambda throttles or that does not come through.
const ATTEMPTS: u32 = 4;
/// The wait before the second try; each further one waits twice as long.
const PAUSE: Duration = Duration::from_millis(500);

/// Invokes functions.
pub(crate) struct Functions {
    credentials: SharedCredentialsProvider,
    region: String,
    endpoint: String,
    connector: SharedHttpConnector,
}

impl Functions {
    /// With the credentials, the region and the endpoint of the environment.
    pub(crate) async fn from_environment() -> anyhow::Result<Self> {
        let config =
            aws_config::defaults(BehaviorVersion::latest()).http_client(http()).load().await;
        Self::new(&config)
    }

    /// Those of `obscura serve`.
    pub(crate) async fn local(profile: Profile) -> anyhow::Result<Self> {
        let keys = profile.credentials;
        let credentials =
            Credentials::new(keys.access_key_id, keys.secret_access_key, None, None, "local");
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http())
            .endpoint_url(profile.endpoint)
            .region(Region::new(profile.region))
            .credentials_provider(credentials);
        Self::new(&loader.load().await)
    }

    fn new(config: &SdkConfig) -> anyhow::Result<Self> {
        let region = config.region().context("no region is set; set AWS_REGION")?.to_string();
        let credentials = config
            .credentials_provider()
            .context("there are no AWS credentials; sign in, or set AWS_PROFILE")?;
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let given = std::env::var("AWS_ENDPOINT_URL_LAMBDA").ok();
        let given = given.or_else(|| config.endpoint_url().map(str::to_owned));
        let endpoint = given.unwrap_or_else(|| format!("https://lambda.{region}.{domain}"));
        let connector = Connector::builder().tls_provider(provider()).build();
        Ok(Self { credentials, region, endpoint, connector: SharedHttpConnector::new(connector) })
    }

    /// Invoke a function, and wait for its answer.
    ///
    /// # Errors
    /// The function failed, or could not be invoked.
    pub(crate) async fn invoke(&self, function: &str, payload: &Value) -> anyhow::Result<Value> {
        let payload = payload.to_string();
        let mut pause = PAUSE;
        for attempt in 1.. {
            let (status, error, body) = match self.once(function, &payload).await {
                Ok(answer) => answer,
                Err(error) if attempt >= ATTEMPTS => return Err(error),
                Err(_) => (0, false, Bytes::new()),
            };
            match status {
                200 if error => bail!("the function failed: {}", text(&body)),
                200 => return Ok(serde_json::from_slice(&body)?),
                0 | 429 | 500..=599 if attempt < ATTEMPTS => {}
                _ => bail!("Lambda answered {status}: {}", text(&body)),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(anyhow!("Lambda did not answer"))
    }

    /// The status, whether the function failed, and the answer.
    async fn once(&self, function: &str, payload: &str) -> anyhow::Result<(u16, bool, Bytes)> {
        let function = percent_encoding::utf8_percent_encode(function, FUNCTION_NAME);
        let endpoint = self.endpoint.trim_end_matches('/');
        let url = format!("{endpoint}/2015-03-31/functions/{function}/invocations");
        let mut request = http::Request::post(&url)
            .header("content-type", "application/json")
            .body(SdkBody::from(payload))?;
        let credentials = self.credentials.provide_credentials().await.map_err(|error| {
            anyhow!("there are no AWS credentials ({}); sign in, or set AWS_PROFILE", cause(&error))
        })?;
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("lambda")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = [("content-type", "application/json")].into_iter();
        let body = SignableBody::Bytes(payload.as_bytes());
        let signable = SignableRequest::new("POST", &url, headers, body)?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        let response = self.connector.call(HttpRequest::try_from(request)?).await;
        let response = response.map_err(|error| {
            let why = cause(&error);
            anyhow!("{endpoint} cannot be reached ({why}); check AWS_REGION and AWS_ENDPOINT_URL")
        })?;
        let (status, headers) = (response.status().as_u16(), response.headers());
        let failed = headers.get("x-amz-function-error").is_some();
        let body = aws_smithy_types::byte_stream::ByteStream::new(response.into_body());
        Ok((status, failed, body.collect().await?.into_bytes()))
    }
}

/// What a path takes as it is; an ARN has colons.
const FUNCTION_NAME: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

fn provider() -> tls::Provider {
    tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)
}

fn http() -> aws_smithy_runtime_api::client::http::SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(provider()).build_https()
}

/// What failed in the end, which says the most, in a line.
pub(crate) fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    let first = text.lines().next().unwrap_or_default();
    first.strip_suffix(". Attempted:").unwrap_or(first).to_owned()
}

fn text(body: &Bytes) -> String {
    let text: String = String::from_utf8_lossy(body).chars().take(500).collect();
    crate::style::plain(&text)
}
