//! The name a counterpart gave a resource that was carried to it.
//!
//! Polling and pushing bind a key with the version they write; a delivery writes none, so it binds the key alone.

use gateway_core::{CounterpartKey, Key, TenantId};

use crate::engine::{Engine, write};
use crate::index_rows::storable;
use crate::{Store, StoreError};

impl Store {
    /// From now on `name` names `key`, and no other key of its space does. Whether it does: a key that names another
    /// resource already stays as it is.
    pub async fn name(
        &self,
        tenant: &TenantId,
        key: &Key,
        name: &CounterpartKey,
    ) -> Result<bool, StoreError> {
        let walled = matches!(&*self.engine, Engine::Postgres(_));
        let (tenant, resource_type, id) =
            (tenant.to_string(), key.resource_type.as_str(), key.id.to_string());
        let (space, value) = (storable(name.space.clone()), storable(name.value.clone()));
        write!(self, "keeping a counterpart's key", |on| {
            if walled {
                sqlx::query("SELECT set_config('gateway.tenant', $1, true)")
                    .bind(tenant.clone())
                    .execute(&mut *on)
                    .await?;
            }
            sqlx::query(
                "DELETE FROM counterpart_key
                 WHERE tenant = $1 AND space = $2 AND type = $3 AND resource_id = $4 AND value <> $5",
            )
            .bind(tenant.clone())
            .bind(space.clone())
            .bind(resource_type)
            .bind(id.clone())
            .bind(value.clone())
            .execute(&mut *on)
            .await?;
            let named = sqlx::query(
                "INSERT INTO counterpart_key (tenant, space, value, type, resource_id)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (tenant, space, value) DO UPDATE
                 SET type = counterpart_key.type
                 WHERE counterpart_key.type = excluded.type
                   AND counterpart_key.resource_id = excluded.resource_id",
            )
            .bind(tenant)
            .bind(space)
            .bind(value)
            .bind(resource_type)
            .bind(id)
            .execute(&mut *on)
            .await?;
            Ok(named.rows_affected() > 0)
        })
    }
}
