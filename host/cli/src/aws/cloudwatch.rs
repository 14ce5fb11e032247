//! CloudWatch: firing alarms, and sums of metrics.
//!
//! Two calls of its JSON protocol. The generated client would add CBOR, a second version of `http`,
//! and features for which the rest of the AWS SDK would be compiled again.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/Welcome.html>

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow};
use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde::Serialize;
use serde_json::{Value, json};

use super::error::AwsError;
use crate::cause::cause;
use crate::style;

/// Attempts per request.
const ATTEMPTS: u32 = 5;
/// The wait before the second attempt; each further wait is twice as long.
const PAUSE: Duration = Duration::from_millis(250);
/// The timeout of a request.
const PATIENCE: Duration = Duration::from_secs(30);
const DAY: u64 = 24 * 3600;
const TYPE: &str = "application/x-amz-json-1.0";

/// An alarm that is firing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Alarm {
    /// Its name.
    pub(crate) name: String,
    /// Its description.
    pub(crate) says: String,
}

/// The value of a metric.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Total {
    /// The sum, in the metric's unit.
    pub(crate) sum: f64,
    /// The number of samples.
    pub(crate) samples: f64,
}

/// A client of CloudWatch.
pub(crate) struct CloudWatch {
    credentials: SharedCredentialsProvider,
    region: String,
    endpoint: String,
    connector: SharedHttpConnector,
}

impl CloudWatch {
    pub(super) fn new(config: &SdkConfig) -> anyhow::Result<Self> {
        let region = config.region().context("no region is set; set AWS_REGION")?.to_string();
        let credentials = config
            .credentials_provider()
            .context("there are no AWS credentials; sign in, or set AWS_PROFILE")?;
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let given = std::env::var("AWS_ENDPOINT_URL_CLOUDWATCH").ok();
        let given = given.or_else(|| config.endpoint_url().map(str::to_owned));
        let endpoint = given.unwrap_or_else(|| format!("https://monitoring.{region}.{domain}"));
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
        let connector =
            SharedHttpConnector::new(Connector::builder().tls_provider(provider).build());
        Ok(Self { credentials, region, endpoint, connector })
    }

    /// The firing alarms whose names have this prefix.
    ///
    /// # Errors
    /// CloudWatch refuses, or cannot be reached.
    pub(crate) async fn firing(&self, prefix: &str) -> anyhow::Result<Vec<Alarm>> {
        let (mut alarms, mut next) = (Vec::new(), Value::Null);
        loop {
            let mut asked = json!({ "AlarmNamePrefix": prefix, "StateValue": "ALARM" });
            if next.is_string() {
                asked["NextToken"] = next;
            }
            let page = self.call("cloudwatch:DescribeAlarms", "DescribeAlarms", &asked).await?;
            let found = page["MetricAlarms"].as_array().into_iter().flatten();
            let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
            alarms.extend(found.map(|one| Alarm {
                name: text(one, "AlarmName"),
                says: text(one, "AlarmDescription"),
            }));
            next = page["NextToken"].clone();
            if !next.is_string() {
                return Ok(alarms);
            }
        }
    }

    /// The value of a function's metric, over a number of days until now.
    ///
    /// # Errors
    /// CloudWatch refuses, or cannot be reached.
    pub(crate) async fn total(
        &self,
        function: &str,
        metric: &str,
        days: u64,
    ) -> anyhow::Result<Total> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let asked = json!({
            "Namespace": "AWS/Lambda",
            "MetricName": metric,
            "Dimensions": [{ "Name": "FunctionName", "Value": function }],
            "StartTime": now - days * DAY,
            "EndTime": now,
            "Period": DAY,
            "Statistics": ["Sum", "SampleCount"],
        });
        let answer = self.call("cloudwatch:GetMetricStatistics", "GetMetricStatistics", &asked);
        let answer = answer.await?;
        let points = answer["Datapoints"].as_array().into_iter().flatten();
        Ok(points.fold(Total::default(), |total, point| Total {
            sum: total.sum + point["Sum"].as_f64().unwrap_or(0.0),
            samples: total.samples + point["SampleCount"].as_f64().unwrap_or(0.0),
        }))
    }

    async fn call(
        &self,
        operation: &'static str,
        action: &str,
        asked: &Value,
    ) -> anyhow::Result<Value> {
        let payload = asked.to_string();
        let mut pause = PAUSE;
        for attempt in 1.. {
            let error = match self.once(operation, action, &payload).await {
                Ok((200, body)) => return Ok(serde_json::from_slice(&body)?),
                Ok((status, body)) => {
                    let error = refused(operation, status, &body);
                    let throttled = error.code().contains("Throttl");
                    if !throttled && status < 500 {
                        return Err(error.into());
                    }
                    error.into()
                }
                Err(error) => error,
            };
            if attempt >= ATTEMPTS {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(anyhow!("{operation}: CloudWatch did not answer"))
    }

    /// The status and the answer.
    async fn once(
        &self,
        operation: &'static str,
        action: &str,
        payload: &str,
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        let url = format!("{}/", self.endpoint);
        let target = format!("GraniteServiceVersion20100801.{action}");
        let headers = [("content-type", TYPE), ("x-amz-target", target.as_str())];
        let mut request = http::Request::post(&url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut request = request.body(SdkBody::from(payload))?;
        let credentials = self.credentials.provide_credentials().await;
        let credentials =
            credentials.map_err(|error| AwsError::SignedOut { operation, why: cause(&error) })?;
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("monitoring")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let body = SignableBody::Bytes(payload.as_bytes());
        let signable = SignableRequest::new("POST", &url, headers.into_iter(), body)?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        let call = self.connector.call(HttpRequest::try_from(request)?);
        let response = tokio::time::timeout(PATIENCE, call).await.map_err(|_| {
            let why = format!("there was no answer within {} s", PATIENCE.as_secs());
            AwsError::Unreachable { operation, why }
        })?;
        let response = response.map_err(|error| AwsError::Unreachable {
            operation,
            why: style::plain(&cause(&error)),
        })?;
        let status = response.status().as_u16();
        let body = ByteStream::new(response.into_body()).collect().await?;
        Ok((status, body.into_bytes().to_vec()))
    }
}

fn refused(operation: &'static str, status: u16, body: &[u8]) -> AwsError {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| said[name].as_str().map(style::plain);
    // `com.amazonaws.cloudwatch#AccessDenied`.
    let code = text("__type").and_then(|name| name.rsplit('#').next().map(str::to_owned));
    AwsError::Refused {
        operation,
        code: code.unwrap_or_else(|| format!("HTTP {status}")),
        message: text("message").or_else(|| text("Message")).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn a_refusal_names_the_permission() {
        let body = br#"{"__type":"com.amazonaws#AccessDenied","Message":"no"}"#;
        let said = refused("cloudwatch:DescribeAlarms", 403, body).to_string();
        assert!(said.ends_with("needs the permission cloudwatch:DescribeAlarms"), "{said}");
        assert!(refused("x", 502, b"<html>").to_string().contains("HTTP 502"));
    }
}
