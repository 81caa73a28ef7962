//! The gateway's own state, shown as resources and read only: a delivery is a Task, a link an Endpoint, a route a
//! Subscription (`design.md` section 2). Nothing of it is stored as a resource; it is cast when asked for. Where tenants
//! keep resources of the same type beside ours, `overlay` shows both.

mod deliveries;
mod links;
pub(super) mod maps;
pub(super) mod overlay;
mod routes;

use fhir_profiles::search::Query;
use gateway_core::{Caller, Interaction, Issue, IssueCode, Key, Problem, Resource, ResourceType, Version};
use gateway_store::{Page, Paging, StoreError, Stored, Total};
use time::OffsetDateTime;

use crate::App;

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Deliveries,
    Links,
}

/// One of them, cast.
pub(super) struct Shown {
    pub(super) key: Key,
    pub(super) changed: OffsetDateTime,
    pub(super) text: String,
}

/// What a search found.
pub(super) struct Found {
    pub(super) page: Page,
    /// What the caller should know about the search.
    pub(super) told: Vec<Issue>,
}

impl Kind {
    /// What a type shows; `None` for one that is stored.
    pub(super) fn of(resource_type: ResourceType) -> Option<Self> {
        match resource_type {
            ResourceType::Task => Some(Self::Deliveries),
            ResourceType::Endpoint => Some(Self::Links),
            _ => None,
        }
    }
}

/// The one with this key.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Unavailable`.
pub(super) async fn read(app: &App, caller: &Caller, kind: Kind, key: &Key) -> Result<Shown, Problem> {
    allowed(caller, key.resource_type, Interaction::Read)?;
    let shown = match kind {
        Kind::Deliveries => deliveries::read(app, caller, key).await?,
        Kind::Links => links::all(app, caller).await?.into_iter().find(|shown| shown.key == *key),
    };
    shown.ok_or(Problem::NotFound)
}

/// Those a query finds: each is indexed like a stored resource and matched in memory.
///
/// # Errors
/// `Forbidden`, `Unavailable`.
pub(super) async fn search(
    app: &App,
    caller: &Caller,
    kind: Kind,
    query: &Query,
    paging: &Paging,
) -> Result<Found, Problem> {
    allowed(caller, query.resource_type, Interaction::Search)?;
    judged_alone(query)?;
    let (all, told) = match kind {
        Kind::Deliveries => deliveries::candidates(app, caller, query).await?,
        Kind::Links => (links::all(app, caller).await?, Vec::new()),
    };
    let found: Vec<_> = all.into_iter().filter(|shown| matches(app, query, shown)).collect();
    Ok(Found { page: cut(found, paging), told })
}

fn allowed(caller: &Caller, resource_type: ResourceType, interaction: Interaction) -> Result<(), Problem> {
    if caller.scopes.allow(resource_type, interaction) {
        return Ok(());
    }
    let text = format!("The token has no scope for this on {resource_type}.");
    Err(Problem::Forbidden(Issue::error(IssueCode::Forbidden, text)))
}

/// Microseconds since 1970, as the search index counts them.
pub(super) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// Refuses chains and `_has` through what is cast when asked for: the store has none of it to follow, and would find nothing.
pub(super) fn can_be_followed(query: &Query) -> Result<(), Problem> {
    if query.narrowed(&|resource_type| Kind::of(resource_type).is_none()) == *query {
        return Ok(());
    }
    let text = "Chains and _has are not offered through Task, Endpoint and Subscription.";
    Err(Problem::Malformed(vec![Issue::error(IssueCode::NotSupported, text)]))
}

/// Refuses chains and `_has`: what is cast when asked for is not in the store that could follow them.
fn judged_alone(query: &Query) -> Result<(), Problem> {
    if query.is_local() {
        return Ok(());
    }
    let text = "Chains and _has are not offered on this type.";
    Err(Problem::Malformed(vec![Issue::error(IssueCode::NotSupported, text)]))
}

fn matches(app: &App, query: &Query, shown: &Shown) -> bool {
    let Ok(resource) = Resource::from_text(shown.text.clone()) else { return false };
    query.matches(&shown.key, micros(shown.changed), &app.engine.parts().profiles.index(&resource))
}

/// The page behind the id in `paging.after`.
fn cut(found: Vec<Shown>, paging: &Paging) -> Page {
    let total = (paging.total != Total::None).then_some(found.len() as u64);
    let start = paging.after.as_ref().map_or(0, |after| {
        found.iter().position(|shown| shown.key.id.as_str() == after).map_or(found.len(), |at| at + 1)
    });
    let end = found.len().min(start + paging.count as usize);
    let next = (end < found.len()).then(|| found[end - 1].key.id.to_string());
    let entries = found.into_iter().skip(start).take(end - start).map(stored).collect();
    Page { entries, total, next }
}

/// It, as what is stored looks.
pub(super) fn stored(shown: Shown) -> Stored {
    Stored {
        key: shown.key,
        version: Version::FIRST,
        last_updated: shown.changed,
        text: Some(shown.text),
        method: "PUT",
    }
}

fn unavailable(error: &StoreError) -> Problem {
    tracing::error!(error = error as &dyn std::error::Error, "the gateway's own state cannot be read");
    Problem::Unavailable { retry_after: std::time::Duration::from_secs(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(id: &str) -> Shown {
        Shown {
            key: Key::new(ResourceType::Task, id.parse().unwrap()),
            changed: OffsetDateTime::UNIX_EPOCH,
            text: "{}".to_owned(),
        }
    }

    #[test]
    fn pages_follow_each_other_without_a_gap() {
        let page = |after: Option<&str>| {
            let paging = Paging { count: 2, after: after.map(str::to_owned), ..Paging::default() };
            let page = cut(vec![shown("5"), shown("4"), shown("3"), shown("2"), shown("1")], &paging);
            let ids: Vec<_> = page.entries.iter().map(|entry| entry.key.id.to_string()).collect();
            (ids.join(","), page.next)
        };
        assert_eq!(page(None), ("5,4".into(), Some("4".into())));
        assert_eq!(page(Some("4")), ("3,2".into(), Some("2".into())));
        assert_eq!(page(Some("2")), ("1".into(), None));
        assert_eq!(page(Some("gone")), (String::new(), None));
    }
}
