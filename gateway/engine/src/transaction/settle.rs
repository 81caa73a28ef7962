//! Which resource each write of a transaction is about, said before anything is written, so that others can be told.

use std::collections::BTreeMap;

use gateway_core::{Caller, Id, Interaction, Issue, IssueCode, Key, Problem};

use super::{Entry, Rejected, placed};
use crate::Engine;
use crate::read::allowed;
use crate::write::{Change, Foreseen, Target, Write};

impl Engine {
    /// What each write is about.
    ///
    /// # Errors
    /// Two entries about one resource; as a search.
    pub(super) async fn settle(
        &self,
        caller: &Caller,
        entries: &[&Entry],
    ) -> Result<Vec<Foreseen>, Rejected> {
        let mut all = Vec::with_capacity(entries.len());
        let mut seen = BTreeMap::new();
        for entry in entries {
            let foreseen = self.foreseen(caller, &entry.write).await;
            let foreseen = foreseen.map_err(|problem| Rejected::of(entry, problem))?;
            let other = foreseen.key().and_then(|key| seen.insert(key.clone(), entry.place));
            if let Some(other) = other {
                return Err(Problem::Malformed([other, entry.place].map(twice).to_vec()).into());
            }
            all.push(foreseen);
        }
        Ok(all)
    }

    async fn foreseen(&self, caller: &Caller, write: &Write) -> Result<Foreseen, Problem> {
        let fresh = || Id::from(self.parts().ids.next());
        let query = match &write.target {
            Target::New(resource_type) => return Ok(Foreseen::Made(Key::new(*resource_type, fresh()))),
            Target::Key(key) => return Ok(Foreseen::There(key.clone())),
            Target::Matching(query) => query,
        };
        allowed(caller, query.resource_type, write.interaction)?;
        allowed(caller, query.resource_type, Interaction::Search)?;
        if let Some(found) = self.only_match(caller, query).await? {
            return Ok(Foreseen::There(found.key));
        }
        Ok(match &write.change {
            Change::Patch(_) | Change::Deleted => Foreseen::Nothing,
            Change::Document(resource) => {
                let named = resource.id().filter(|_| write.interaction != Interaction::Create);
                Foreseen::Made(Key::new(query.resource_type, named.cloned().unwrap_or_else(fresh)))
            }
        })
    }
}

fn twice(place: usize) -> Issue {
    let text = "another entry is about the same resource";
    placed(place, Issue::error(IssueCode::Invalid, text).at("request.url"))
}
