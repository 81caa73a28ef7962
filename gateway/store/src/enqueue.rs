//! A delivery that a commit should have made and did not: the link was not known to the node that wrote.

use gateway_core::{Key, LinkId, Version};
use time::OffsetDateTime;

use crate::engine::write;
use crate::instant::micros;
use crate::{StoreError, View};

impl View {
    /// Makes the deliveries of a version for these links, where there are none.
    pub async fn enqueue(
        &self,
        (key, version): (&Key, Version),
        deleted: bool,
        links: &[LinkId],
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let store = &self.store;
        let (tenant, kind, id) = (self.tenant.to_string(), key.resource_type.as_str(), key.id.to_string());
        let (version, at) = (i64::from(version.0), micros(at));
        let links: Vec<_> = links.iter().map(ToString::to_string).collect();
        write!(store, "making a delivery that was missing", |on| {
            for link in links {
                // The row of the lane is the lock, as for every write.
                let lane: i64 = sqlx::query_scalar(
                    "INSERT INTO lane (link, tenant, type, resource_id) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (link, tenant, type, resource_id) DO UPDATE SET pending = lane.pending
                     RETURNING id",
                )
                .bind(link)
                .bind(tenant.clone())
                .bind(kind)
                .bind(id.clone())
                .fetch_one(&mut *on)
                .await?;
                let made = sqlx::query(
                    "INSERT INTO delivery (lane, version, deleted, state, created, since)
                     VALUES ($1, $2, $3, 'due', $4, $4)
                     ON CONFLICT (lane, version) DO NOTHING",
                )
                .bind(lane)
                .bind(version)
                .bind(deleted)
                .bind(at)
                .execute(&mut *on)
                .await?;
                if made.rows_affected() == 1 {
                    sqlx::query(
                        "UPDATE lane
                         SET pending = pending + 1, due_at = coalesce(due_at, $2),
                             waiting_since = coalesce(waiting_since, $2)
                         WHERE id = $1",
                    )
                    .bind(lane)
                    .bind(at)
                    .execute(&mut *on)
                    .await?;
                }
            }
            Ok(())
        })
    }
}
