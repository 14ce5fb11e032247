//! Invokes functions of a folder that another process serves.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::net::TcpStream;

use super::invoke_api::{FAILED, PREFIX};
use crate::credentials::Profile;
use crate::signature;

/// Why an invocation gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nobody listens there, or whoever does hung up.
    #[error("{endpoint} cannot be reached ({reason}); is `obscura serve` running?")]
    Unreachable {
        /// Where it was tried.
        endpoint: String,
        /// What failed, in words.
        reason: String,
    },
    /// The server did not invoke the function.
    #[error("{endpoint} refused the invocation ({status}): {reason}")]
    Refused {
        /// Where it was tried.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        reason: String,
    },
    /// The function was invoked, and failed.
    #[error("the function failed: {0}")]
    Failed(String),
}

/// Invokes functions of a folder that another process serves.
#[derive(Debug, Clone)]
pub struct Caller {
    profile: Profile,
}

impl Caller {
    /// For this server.
    pub fn new(profile: Profile) -> Self {
        Self { profile }
    }

    /// Invokes a function, and waits for its answer.
    ///
    /// # Errors
    /// [`CallError`], if there is none.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Value, CallError> {
        let (status, failed, body) = self.post(function, payload).await?;
        if status != StatusCode::OK {
            let reason = String::from_utf8_lossy(&body).into_owned();
            let endpoint = self.profile.endpoint.clone();
            return Err(CallError::Refused { endpoint, status: status.as_u16(), reason });
        }
        if failed {
            return Err(CallError::Failed(String::from_utf8_lossy(&body).into_owned()));
        }
        serde_json::from_slice(&body).map_err(|error| self.unreachable(error))
    }

    async fn post(
        &self,
        function: &str,
        payload: &Value,
    ) -> Result<(StatusCode, bool, Bytes), CallError> {
        let uri: Uri = self.profile.endpoint.parse().map_err(|error| self.unreachable(error))?;
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let name = utf8_percent_encode(function, NON_ALPHANUMERIC);
        let payload = payload.to_string();
        let request = Request::post(format!("{PREFIX}{name}/invocations"))
            .header(HOST, &host)
            .header(CONTENT_TYPE, "application/json")
            .body(())
            .map_err(|error| self.unreachable(error))?;
        let (mut parts, ()) = request.into_parts();
        let credentials = &self.profile.credentials;
        signature::sign("lambda", &mut parts, payload.as_bytes(), credentials)
            .map_err(|error| self.unreachable(error))?;
        let stream = TcpStream::connect(&host).await.map_err(|error| self.unreachable(error))?;
        let connected = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = connected.map_err(|error| self.unreachable(error))?;
        let connection = tokio::spawn(connection);
        let request = Request::from_parts(parts, Full::new(Bytes::from(payload)));
        let answer = sender.send_request(request).await.map_err(|error| self.unreachable(error))?;
        let (status, failed) = (answer.status(), answer.headers().contains_key(FAILED));
        let body = answer.into_body().collect().await;
        let body = body.map_err(|error| self.unreachable(error))?.to_bytes();
        connection.abort();
        Ok((status, failed, body))
    }

    fn unreachable(&self, error: impl std::fmt::Display) -> CallError {
        CallError::Unreachable {
            endpoint: self.profile.endpoint.clone(),
            reason: error.to_string(),
        }
    }
}
