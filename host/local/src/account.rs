//! Whose everything is, and where.

/// The account that everything belongs to.
pub(crate) const ACCOUNT: &str = "000000000000";

/// The region that everything is in.
pub const REGION: &str = "us-east-1";
