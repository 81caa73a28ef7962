//! Who refers to a resource, as far as references are search parameters.

use gateway_core::{Key, ResourceType};

use crate::statement::Statement;
use crate::{StoreError, View};

impl View {
    /// Living resources that refer to `to`, at most `limit`. Each of `places` is a type and a reference parameter of it;
    /// the index is entered by them, so that a look costs what they are, however much there is.
    pub async fn referrers(
        &self,
        to: &Key,
        places: &[(ResourceType, &str)],
        limit: u32,
    ) -> Result<Vec<Key>, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("a reference");
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let found: Vec<(String, String)> =
            self.fetch("looking for references", statement(self.tenant.as_str(), to, places, limit)).await?;
        let key = |(resource_type, id): (String, String)| {
            Ok(Key::new(resource_type.parse().map_err(|_| DAMAGED)?, id.parse().map_err(|_| DAMAGED)?))
        };
        found.into_iter().map(key).collect()
    }
}

fn statement(tenant: &str, to: &Key, places: &[(ResourceType, &str)], limit: u32) -> Statement {
    let mut statement = Statement::default();
    let tenant = statement.text(tenant);
    let (target, id) = (statement.text(to.resource_type.as_str()), statement.text(to.id.as_str()));
    let places: Vec<_> = places
        .iter()
        .map(|(resource_type, parameter)| {
            format!("({}, {})", statement.text(resource_type.as_str()), statement.text(*parameter))
        })
        .collect();
    let (places, limit) = (places.join(", "), statement.number(i64::from(limit)));
    statement.text = format!(
        "WITH place (type, parameter) AS (VALUES {places}),
hit (seq) AS (
  SELECT DISTINCT i.seq
  FROM place CROSS JOIN index_reference i
  WHERE i.tenant = {tenant} AND i.type = place.type AND i.parameter = place.parameter
    AND i.target_type = {target} AND i.target_id = {id}
  ORDER BY i.seq LIMIT {limit})
SELECT r.type, r.id FROM hit CROSS JOIN resource r
WHERE r.seq = hit.seq AND NOT (r.type = {target} AND r.id = {id})
ORDER BY r.seq"
    );
    statement
}
