//! Reading one version on SQLite.

use gateway_core::{Key, TenantId, Version};

use super::Sqlite;
use crate::view::VersionRow;

const CURRENT: &str = "
SELECT version, last_updated, method, content
FROM resource
WHERE tenant = $1 AND type = $2 AND id = $3";

const ONE: &str = "
SELECT v.version, v.last_updated, v.method, v.content
FROM resource r JOIN resource_version v ON v.seq = r.seq
WHERE r.tenant = $1 AND r.type = $2 AND r.id = $3 AND v.version = $4";

impl Sqlite {
    /// This version of a resource, or the current one.
    pub(crate) async fn read(
        &self,
        tenant: &TenantId,
        key: &Key,
        version: Option<Version>,
    ) -> Result<Option<VersionRow>, sqlx::Error> {
        sqlx::query_as(if version.is_none() { CURRENT } else { ONE })
            .bind(tenant.as_str())
            .bind(key.resource_type.as_str())
            .bind(key.id.as_str())
            .bind(version.map(|version| i64::from(version.0)))
            .fetch_optional(&self.readers)
            .await
    }
}
