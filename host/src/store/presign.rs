//! Presigned URLs.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;

use super::client::Store;
use super::error::{StoreError, Subject};

impl Store {
    /// A presigned URL of an object, valid for this time.
    ///
    /// # Errors
    /// [`StoreError`], if there are no credentials to sign with.
    pub async fn presigned(
        &self,
        bucket: &str,
        key: &str,
        time: Duration,
    ) -> Result<String, StoreError> {
        let subject = Subject { operation: "PresignGetObject", bucket, key };
        let config = PresigningConfig::expires_in(time);
        let config = config.map_err(|error| subject.failed(error.to_string()))?;
        let request = self.client.get_object().bucket(bucket).key(key);
        let signed = request.presigned(config).await.map_err(|error| subject.sdk(&error))?;
        Ok(signed.uri().to_owned())
    }
}
