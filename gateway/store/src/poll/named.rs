//! The resources that many of a counterpart's keys name, in one read.

use gateway_core::{CounterpartKey, Key};

use crate::StoreError;
use crate::engine::Engine;
use crate::index_rows::storable;
use crate::view::{Stored, VersionRow, View};

const DOING: &str = "looking up a counterpart's keys";

const DAMAGED: StoreError = StoreError::Damaged("a counterpart's key");

/// The keys come first, one by one: each is looked up by its primary key.
const ON_SQLITE: &str = "
SELECT asked.key AS place, k.type, k.resource_id, r.version, r.last_updated, r.method,
       CASE WHEN $3 THEN r.content END AS content
FROM json_each($2) asked
CROSS JOIN counterpart_key k
CROSS JOIN resource r
WHERE k.tenant = $1 AND k.space = asked.value ->> 0 AND k.value = asked.value ->> 1
  AND r.tenant = $1 AND r.type = k.type AND r.id = k.resource_id";

/// A function, so that it is one round trip.
const ON_POSTGRES: &str = "
SELECT place, type, resource_id, version, last_updated, method, content
FROM named_resources($1, $2, $3, $4)";

#[derive(sqlx::FromRow)]
struct Row {
    place: i64,
    #[sqlx(rename = "type")]
    resource_type: String,
    resource_id: String,
    #[sqlx(flatten)]
    version: VersionRow,
}

impl View {
    /// The current versions of the resources these keys name, tombstones included, in the order of the keys; `None` where a
    /// key names nothing. One read, however many there are.
    pub async fn by_counterpart_keys(
        &self,
        keys: &[CounterpartKey],
    ) -> Result<Vec<Option<Stored>>, StoreError> {
        let mut found: Vec<Option<Stored>> = keys.iter().map(|_| None).collect();
        for row in self.named(keys, true).await? {
            let (place, key) = (place(&row)?, key(&row)?);
            *found.get_mut(place).ok_or(DAMAGED)? = Some(row.version.stored(key)?);
        }
        Ok(found)
    }

    /// The resources these keys name, in the order of the keys, without looking at them.
    pub async fn keys_of_counterpart(&self, keys: &[CounterpartKey]) -> Result<Vec<Option<Key>>, StoreError> {
        let mut found: Vec<Option<Key>> = keys.iter().map(|_| None).collect();
        for row in self.named(keys, false).await? {
            *found.get_mut(place(&row)?).ok_or(DAMAGED)? = Some(key(&row)?);
        }
        Ok(found)
    }

    async fn named(&self, keys: &[CounterpartKey], content: bool) -> Result<Vec<Row>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let (spaces, values): (Vec<String>, Vec<String>) =
            keys.iter().map(|key| (storable(key.space.clone()), storable(key.value.clone()))).unzip();
        match &*self.store.engine {
            Engine::Sqlite(sqlite) => {
                let pairs: Vec<_> = spaces.into_iter().zip(values).collect();
                let pairs = serde_json::to_string(&pairs).expect("texts are JSON");
                sqlx::query_as(ON_SQLITE)
                    .bind(self.tenant.as_str())
                    .bind(pairs)
                    .bind(content)
                    .fetch_all(&sqlite.readers)
                    .await
                    .map_err(|e| StoreError::of(DOING, e))
            }
            Engine::Postgres(postgres) => sqlx::query_as(ON_POSTGRES)
                .bind(self.tenant.as_str())
                .bind(spaces)
                .bind(values)
                .bind(content)
                .fetch_all(&postgres.pool)
                .await
                .map_err(|e| StoreError::of(DOING, e)),
        }
    }
}

fn place(row: &Row) -> Result<usize, StoreError> {
    usize::try_from(row.place).map_err(|_| DAMAGED)
}

fn key(row: &Row) -> Result<Key, StoreError> {
    let resource_type = row.resource_type.parse().map_err(|_| DAMAGED)?;
    Ok(Key::new(resource_type, row.resource_id.parse().map_err(|_| DAMAGED)?))
}
