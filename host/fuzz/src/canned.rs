//! An S3 that returns one prepared response.

use std::future::Future;
use std::sync::{LazyLock, Mutex, PoisonError};

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use obscura::store::Store;
use tokio::runtime::{Builder, Runtime};

/// The response to every request.
#[derive(Debug, Clone)]
pub struct Canned {
    /// The status; an invalid one becomes 500.
    pub status: u16,
    /// Names and values of headers. Invalid ones are omitted.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The current response. A client is expensive to build, so all runs share one.
static CURRENT: Mutex<Canned> =
    Mutex::new(Canned { status: 0, headers: Vec::new(), body: Vec::new() });

#[derive(Debug, Clone, Copy)]
struct Current;

impl HttpConnector for Current {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut answer = http::Response::new(SdkBody::from(current.body));
        *answer.status_mut() = http::StatusCode::from_u16(current.status)
            .ok()
            .filter(|status| status.as_u16() >= 200)
            .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in &current.headers {
            if let (Ok(name), Ok(value)) =
                (http::HeaderName::try_from(name), http::HeaderValue::try_from(value))
            {
                answer.headers_mut().append(name, value);
            }
        }
        let answer = HttpResponse::try_from(answer).expect("an answer over HTTP");
        HttpConnectorFuture::ready(Ok(answer))
    }
}

impl HttpClient for Current {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(*self)
    }
}

impl Canned {
    /// A store that gets this response, and does not retry.
    #[must_use]
    pub fn store(self) -> Store {
        static STORE: LazyLock<Store> = LazyLock::new(store);
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = self;
        STORE.clone()
    }
}

fn store() -> Store {
    let keys = Credentials::new("id", "secret", None, None, "fuzzing");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .endpoint_url("http://s3.localhost")
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(Current)
        .build();
    Store::new(&config)
}

/// Runs a future to completion.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        Builder::new_current_thread().enable_time().build().expect("a runtime without sockets")
    });
    RUNTIME.block_on(work)
}
