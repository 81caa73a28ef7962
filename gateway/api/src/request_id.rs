//! One id per request, on every answer and in the one log line (`dutch-fhir.md` section 4.1).
//!
//! The outermost layer puts a [`Trail`] into the request's extensions. Whoever finds out for whom the request is done
//! tells it, so that the log line can say so.

use std::sync::{Arc, OnceLock};

use gateway_core::TenantId;
use tower::layer::util::Identity;

/// What is known about a request by whoever handles it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Trail(Arc<Facts>);

#[derive(Debug)]
struct Facts {
    id: Box<str>,
    who: OnceLock<(TenantId, Box<str>)>,
}

impl Trail {
    /// The trail of the request with this id.
    #[must_use]
    pub fn new(id: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Facts { id: id.into(), who: OnceLock::new() }))
    }

    /// The request's id: a token of at most 128 characters.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Notes for whom the request is done; the first one told stays.
    pub fn tell(&self, tenant: &TenantId, client: &str) {
        self.0.who.get_or_init(|| (tenant.clone(), client.into()));
    }

    /// For whom, when that is known.
    #[must_use]
    pub fn who(&self) -> Option<(&TenantId, &str)> {
        self.0.who.get().map(|(tenant, client)| (tenant, &**client))
    }
}

pub(crate) fn layer() -> Identity {
    Identity::new()
}
