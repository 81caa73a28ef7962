//! Which filter leads.
//!
//! One filter leads: its resources are found by value, the others are probed per resource found. Which one that is, is
//! decided here, by how many resources a value of its kind usually names, and not left to a planner without statistics:
//! `Appointment?patient=…&date=…` costs what the patient has, however many appointments others have.

use fhir_profiles::search::{Criterion, Filter, Prefix, Query};

use super::condition::{self, on_resource};
use super::plan::Plan;

/// A filter that leads.
pub(super) struct Leader<'q> {
    pub(super) filter: &'q Filter,
    /// How many resources it names, on a scale of our own.
    breadth: u8,
}

/// Names one resource, or hardly more.
const ONE: u8 = 0;
/// Names so many that it is better looked up per resource, when it stands at the end of a chain.
const MANY: u8 = 6;

/// A list of no resources.
const NOTHING: &str = "SELECT CAST(NULL AS BIGINT) AS seq WHERE FALSE";

impl<'q> Leader<'q> {
    /// The filter that names the fewest resources, if one can be looked up by value.
    pub(super) fn of(filters: &'q [Filter]) -> Option<Self> {
        let leaders = filters.iter().filter_map(|filter| Some(Leader { filter, breadth: breadth(filter)? }));
        leaders.min_by_key(|leader| leader.breadth)
    }

    /// Whether everything it finds passes its filter, so that nothing is left to be looked up.
    pub(super) fn is_exact(&self) -> bool {
        self.filter.any.iter().all(|criterion| !matches!(criterion, Criterion::AllOf(_)) && exact(criterion))
    }
}

fn exact(criterion: &Criterion) -> bool {
    match criterion {
        Criterion::AnyOf(filters) => filters.iter().all(|filter| Leader { filter, breadth: ONE }.is_exact()),
        _ => true,
    }
}

/// `None` when its values cannot lead.
fn breadth(filter: &Filter) -> Option<u8> {
    if filter.negated || filter.any.is_empty() {
        return None;
    }
    let mut reaches = filter.any.iter().map(|criterion| reach(&filter.parameter, criterion));
    reaches.try_fold(ONE, |most, one| Some(most.max(one?)))
}

fn reach(parameter: &str, criterion: &Criterion) -> Option<u8> {
    Some(match criterion {
        Criterion::Missing(_) => return None,
        Criterion::Token { secret: true, .. } | Criterion::Id(_) => ONE,
        Criterion::Token { code: None, .. } => 9,
        Criterion::Token { .. } if parameter == "identifier" => 1,
        Criterion::Reference(_) => 2,
        Criterion::Uri(_) | Criterion::UriBelow(_) | Criterion::String { exact: true, .. } => 3,
        Criterion::String { exact: false, .. } | Criterion::Text(_) => 4,
        Criterion::Date { prefix: Prefix::Eq | Prefix::Ap, .. } => 5,
        Criterion::Token { .. } => MANY,
        Criterion::Number { prefix: Prefix::Eq | Prefix::Ap, .. } => 7,
        Criterion::Date { .. } | Criterion::Number { .. } => 8,
        // Every value of the parameter is looked at: better than every resource.
        Criterion::Contains(_) => 10,
        Criterion::AnyOf(filters) => {
            filters.iter().map(breadth).try_fold(ONE, |most, one| Some(most.max(one?)))?
        }
        Criterion::AllOf(filters) => filters.iter().filter_map(breadth).min()?,
        Criterion::Chain(query) | Criterion::Has { query, .. } => {
            let inner = Leader::of(&query.filters)?.breadth;
            (inner < MANY).then_some(inner + 1)?
        }
    })
}

/// A list of the resources that a filter names: `SELECT … AS seq`. Some may be in it twice.
pub(super) fn named(plan: &mut Plan<'_>, query: &Query, leader: &Leader<'_>) -> String {
    let parts = parts(plan, query, leader.filter);
    if parts.is_empty() { NOTHING.to_owned() } else { parts.join("\n     UNION ALL ") }
}

