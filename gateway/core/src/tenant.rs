//! Whose data it is.

use std::fmt;
use std::str::FromStr;

use crate::key::is_slug;

/// A tenant: one practice or clinic, named by its slug (`[a-z0-9-]{1,63}`, for instance `de-linde`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(Box<str>);

/// The text is no tenant's slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tenant is named with 1 to 63 of a-z 0-9 -")]
pub struct NoTenantId;

impl TenantId {
    /// The slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantId {
    type Err = NoTenantId;

    fn from_str(text: &str) -> Result<Self, NoTenantId> {
        if is_slug(text) { Ok(Self(text.into())) } else { Err(NoTenantId) }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
