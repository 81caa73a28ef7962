//! What few resources are found by: all of them are found, counted and sorted, and the page is cut out.
//!
//! What leads is a list with an end. When there are more, nothing else is looked at, and the page is
//! walked to instead (`walk.rs`).

use fhir_profiles::search::Query;

use super::leader::{self, Leader};
use super::plan::Plan;
use super::sort::{self, Key};
use super::{Asked, condition};
use crate::View;
use crate::statement::Statement;

/// The statement that gathers and cuts. `hits` tells how long the list is.
pub(super) fn statement(view: &View, query: &Query, asked: &Asked) -> Statement {
    let mut plan = Plan::new(view);
    let leader = Leader::of(&query.filters);
    let hits = hits(&mut plan, query, leader.as_ref());
    let conditions = conditions(&mut plan, query, leader.as_ref());
    let keys = sort::keys(&query.sort);
    let listed = listed(&mut plan, &keys);
    // What leads names tenant and type already, and only living resources have index rows. Saying tenant and type again
    // would let PostgreSQL, as long as it knows little about the tables, go through the type for each resource found.
    let from = if conditions.is_empty() {
        "(SELECT DISTINCT seq FROM hit) r WHERE TRUE".to_owned()
    } else {
        format!("resource r WHERE {}", plan.among("r.seq", "SELECT seq FROM hit"))
    };
    let columns = sort::columns(&keys);
    let names = sort::names(&columns);
    let place = plan.array(&names);
    let after = match &asked.after {
        Some(place) => sort::after(&mut plan, &columns, &place.values, place.seq),
        None => "TRUE".to_owned(),
    };
    let limit = plan.number(asked.limit());
    let comma = if names.is_empty() { "" } else { ", " };
    plan.statement.text = format!(
        "WITH hit (seq) AS MATERIALIZED (
  SELECT seq FROM ({hits}) h LIMIT {most} + 1),
found (seq{comma}{names}) AS MATERIALIZED (
  SELECT {listed} FROM {from} AND (SELECT count(*) FROM hit) <= {most}{conditions}),
page (seq{comma}{names}) AS MATERIALIZED (
  SELECT * FROM found page WHERE {after} ORDER BY {order} LIMIT {limit})
SELECT t.hits, t.total, page.seq AS position, {place} AS place,
       r.type, r.id, r.version, r.last_updated, r.method, r.content
FROM (SELECT (SELECT count(*) FROM hit) AS hits, (SELECT count(*) FROM found) AS total) t
LEFT JOIN page ON TRUE
LEFT JOIN resource r ON r.seq = page.seq
ORDER BY {order}",
        order = sort::order(&columns, 0, "page"),
        most = view.gathers,
    );
    plan.statement
}

/// The statement that counts all that is found, however much that is.
pub(super) fn count(view: &View, query: &Query) -> Statement {
    let mut plan = Plan::new(view);
    let leader = Leader::of(&query.filters);
    let hits = hits(&mut plan, query, leader.as_ref());
    let conditions = conditions(&mut plan, query, leader.as_ref());
    plan.statement.text = if conditions.is_empty() {
        format!("SELECT count(DISTINCT seq) AS total FROM ({hits}) h")
    } else {
        let among = plan.among("r.seq", &hits);
        format!("SELECT count(*) AS total FROM resource r WHERE {among}{conditions}")
    };
    plan.statement
}

/// The statement that finds one, whichever: its `id`.
pub(crate) fn any(view: &View, query: &Query) -> Statement {
    let mut plan = Plan::new(view);
    let leader = Leader::of(&query.filters);
    let which = if leader.is_some() {
        let hits = hits(&mut plan, query, leader.as_ref());
        plan.among("r.seq", &hits)
    } else {
        format!("r.tenant = $1 AND r.type = {} AND r.deleted = FALSE", plan.kind(query.resource_type))
    };
    let conditions = conditions(&mut plan, query, leader.as_ref());
    plan.statement.text = format!("SELECT r.id FROM resource r WHERE {which}{conditions} LIMIT 1");
    plan.statement
}

/// What the filters that do not lead say of `r`.
fn conditions(plan: &mut Plan<'_>, query: &Query, leader: Option<&Leader<'_>>) -> String {
    match leader {
        Some(leader) => condition::all(plan, leader::rest(&query.filters, leader), "r"),
        None => condition::all(plan, &query.filters, "r"),
    }
}

/// What leads: a filter's resources, or all of the type.
fn hits(plan: &mut Plan<'_>, query: &Query, leader: Option<&Leader<'_>>) -> String {
    if let Some(leader) = leader {
        return leader::named(plan, query, leader);
    }
    let kind = plan.kind(query.resource_type);
    format!("SELECT seq FROM resource WHERE tenant = $1 AND type = {kind} AND deleted = FALSE")
}

/// What stands in the columns of keys, behind the number.
fn listed(plan: &mut Plan<'_>, keys: &[Key<'_>]) -> String {
    let seq = std::iter::once("r.seq".to_owned());
    seq.chain(keys.iter().flat_map(|key| key.values(plan, "r.seq"))).collect::<Vec<_>>().join(",\n    ")
}
