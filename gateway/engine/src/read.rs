//! The verbs that only look: scope, then the tenant's part of the store.

use fhir_profiles::search::Query;
use gateway_core::{Caller, Interaction, Issue, IssueCode, Key, Problem, ResourceType, Version};
use gateway_store::{CounterpartKey, History, Page, Paging, Stored, View};

use crate::{Engine, fault};

impl Engine {
    /// The current version.
    ///
    /// # Errors
    /// `NotFound`, `Gone`, `Forbidden`, `Unavailable`.
    pub async fn read(&self, caller: &Caller, key: &Key) -> Result<Stored, Problem> {
        allowed(caller, key.resource_type, Interaction::Read)?;
        let stored = self.view(caller).read(key).await.map_err(|e| fault::of_store(&e, caller))?;
        living(stored)
    }

    /// One version.
    ///
    /// # Errors
    /// As [`Engine::read`].
    pub async fn vread(&self, caller: &Caller, key: &Key, version: Version) -> Result<Stored, Problem> {
        allowed(caller, key.resource_type, Interaction::Read)?;
        let stored = self.view(caller).vread(key, version).await;
        living(stored.map_err(|e| fault::of_store(&e, caller))?)
    }

    /// Versions, newest first.
    ///
    /// # Errors
    /// As [`Engine::read`]; `NotFound` for an instance that never was.
    pub async fn history(&self, caller: &Caller, of: &History, paging: &Paging) -> Result<Page, Problem> {
        let of = &visible(caller, of)?;
        let view = self.view(caller);
        let page = view.history(of, paging).await.map_err(|e| fault::of_store(&e, caller))?;
        if let (History::Instance(key), true) = (of, page.entries.is_empty()) {
            // An empty page may be one after the last, or one that `since` left empty.
            let there = view.read(key).await.map_err(|e| fault::of_store(&e, caller))?;
            there.ok_or(Problem::NotFound)?;
        }
        Ok(page)
    }

    /// The living ones of these, in this order. What the caller may not read is left out like what is not there.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn read_many(&self, caller: &Caller, keys: &[Key]) -> Result<Vec<Stored>, Problem> {
        let may = |key: &&Key| caller.scopes.allow(key.resource_type, Interaction::Read);
        let keys: Vec<Key> = keys.iter().filter(may).cloned().collect();
        self.view(caller).read_many(&keys).await.map_err(|e| fault::of_store(&e, caller))
    }

    /// Living resources.
    ///
    /// # Errors
    /// `Forbidden`, `Malformed` for a cursor that is not ours, `Unavailable`.
    pub async fn search(&self, caller: &Caller, query: &Query, paging: &Paging) -> Result<Page, Problem> {
        allowed(caller, query.resource_type, Interaction::Search)?;
        let query = &narrowed(caller, query);
        self.view(caller).search(query, paging).await.map_err(|e| fault::of_store(&e, caller))
    }

    /// The resource a counterpart's key names, tombstones included. No scope is asked for: this is how a door finds out
    /// what a message is about, not an answer to the caller.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn by_counterpart_key(
        &self,
        caller: &Caller,
        key: &CounterpartKey,
    ) -> Result<Option<Stored>, Problem> {
        let view = self.view(caller);
        let named = view.by_counterpart_key(key).await.map_err(|e| fault::of_store(&e, caller))?;
        match named {
            Some(key) => view.read(&key).await.map_err(|e| fault::of_store(&e, caller)),
            None => Ok(None),
        }
    }

    pub(crate) fn view(&self, caller: &Caller) -> View {
        self.parts().store.of(caller)
    }
}

/// What of a history the caller may see: reading one resource's, searching a type's. Of everything it sees the types that
/// it may search; one that may search none is told so.
fn visible(caller: &Caller, of: &History) -> Result<History, Problem> {
    let types: &[ResourceType] = match of {
        History::Instance(key) => {
            return allowed(caller, key.resource_type, Interaction::Read).map(|()| of.clone());
        }
        History::Type(resource_type) => {
            return allowed(caller, *resource_type, Interaction::Search).map(|()| of.clone());
        }
        History::Types(types) => types,
        History::System => ResourceType::ALL,
    };
    let may = |t: &ResourceType| caller.scopes.allow(*t, Interaction::Search);
    let seen: Vec<ResourceType> = types.iter().copied().filter(may).collect();
    if let (true, Some(first)) = (seen.is_empty(), types.first()) {
        allowed(caller, *first, Interaction::Search)?;
    }
    Ok(History::Types(seen))
}

/// The query without what leads through types the caller may not search.
pub(crate) fn narrowed(caller: &Caller, query: &Query) -> Query {
    query.narrowed(&|resource_type| caller.scopes.allow(resource_type, Interaction::Search))
}

/// Whether the caller's scopes grant this.
pub(crate) fn allowed(
    caller: &Caller,
    resource_type: ResourceType,
    interaction: Interaction,
) -> Result<(), Problem> {
    if caller.scopes.allow(resource_type, interaction) {
        return Ok(());
    }
    let text = format!("the scopes of the token do not allow this on {resource_type}");
    Err(Problem::Forbidden(Issue::error(IssueCode::Forbidden, text)))
}

fn living(stored: Option<Stored>) -> Result<Stored, Problem> {
    let stored = stored.ok_or(Problem::NotFound)?;
    if stored.text.is_none() {
        return Err(Problem::Gone { key: stored.key, version: stored.version });
    }
    Ok(stored)
}
