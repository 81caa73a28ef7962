//! Which resources have a change on its way to a counterpart: what it says of them may be older than what it is about to
//! hear.

use std::collections::HashSet;

use gateway_core::{Key, LinkId};
use time::OffsetDateTime;

use crate::engine::Engine;
use crate::instant::micros;
use crate::{StoreError, View};

const DOING: &str = "looking for changes on their way";

/// A delivery that was accepted since `$4` and waits, or arrived since `$5`.
macro_rules! on_its_way {
    () => {
        "EXISTS (SELECT 1 FROM delivery d
                 WHERE d.lane = l.id
                   AND (d.state = 'due' AND d.since >= $4 OR d.state = 'delivered' AND d.settled_at >= $5))"
    };
}

const ON_SQLITE: &str = concat!(
    "
SELECT asked.key
FROM json_each($3) asked
CROSS JOIN lane l
WHERE l.link = $1 AND l.tenant = $2 AND l.type = asked.value ->> 0 AND l.resource_id = asked.value ->> 1
  AND ",
    on_its_way!()
);

const ON_POSTGRES: &str = concat!(
    "
SELECT asked.place - 1
FROM unnest($3::text[], $6::text[]) WITH ORDINALITY AS asked (type, id, place)
CROSS JOIN LATERAL (SELECT lane.id FROM lane
                    WHERE lane.link = $1 AND lane.tenant = $2 AND lane.type = asked.type
                      AND lane.resource_id = asked.id
                    LIMIT 1) l
WHERE ",
    on_its_way!()
);

/// Since when a change counts as being on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnItsWay {
    /// One that waits, when it was accepted since.
    pub accepted: OffsetDateTime,
    /// One that was delivered, when it arrived since.
    pub arrived: OffsetDateTime,
}

impl View {
    /// Those of `keys` of which a change is on its way over `link`.
    pub async fn on_their_way(
        &self,
        link: &LinkId,
        keys: &[Key],
        since: OnItsWay,
    ) -> Result<HashSet<Key>, StoreError> {
        if keys.is_empty() {
            return Ok(HashSet::new());
        }
        let pairs = keys.iter().map(|key| (key.resource_type.as_str(), key.id.as_str()));
        let (accepted, arrived) = (micros(since.accepted), micros(since.arrived));
        let places: Result<Vec<i64>, sqlx::Error> = match &*self.store.engine {
            Engine::Sqlite(sqlite) => {
                sqlx::query_scalar(ON_SQLITE)
                    .bind(link.as_str())
                    .bind(self.tenant.as_str())
                    .bind(json(&pairs.collect::<Vec<_>>()))
                    .bind(accepted)
                    .bind(arrived)
                    .fetch_all(&sqlite.readers)
                    .await
            }
            Engine::Postgres(postgres) => {
                let (types, ids): (Vec<&str>, Vec<&str>) = pairs.unzip();
                sqlx::query_scalar(ON_POSTGRES)
                    .bind(link.as_str())
                    .bind(self.tenant.as_str())
                    .bind(types)
                    .bind(accepted)
                    .bind(arrived)
                    .bind(ids)
                    .fetch_all(&postgres.pool)
                    .await
            }
        };
        let places = places.map_err(|e| StoreError::of(DOING, e))?;
        let place = |place: i64| usize::try_from(place).ok().and_then(|place| keys.get(place)).cloned();
        Ok(places.into_iter().filter_map(place).collect())
    }
}

fn json(pairs: &[(&str, &str)]) -> String {
    serde_json::to_string(pairs).expect("texts are JSON")
}
