//! S3 and Lambda on loopback.
