//! Access control: clients with the key may do everything; others can use what the folder's owner
//! shares.

use hyper::header::{HeaderMap, HeaderValue};
use hyper::http::HeaderName;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::PostObjectInput;
use s3s::{S3Request, S3Result, s3_error};

use super::faults::Faults;
use crate::credentials::Credentials;
use crate::guard::FromPage;

/// Access without the key, like a bucket policy and a CORS configuration.
#[derive(Debug, Clone, Default)]
pub struct Sharing {
    /// The bucket.
    pub bucket: String,
    /// Its objects can be read without a signature, like with a policy that allows `s3:GetObject`
    /// to everyone. Pages of other origins are still refused.
    pub public_read: bool,
    /// Origins such as `http://localhost:3000` whose pages may read it, as with a CORS
    /// configuration; by presigned URLs, or without a signature if it is public.
    pub origins: Vec<String>,
}

/// The one key pair.
pub(crate) struct OneKey(pub(crate) Credentials);

#[async_trait::async_trait]
impl S3Auth for OneKey {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.0.access_key_id {
            return Ok(self.0.secret_access_key.clone().into());
        }
        Err(s3_error!(
            InvalidAccessKeyId,
            "The AWS Access Key Id you provided does not exist in our records."
        ))
    }
}

/// Checks each request before anything is done.
pub(crate) struct Access {
    pub(crate) sharing: Sharing,
    pub(crate) faults: Faults,
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let bucket = context.s3_path().get_bucket_name().unwrap_or_default().to_owned();
        let shared = !bucket.is_empty() && bucket == self.sharing.bucket;
        if context.extensions_mut().get::<FromPage>().is_some() && !shared {
            return Err(s3_error!(AccessDenied, "Access Denied: pages may read one bucket only"));
        }
        let reads = matches!(context.s3_op().name(), "GetObject" | "HeadObject");
        let public = shared && self.sharing.public_read && reads;
        if context.credentials().is_none() && !public {
            return Err(s3_error!(AccessDenied, "Access Denied: sign the request, or presign it"));
        }
        self.faults.strike(context).await
    }

    /// An upload by a form: the protocol layer does not provide the file's name.
    async fn post_object(&self, request: &mut S3Request<PostObjectInput>) -> S3Result<()> {
        if request.input.key.contains("${filename}") {
            return Err(s3_error!(
                NotImplemented,
                "${{filename}} in the field key is not implemented; name the whole key"
            ));
        }
        Ok(())
    }
}

impl Sharing {
    /// The response to a CORS preflight request.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html>
    pub(crate) fn preflight(&self, bucket: &str, headers: &HeaderMap) -> Result<HeaderMap, NoCors> {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let origin = text("origin").ok_or(NoCors::NoOrigin)?;
        if bucket != self.bucket || self.origins.is_empty() {
            return Err(NoCors::NotEnabled);
        }
        let reads = matches!(text("access-control-request-method"), Some("GET" | "HEAD"));
        if !reads || !self.origins.iter().any(|allowed| allowed == origin) {
            return Err(NoCors::NotAllowed);
        }
        let mut answer = self.grant(origin);
        let mut set = |name, value: Option<&HeaderValue>| {
            if let Some(value) = value {
                answer.insert(HeaderName::from_static(name), value.clone());
            }
        };
        set("access-control-allow-headers", headers.get("access-control-request-headers"));
        set("access-control-max-age", Some(&HeaderValue::from_static("3000")));
        if headers.contains_key("access-control-request-private-network") {
            set("access-control-allow-private-network", Some(&HeaderValue::from_static("true")));
        }
        Ok(answer)
    }

    /// The headers that let an allowed page read a response.
    pub(crate) fn grant(&self, origin: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Ok(origin) = HeaderValue::from_str(origin) {
            headers.insert("access-control-allow-origin", origin);
            headers.insert("access-control-allow-methods", HeaderValue::from_static("GET, HEAD"));
            let exposed = "ETag, Content-Length, Content-Range, Last-Modified";
            headers.insert("access-control-expose-headers", HeaderValue::from_static(exposed));
            let vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
            headers.insert("vary", HeaderValue::from_static(vary));
        }
        headers
    }
}

/// Why a preflight is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoCors {
    #[error("Insufficient information. Origin request header needed.")]
    NoOrigin,
    #[error("CORSResponse: CORS is not enabled for this bucket.")]
    NotEnabled,
    #[error(
        "CORSResponse: This CORS request is not allowed: only GET and HEAD from an origin that \
         --allow-origin names are."
    )]
    NotAllowed,
}
