//! Types of which some are ours and some the tenant's own: ours are shown in front, and only the tenant's can be written.
//! Ours are the mapping tables in force and the lines of the routing table that the configuration makes.

use fhir_profiles::search::Query;
use gateway_core::{Caller, Interaction, Key, Problem, ResourceType};
use gateway_store::{Page, Paging};

use super::{Shown, allowed, cut, judged_alone, maps, matches, routes};
use crate::App;

/// How a place among the tenant's own begins; one among ours begins with [`OURS`].
const THEIRS: &str = "theirs:";
const OURS: &str = "ours:";

/// Whether some of a type are ours.
pub(in crate::fhir) fn has(resource_type: ResourceType) -> bool {
    matches!(
        resource_type,
        ResourceType::ConceptMap
            | ResourceType::SearchParameter
            | ResourceType::StructureMap
            | ResourceType::Subscription
    )
}

/// The one with this key, when it is ours.
///
/// # Errors
/// `Forbidden`.
pub(in crate::fhir) fn read(app: &App, caller: &Caller, key: &Key) -> Result<Option<Shown>, Problem> {
    if !has(key.resource_type) {
        return Ok(None);
    }
    allowed(caller, key.resource_type, Interaction::Read)?;
    Ok(all(app, caller, key.resource_type).into_iter().find(|shown| shown.key == *key))
}

/// Goes on only when none of ours has this key: another under the same key would never be seen.
///
/// # Errors
/// 405.
pub(in crate::fhir) fn not_ours(app: &App, caller: &Caller, key: &Key) -> Result<(), Problem> {
    let ours =
        has(key.resource_type) && all(app, caller, key.resource_type).iter().any(|shown| shown.key == *key);
    if ours { Err(Problem::NotAllowed { allow: "GET, HEAD" }) } else { Ok(()) }
}

/// What a query finds: ours first, then the tenant's own, as one list.
///
/// # Errors
/// As a search of the store.
pub(in crate::fhir) async fn search(
    app: &App,
    caller: &Caller,
    query: &Query,
    paging: &Paging,
) -> Result<Page, Problem> {
    judged_alone(query)?;
    let after = paging.after.as_deref().unwrap_or(OURS);
    let place = |start: &str| after.strip_prefix(start).filter(|rest| !rest.is_empty()).map(str::to_owned);
    let found: Vec<_> = all(app, caller, query.resource_type)
        .into_iter()
        .filter(|shown| matches(app, query, shown))
        .collect();
    let number = found.len() as u64;
    let mut page = if after.starts_with(OURS) {
        cut(found, &Paging { after: place(OURS), ..paging.clone() })
    } else {
        Page { entries: Vec::new(), total: None, next: None }
    };
    let room = paging.count.saturating_sub(u32::try_from(page.entries.len()).unwrap_or(u32::MAX));
    let theirs = Paging { count: room.max(1), after: place(THEIRS), ..paging.clone() };
    let mut theirs = app.engine.search(caller, query, &theirs).await?;
    page.total = theirs.total.map(|total| number + total);
    page.next = match page.next {
        Some(next) => Some(format!("{OURS}{next}")),
        None if room == 0 => (!theirs.entries.is_empty()).then(|| THEIRS.to_owned()),
        None => {
            page.entries.append(&mut theirs.entries);
            theirs.next.map(|next| format!("{THEIRS}{next}"))
        }
    };
    Ok(page)
}

fn all(app: &App, caller: &Caller, resource_type: ResourceType) -> Vec<Shown> {
    match resource_type {
        ResourceType::Subscription => routes::all(app, caller),
        _ => maps::all(app, caller, resource_type),
    }
}
