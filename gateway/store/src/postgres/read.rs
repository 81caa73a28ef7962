//! Reading one version on PostgreSQL: one call, one round trip (`migrations/postgres/*_read_resource.sql`).

use gateway_core::{Key, TenantId, Version};

use super::Postgres;
use crate::view::VersionRow;

impl Postgres {
    /// This version of a resource, or the current one.
    pub(crate) async fn read(
        &self,
        tenant: &TenantId,
        key: &Key,
        version: Option<Version>,
    ) -> Result<Option<VersionRow>, sqlx::Error> {
        sqlx::query_as("SELECT version, last_updated, method, content FROM read_resource($1, $2, $3, $4)")
            .bind(tenant.as_str())
            .bind(key.resource_type.as_str())
            .bind(key.id.as_str())
            .bind(version.map(|version| i64::from(version.0)))
            .fetch_optional(&self.pool)
            .await
    }
}
