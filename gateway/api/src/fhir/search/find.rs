//! Putting queries to where their type is kept: the store, the gateway's own state, or the mapping tables.

use fhir_profiles::search::Query;
use gateway_core::{Caller, Interaction, Issue, IssueCode, Key, Problem, ResourceType};
use gateway_store::{Page, Paging, Stored, Total};

use crate::App;
use crate::fhir::{offered, own};

/// What was found.
pub(super) struct Found {
    pub(super) page: Page,
    /// What the caller should know about it.
    pub(super) told: Vec<Issue>,
}

/// A page of what the queries find: all of the first, then all of the second, and so on.
///
/// # Errors
/// `Forbidden`, `Malformed`, `Unavailable`.
pub(super) async fn page(
    app: &App,
    caller: &Caller,
    queries: &[Query],
    paging: &Paging,
) -> Result<Found, Problem> {
    if let [only] = queries {
        return one(app, caller, only, paging).await;
    }
    let (first, mut after) = place(paging.after.as_deref());
    let mut found =
        Found { page: Page { entries: Vec::new(), total: Some(0), next: None }, told: Vec::new() };
    for (n, query) in queries.iter().enumerate() {
        let room = paging.count.saturating_sub(u32::try_from(found.page.entries.len()).unwrap_or(u32::MAX));
        let shown = n >= first && room > 0;
        // one that is not shown is looked at for the total, and for whether anything follows
        if !shown && paging.total == Total::None && (n < first || found.page.next.is_some()) {
            continue;
        }
        let after = if n == first { after.take() } else { None };
        let mut of_one =
            one(app, caller, query, &Paging { count: room.max(1), after, ..paging.clone() }).await?;
        found.page.total = found.page.total.zip(of_one.page.total).map(|(all, one)| all + one);
        if n < first {
            continue;
        }
        found.told.append(&mut of_one.told);
        if !shown {
            if !of_one.page.entries.is_empty() {
                found.page.next.get_or_insert(format!("{n}:"));
            }
            continue;
        }
        found.page.entries.append(&mut of_one.page.entries);
        found.page.next = of_one.page.next.map(|next| format!("{n}:{next}"));
    }
    Ok(found)
}

/// Which query is next, and where in it.
fn place(after: Option<&str>) -> (usize, Option<String>) {
    let (n, rest) = after.and_then(|after| after.split_once(':')).unwrap_or(("0", ""));
    (n.parse().unwrap_or(0), Some(rest.to_owned()).filter(|rest| !rest.is_empty()))
}

/// A page of what one query finds.
///
/// # Errors
/// As [`page`].
pub(super) async fn one(
    app: &App,
    caller: &Caller,
    query: &Query,
    paging: &Paging,
) -> Result<Found, Problem> {
    let Some(kind) = own::Kind::of(query.resource_type) else {
        let page = if own::overlay::has(query.resource_type) {
            own::overlay::search(app, caller, query, paging).await?
        } else {
            app.engine.search(caller, query, paging).await?
        };
        return Ok(Found { page, told: Vec::new() });
    };
    if !query.is_local() {
        let text = "The gateway's own state cannot be searched by what other resources say.";
        return Err(Problem::Malformed(vec![Issue::error(IssueCode::NotSupported, text)]));
    }
    let found = own::search(app, caller, kind, query, paging).await?;
    Ok(Found { page: found.page, told: found.told })
}

/// While the index is made anew for this version, what is older may be missed.
pub(super) fn incomplete(app: &App) -> Vec<Issue> {
    let text = "The search index is being made anew; what was stored before may be missing from this answer.";
    let reindexing = app.engine.parts().store.is_reindexing();
    reindexing.then(|| Issue::warning(IssueCode::Incomplete, text)).into_iter().collect()
}

/// The living ones of these that the caller may read.
///
/// # Errors
/// `Unavailable`.
pub(super) async fn by_keys(app: &App, caller: &Caller, keys: &[Key]) -> Result<Vec<Stored>, Problem> {
    let is_shown = |key: &&Key| !offered(key.resource_type).is_empty();
    let keys: Vec<Key> = keys.iter().filter(is_shown).cloned().collect();
    let mut found = app.engine.read_many(caller, &keys).await?;
    for key in keys.iter().filter(|key| caller.scopes.allow(key.resource_type, Interaction::Read)) {
        found.extend(of_ours(app, caller, key).await?);
    }
    Ok(found)
}

/// What is no stored resource but shown as one.
async fn of_ours(app: &App, caller: &Caller, key: &Key) -> Result<Option<Stored>, Problem> {
    let shown = match own::Kind::of(key.resource_type) {
        Some(kind) => match own::read(app, caller, kind, key).await {
            Ok(shown) => Some(shown),
            Err(Problem::NotFound) => None,
            Err(problem) => return Err(problem),
        },
        None => own::overlay::read(app, caller, key)?,
    };
    Ok(shown.map(own::stored))
}

/// Whether results of a type can be put in an order.
pub(super) fn can_sort(resource_type: ResourceType) -> bool {
    own::Kind::of(resource_type).is_none() && !own::overlay::has(resource_type)
}
