//! Deliveries as Tasks.

use fhir_profiles::search::{Criterion, Query};
use gateway_core::{Caller, DeliveryState, Id, Issue, IssueCode, Key, Problem, ResourceType};
use gateway_moulds::{DeliveryTask, task};
use gateway_store::{DeliveryFilter, DeliveryRow};

use super::{Shown, unavailable};
use crate::App;

/// How many deliveries one search looks at, the newest first; more would make a page cost without bound.
const LOOKED_AT: u32 = 1000;

/// The delivery with this id.
pub(super) async fn read(app: &App, caller: &Caller, key: &Key) -> Result<Option<Shown>, Problem> {
    let Ok(id) = key.id.as_str().parse() else { return Ok(None) };
    let filter = DeliveryFilter { id: Some(id), limit: 1, ..of_tenant(caller) };
    Ok(rows(app, &filter).await?.iter().map(shown).find(|shown| shown.key == *key))
}

/// What a query may find, newest first. Where it names a resource or a state, only those are looked at.
pub(super) async fn candidates(
    app: &App,
    caller: &Caller,
    query: &Query,
) -> Result<(Vec<Shown>, Vec<Issue>), Problem> {
    let mut found = Vec::new();
    let mut told = Vec::new();
    for state in states(query) {
        let filter = DeliveryFilter { state, key: focus(query), limit: LOOKED_AT, ..of_tenant(caller) };
        let rows = rows(app, &filter).await?;
        if rows.len() >= LOOKED_AT as usize && told.is_empty() {
            let text =
                format!("Only the newest {LOOKED_AT} deliveries were looked at; ask by focus or status.");
            told.push(Issue::warning(IssueCode::Incomplete, text));
        }
        found.extend(rows);
    }
    found.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    Ok((found.iter().map(shown).collect(), told))
}

/// The one resource that all finds must be about.
fn focus(query: &Query) -> Option<Key> {
    let mut filters = query.filters.iter().filter(|f| f.parameter == "focus" && !f.negated);
    match &filters.next()?.any[..] {
        [Criterion::Reference(key)] => Some(key.clone()),
        _ => None,
    }
}

/// The states the query's `status` asks for; one `None` for all of them.
fn states(query: &Query) -> Vec<Option<DeliveryState>> {
    let Some(filter) = query.filters.iter().find(|f| f.parameter == "status" && !f.negated) else {
        return vec![None];
    };
    let asked = |state: &DeliveryState| {
        filter.any.iter().any(|criterion| match criterion {
            Criterion::Token { code: Some(code), .. } => code == gateway_moulds::task_status(*state),
            _ => true,
        })
    };
    DeliveryState::ALL.into_iter().filter(asked).map(Some).collect()
}

fn of_tenant(caller: &Caller) -> DeliveryFilter {
    DeliveryFilter { tenant: Some(caller.tenant.clone()), ..DeliveryFilter::default() }
}

async fn rows(app: &App, filter: &DeliveryFilter) -> Result<Vec<DeliveryRow>, Problem> {
    app.engine.parts().store.deliveries(filter).await.map_err(|error| unavailable(&error))
}

fn shown(row: &DeliveryRow) -> Shown {
    let id: Id = row.id.to_string().parse().expect("digits make an id");
    let text = task(&DeliveryTask {
        id: row.id,
        link: &row.link,
        key: &row.key,
        version: row.version,
        state: row.state,
        reason: row.reason.as_deref(),
        created: row.created,
        settled: row.settled,
        attempts: &row.attempts,
    });
    let changed = row.settled.or(row.attempts.last().map(|attempt| attempt.at)).unwrap_or(row.created);
    Shown { key: Key::new(ResourceType::Task, id), changed, text }
}
