//! A write set that is committed only while some searches find nothing: what two conditional creates for the same thing need
//! to make one resource (`dutch-fhir.md` section 6, case 65).
//!
//! The searches are done inside the transaction. On SQLite nobody else can write meanwhile. On PostgreSQL everybody who
//! depends on the same search first takes a lock that is held until the commit, also on other gateways; its number is a
//! keyed hash, so that what is searched for does not stand in the server's list of locks.

use fhir_profiles::search::Query;

use crate::statement::Statement;
use crate::{View, search};

/// A search that must find nothing, made ready for the database.
#[derive(Debug)]
pub(crate) struct Unless {
    /// Finds at most one.
    pub(crate) statement: Statement,
    /// What everybody takes who depends on the same search.
    pub(crate) lock: i64,
}

/// A resource that was found. A search that finds nothing may answer with a row that names none.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Hit {
    id: Option<String>,
}

impl Hit {
    /// Whether a search found something.
    pub(crate) fn any(rows: &[Self]) -> bool {
        rows.iter().any(|row| row.id.is_some())
    }
}

impl View {
    /// Makes searches ready, in the order in which all take their locks.
    pub(crate) fn unless(&self, queries: &[Query]) -> Vec<Unless> {
        let mut all: Vec<_> = queries
            .iter()
            .map(|query| Unless { statement: search::any(self, query), lock: self.lock(query) })
            .collect();
        all.sort_unstable_by_key(|one| one.lock);
        all
    }

    fn lock(&self, query: &Query) -> i64 {
        let mut understood: Vec<_> = query.understood.iter().collect();
        understood.sort_unstable();
        let of = [self.tenant.as_str(), query.resource_type.as_str()];
        let asked = understood.into_iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        let parts: Vec<&[u8]> = of.into_iter().chain(asked).map(str::as_bytes).collect();
        let mac = self.store.keys.mac("unless", &parts);
        i64::from_be_bytes(*mac.first_chunk().expect("a hash has more than eight bytes"))
    }
}
