//! References, chains and reverse chains (FHIR R4 search, chained parameters).
//!
//! Every step of a chain names the tenant again: a reference is a text, and the same text may name another tenant's
//! resource. A step leads to living resources only; what refers is living because only that has index rows.

use fhir_profiles::search::Query;
use gateway_core::Key;

use super::condition;
use super::plan::{PROBE, Plan};

/// What the row `i` must be.
pub(super) fn is(plan: &mut Plan<'_>, key: &Key, i: &str) -> String {
    let (target, id) = (plan.kind(key.resource_type), plan.text(key.id.as_str()));
    format!("({i}.target_type = {target} AND {i}.target_id = {id})")
}

/// Whether a reference of `r` leads to what `query` finds.
pub(super) fn leads_to(plan: &mut Plan<'_>, parameter: &str, query: &Query, r: &str) -> String {
    let (i, to) = (plan.name('i'), plan.name('r'));
    let (parameter, target) = (plan.text(parameter), plan.kind(query.resource_type));
    let conditions = condition::all(plan, &query.filters, &to);
    format!(
        "EXISTS (SELECT 1 FROM index_reference {i}
       WHERE {i}.seq = {r}.seq AND {i}.parameter = {parameter} AND {i}.target_type = {target}
         AND EXISTS (SELECT 1 FROM resource {to}
           WHERE {to}.tenant = $1 AND {to}.type = {target} AND {to}.id = {i}.target_id
             AND {to}.deleted = FALSE{conditions}{PROBE}){PROBE})"
    )
}

/// Whether something that `query` finds refers to `r`.
pub(super) fn is_named_by(plan: &mut Plan<'_>, reference: &str, query: &Query, r: &str) -> String {
    let (i, from) = (plan.name('i'), plan.name('r'));
    let (reference, kind) = (plan.text(reference), plan.kind(query.resource_type));
    let conditions = condition::all(plan, &query.filters, &from);
    format!(
        "EXISTS (SELECT 1 FROM index_reference {i}
       WHERE {i}.tenant = $1 AND {i}.type = {kind} AND {i}.parameter = {reference}
         AND {i}.target_type = {r}.type AND {i}.target_id = {r}.id
         AND EXISTS (SELECT 1 FROM resource {from}
           WHERE {from}.seq = {i}.seq{conditions}{PROBE}){PROBE})"
    )
}
