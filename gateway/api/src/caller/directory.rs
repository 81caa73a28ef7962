//! What the doors remember about clients and tenants for a few seconds, so that a hot client costs no look-up.

use std::sync::Arc;
use std::time::Duration;

use gateway_core::{Agb, Clock, Problem, TenantId};
use gateway_engine::Engine;
use gateway_store::{Client, Store, StoreError};
use moka::sync::Cache;
use time::OffsetDateTime;

/// How long a revocation may go unnoticed.
const FRESH: time::Duration = time::Duration::seconds(5);
/// How many of each are remembered.
const REMEMBERED: u64 = 10_000;

/// Clients and tenants as the store knew them at most five seconds ago.
pub struct Directory {
    store: Store,
    clock: Arc<dyn Clock>,
    clients: Cache<String, Seen<Arc<Client>>>,
    tenants: Cache<Agb, Seen<TenantId>>,
}

#[derive(Clone)]
struct Seen<T> {
    at: OffsetDateTime,
    what: Option<T>,
}

impl Directory {
    /// The directory over an engine's store.
    #[must_use]
    pub fn new(engine: &Engine) -> Self {
        let parts = engine.parts();
        Self {
            store: parts.store.clone(),
            clock: Arc::clone(&parts.clock),
            clients: Cache::new(REMEMBERED),
            tenants: Cache::new(REMEMBERED),
        }
    }

    /// The client with this id, unless it was revoked.
    pub(super) async fn client(&self, id: &str) -> Result<Option<Arc<Client>>, Problem> {
        let now = self.clock.now();
        if let Some(seen) = self.clients.get(id).filter(|seen| is_fresh(seen.at, now)) {
            return Ok(seen.what);
        }
        let client = self.store.client(id).await.map_err(|error| unavailable(&error))?;
        let what = client.filter(|client| client.revoked.is_none()).map(Arc::new);
        self.clients.insert(id.to_owned(), Seen { at: now, what: what.clone() });
        Ok(what)
    }

    /// The tenant with this AGB code.
    pub(super) async fn tenant(&self, agb: &Agb) -> Result<Option<TenantId>, Problem> {
        let now = self.clock.now();
        if let Some(seen) = self.tenants.get(agb).filter(|seen| is_fresh(seen.at, now)) {
            return Ok(seen.what);
        }
        let tenant = self.store.tenant_by_agb(agb).await.map_err(|error| unavailable(&error))?;
        let what = tenant.map(|tenant| tenant.id);
        self.tenants.insert(agb.clone(), Seen { at: now, what: what.clone() });
        Ok(what)
    }
}

fn is_fresh(at: OffsetDateTime, now: OffsetDateTime) -> bool {
    (time::Duration::ZERO..FRESH).contains(&(now - at))
}

fn unavailable(error: &StoreError) -> Problem {
    tracing::error!(error = error as &dyn std::error::Error, "a client or tenant could not be looked up");
    Problem::Unavailable { retry_after: Duration::from_secs(1) }
}
