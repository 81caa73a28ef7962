//! Bulk export (<https://hl7.org/fhir/uv/bulkdata>, `dutch-fhir.md` section 4.10): the verbs behind its door.
//!
//! An export shows one moment. Its files are made while they are fetched: a [`Walk`] goes through the versions that were
//! current at that moment, some hundred at a time, so that any number of resources needs the room of a few.

use std::collections::BTreeSet;
use std::sync::Arc;

use fhir_profiles::IndexValue;
use fhir_profiles::search::Query;
use gateway_core::{Caller, Id, Interaction, Key, Problem, Resource, ResourceType};
use gateway_store::{Export, History, Paging, StoreError, Stored, Total};
use time::OffsetDateTime;

use crate::read::allowed;
use crate::{Engine, fault};

/// How many versions are looked at at once.
const STRIDE: u32 = 500;

/// What of a type is exported.
#[derive(Debug, Clone)]
pub struct Portion {
    /// Which type.
    pub resource_type: ResourceType,
    /// What was current then.
    pub at: OffsetDateTime,
    /// Only what was made at or after this.
    pub since: Option<OffsetDateTime>,
    /// Only what belongs to people.
    pub people: Option<People>,
    /// Only what one of these finds; everything when there is none. Local ones only ([`Query::is_local`]).
    pub filters: Vec<Query>,
    /// Deletions instead of resources.
    pub deleted: bool,
}

/// Whose resources.
#[derive(Debug, Clone)]
pub struct People {
    /// The parameters by which resources of the type refer to a patient; none for Patient itself.
    pub parameters: &'static [&'static str],
    /// These; everybody when `None`.
    pub only: Option<BTreeSet<Id>>,
}

/// A portion on its way out.
pub struct Walk {
    engine: Arc<Engine>,
    caller: Caller,
    portion: Portion,
    next: Next,
}

enum Next {
    First,
    After(String),
    End,
}

impl Engine {
    /// Begins to walk through a portion.
    ///
    /// # Errors
    /// `Forbidden`: exporting is searching and reading.
    pub fn walk(self: &Arc<Self>, caller: &Caller, portion: Portion) -> Result<Walk, Problem> {
        allowed(caller, portion.resource_type, Interaction::Search)?;
        allowed(caller, portion.resource_type, Interaction::Read)?;
        Ok(Walk { engine: Arc::clone(self), caller: caller.clone(), portion, next: Next::First })
    }

    /// Keeps a new export, leased to whoever prepares it; false when the client has one that is being prepared.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn begin_export(
        &self,
        caller: &Caller,
        export: &Export,
        lease: OffsetDateTime,
    ) -> Result<bool, Problem> {
        let begun = self.view(caller).begin_export(export, lease).await;
        begun.map_err(failed(caller))
    }

    /// An export of the caller's organisation that can be fetched still.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn export(&self, caller: &Caller, id: &str) -> Result<Export, Problem> {
        let found = self.view(caller).export(id, self.parts().clock.now()).await;
        found.map_err(failed(caller))?.ok_or(Problem::NotFound)
    }

    /// Takes over an export that nobody prepares any more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn take_export(
        &self,
        caller: &Caller,
        id: &str,
        lease: OffsetDateTime,
    ) -> Result<bool, Problem> {
        let now = self.parts().clock.now();
        self.view(caller).take_export(id, now, lease).await.map_err(failed(caller))
    }

    /// Notes how far the preparing of an export is; false when it was cancelled.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn note_export(
        &self,
        caller: &Caller,
        id: &str,
        progress: &str,
        lease: OffsetDateTime,
    ) -> Result<bool, Problem> {
        self.view(caller).note_export(id, progress, lease).await.map_err(failed(caller))
    }

    /// Says what there is to fetch of an export.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn finish_export(&self, caller: &Caller, id: &str, files: &str) -> Result<(), Problem> {
        self.view(caller).finish_export(id, files).await.map_err(failed(caller))
    }

    /// Forgets an export.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn forget_export(&self, caller: &Caller, id: &str) -> Result<(), Problem> {
        self.view(caller).forget_export(id).await.map_err(failed(caller))
    }
}

fn failed(caller: &Caller) -> impl FnOnce(StoreError) -> Problem {
    move |error| fault::of_store(&error, caller)
}

impl Walk {
    /// What belongs to the portion among the next versions; `None` at the end. An empty stride is not the end.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn stride(&mut self) -> Result<Option<Vec<Stored>>, Problem> {
        let after = match std::mem::replace(&mut self.next, Next::End) {
            Next::End => return Ok(None),
            Next::First => None,
            Next::After(after) => Some(after),
        };
        let Portion { resource_type, at, since, .. } = self.portion;
        let paging = Paging { count: STRIDE, after, since, at: Some(at), total: Total::None };
        let page = self.engine.view(&self.caller).history(&History::Type(resource_type), &paging).await;
        let page = page.map_err(failed(&self.caller))?;
        self.next = page.next.map_or(Next::End, Next::After);
        Ok(Some(page.entries.into_iter().filter(|stored| self.belongs(stored)).collect()))
    }

    fn belongs(&self, stored: &Stored) -> bool {
        let Some(text) = &stored.text else { return self.portion.deleted };
        if self.portion.deleted {
            return false;
        }
        if self.portion.people.is_none() && self.portion.filters.is_empty() {
            return true;
        }
        // what cannot be read back is not passed on
        let Ok(resource) = Resource::from_text(text.as_str()) else { return false };
        let index = self.engine.parts().profiles.index(&resource);
        let of_them = self.portion.people.as_ref().is_none_or(|people| people.own(&stored.key, &index));
        let micros = i64::try_from(stored.last_updated.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX);
        let wanted = |query: &Query| query.matches(&stored.key, micros, &index);
        of_them && (self.portion.filters.is_empty() || self.portion.filters.iter().any(wanted))
    }
}

impl People {
    fn own(&self, key: &Key, index: &[fhir_profiles::IndexEntry]) -> bool {
        if key.resource_type == ResourceType::Patient && self.one(&key.id) {
            return true;
        }
        index.iter().filter(|entry| self.parameters.contains(&entry.parameter)).any(
            |entry| matches!(&entry.value, IndexValue::Reference(to) if to.resource_type == ResourceType::Patient && self.one(&to.id)),
        )
    }

    fn one(&self, id: &Id) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(id))
    }
}
