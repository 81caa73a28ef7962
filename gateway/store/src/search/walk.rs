//! What many resources are found by: the first key's index is walked in its order, each resource on the way is looked
//! up, and the walk ends with the page. Nothing is counted.
//!
//! An index has a row for each value; a resource is met at the one it is placed by. Those without a value are met in a
//! second walk, behind the first ([`Leg::Beyond`]).

use fhir_profiles::search::Query;

use super::plan::{PROBE, Plan};
use super::sort::{self, Key, Place};
use super::{Asked, Leg, condition};
use crate::View;
use crate::statement::Statement;

/// Whether those without a value are left for a second walk.
pub(super) fn has_beyond(query: &Query) -> bool {
    sort::keys(&query.sort).first().is_some_and(|key| matches!(key.place, Place::Index { .. }))
}

/// The statement of one leg; `limit` resources of it at most.
pub(super) fn statement(view: &View, query: &Query, asked: &Asked, leg: Leg, limit: i64) -> Statement {
    let mut plan = Plan::new(view);
    let keys = sort::keys(&query.sort);
    let columns = sort::columns(&keys);
    let walk = match keys.split_first() {
        Some((Key { sort, place: Place::Index { table, columns } }, rest)) if leg == Leg::Walk => {
            let along = Along { parameter: &sort.parameter, table, columns, descending: sort.descending };
            along.walk(&mut plan, query, rest, asked)
        }
        _ => rows(&mut plan, query, &keys, asked),
    };
    // What the second walk begins behind is a number; in the first it is a place in the order.
    let after = match asked.after_in(leg) {
        Some(place) => sort::after(&mut plan, &columns, &place.values, place.seq),
        None => "TRUE".to_owned(),
    };
    let names = sort::names(&columns);
    let sure = keys.first().filter(|_| leg == Leg::Walk).map_or(0, Key::width);
    let order = |list| sort::order(&columns, sure, list);
    let (place, limit) = (plan.array(&names), plan.number(limit));
    let comma = if names.is_empty() { "" } else { ", " };
    plan.statement.text = format!(
        "WITH page (seq{comma}{names}) AS MATERIALIZED (
  SELECT * FROM ({walk}) w WHERE {after} ORDER BY {} LIMIT {limit})
SELECT page.seq AS position, {place} AS place, r.type, r.id, r.version, r.last_updated, r.method, r.content
FROM page LEFT JOIN resource r ON r.seq = page.seq
ORDER BY {}",
        order("w"),
        order("page"),
    );
    plan.statement
}

/// Along the resources themselves: by number, id or time; in the second walk those without a value of the first key.
fn rows(plan: &mut Plan<'_>, query: &Query, keys: &[Key<'_>], asked: &Asked) -> String {
    let conditions = condition::all(plan, &query.filters, "r");
    let kind = plan.kind(query.resource_type);
    let (mut values, mut which) = (Vec::new(), String::new());
    match keys.first() {
        None => {}
        Some(Key { place: Place::Own(column), sort }) => {
            let column = format!("r.{column}");
            which = sort::from(plan, std::slice::from_ref(&column), sort.descending, asked.values(Leg::Walk));
            values.push(column);
        }
        Some(Key { place: Place::Index { table, columns }, sort }) => {
            values.extend(columns.iter().map(|column| format!("(SELECT {column} FROM {table} WHERE FALSE)")));
            let parameter = plan.text(&sort.parameter);
            which = format!(
                "\n  AND NOT EXISTS (SELECT 1 FROM {table} i WHERE i.seq = r.seq AND i.parameter = {parameter}{PROBE})"
            );
        }
    }
    values.extend(keys.iter().skip(1).flat_map(|key| key.values(plan, "r.seq")));
    let values = named("r.seq", &values);
    format!(
        "SELECT {values} FROM resource r
  WHERE r.tenant = $1 AND r.type = {kind} AND r.deleted = FALSE{which}{conditions}"
    )
}

/// The number and the columns of the keys.
fn named(seq: &str, values: &[String]) -> String {
    let seq = std::iter::once(format!("{seq} AS seq"));
    let named = values.iter().enumerate().map(|(n, value)| format!("{value} AS k{n}"));
    seq.chain(named).collect::<Vec<_>>().join(", ")
}

/// Along an index.
struct Along<'q> {
    parameter: &'q str,
    table: &'static str,
    columns: &'static [&'static str],
    descending: bool,
}

impl Along<'_> {
    fn walk(&self, plan: &mut Plan<'_>, query: &Query, rest: &[Key<'_>], asked: &Asked) -> String {
        let (kind, parameter, table) =
            (plan.kind(query.resource_type), plan.text(self.parameter), self.table);
        let conditions = condition::all(plan, &query.filters, "r");
        let lives = if conditions.is_empty() {
            String::new()
        } else {
            format!("\n  AND EXISTS (SELECT 1 FROM resource r WHERE r.seq = i.seq{conditions}{PROBE})")
        };
        let (own, other) = (self.columns("i"), self.columns("j").join(", "));
        let before = if self.descending { ">" } else { "<" };
        let from = sort::from(plan, &own, self.descending, asked.values(Leg::Walk));
        let mut values = own.clone();
        values.extend(rest.iter().flat_map(|key| key.values(plan, "i.seq")));
        let (values, own) = (named("i.seq", &values), own.join(", "));
        format!(
            "SELECT {values} FROM {table} i
  WHERE i.tenant = $1 AND i.type = {kind} AND i.parameter = {parameter}{from}
  AND NOT EXISTS (SELECT 1 FROM {table} j
    WHERE j.seq = i.seq AND j.parameter = {parameter} AND ({other}) {before} ({own}){PROBE}){lives}"
        )
    }

    fn columns(&self, name: &str) -> Vec<String> {
        self.columns.iter().map(|column| format!("{name}.{column}")).collect()
    }
}