fn parts(plan: &mut Plan<'_>, query: &Query, filter: &Filter) -> Vec<String> {
    let mut parts = Vec::with_capacity(filter.any.len());
    for criterion in &filter.any {
        match criterion {
            Criterion::AnyOf(filters) => {
                for filter in filters {
                    parts.extend(self::parts(plan, query, filter));
                }
            }
            Criterion::AllOf(filters) => {
                // Found through the narrowest of them; the rest is looked up.
                if let Some(leader) = Leader::of(filters) {
                    parts.extend(self::parts(plan, query, leader.filter));
                }
            }
            Criterion::Chain(to) => parts.push(chained(plan, query, &filter.parameter, to)),
            Criterion::Has { reference, query: from } => {
                parts.push(referred_to(plan, query, reference, from));
            }
            _ if on_resource(&filter.parameter) => parts.push(on_its_row(plan, query, filter, criterion)),
            _ => parts.push(indexed(plan, query, &filter.parameter, criterion)),
        }
    }
    parts
}

fn indexed(plan: &mut Plan<'_>, query: &Query, parameter: &str, criterion: &Criterion) -> String {
    let i = plan.name('i');
    let Some((table, is)) = condition::row(plan, criterion, &i) else {
        return NOTHING.to_owned();
    };
    let (kind, parameter) = (plan.kind(query.resource_type), plan.text(parameter));
    format!(
        "SELECT {i}.seq FROM {table} {i}
     WHERE {i}.tenant = $1 AND {i}.type = {kind} AND {i}.parameter = {parameter} AND {is}"
    )
}

/// By id or time; of two bounds on the time both count, because a version has one.
fn on_its_row(plan: &mut Plan<'_>, query: &Query, filter: &Filter, criterion: &Criterion) -> String {
    let (r, kind) = (plan.name('r'), plan.kind(query.resource_type));
    let mut own = vec![Filter { any: vec![criterion.clone()], ..filter.clone() }];
    own.extend(query.filters.iter().filter(|other| other.parameter == "_lastUpdated").cloned());
    let conditions = condition::all(plan, &own, &r);
    format!(
        "SELECT {r}.seq FROM resource {r}
     WHERE {r}.tenant = $1 AND {r}.type = {kind} AND {r}.deleted = FALSE{conditions}"
    )
}

fn chained(plan: &mut Plan<'_>, query: &Query, parameter: &str, to: &Query) -> String {
    let (i, r) = (plan.name('i'), plan.name('r'));
    let targets = format!("SELECT {r}.id FROM resource {r} WHERE {}", living(plan, to, &r));
    let (kind, parameter) = (plan.kind(query.resource_type), plan.text(parameter));
    let target = plan.kind(to.resource_type);
    let is = format!(
        "{i}.tenant = $1 AND {i}.type = {kind} AND {i}.parameter = {parameter} AND {i}.target_type = {target}"
    );
    plan.looked_up("seq", "target_id", &targets, ("index_reference", &i, &is))
}

fn referred_to(plan: &mut Plan<'_>, query: &Query, reference: &str, from: &Query) -> String {
    let (i, r, source) = (plan.name('i'), plan.name('r'), plan.name('r'));
    let sources = format!("SELECT {source}.seq FROM resource {source} WHERE {}", living(plan, from, &source));
    let (kind, reference) = (plan.kind(query.resource_type), plan.text(reference));
    let is = format!("{i}.parameter = {reference} AND {i}.target_type = {kind}");
    let ids = plan.looked_up("target_id", "seq", &sources, ("index_reference", &i, &is));
    let is = format!("{r}.tenant = $1 AND {r}.type = {kind} AND {r}.deleted = FALSE");
    plan.looked_up("seq", "id", &ids, ("resource", &r, &is))
}

/// What `r` must be to be found by a query that has a leader.
fn living(plan: &mut Plan<'_>, query: &Query, r: &str) -> String {
    let leader = Leader::of(&query.filters).expect("only a chain whose end can lead, leads");
    let named = named(plan, query, &leader);
    let conditions = condition::all(plan, rest(&query.filters, &leader), r);
    format!("{}{conditions}", plan.among(&format!("{r}.seq"), &named))
}

/// The filters that are looked up per resource.
pub(super) fn rest<'q>(filters: &'q [Filter], leader: &Leader<'q>) -> impl Iterator<Item = &'q Filter> {
    let exact = leader.is_exact();
    let leading = leader.filter;
    filters.iter().filter(move |filter| !(exact && std::ptr::eq(leading, *filter)))
}
