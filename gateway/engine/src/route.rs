//! Who is told about which change.

use fhir_profiles::search::Query;
use gateway_core::{LinkId, TenantId};

/// One line of the routing table: changes of `tenant` that match one of `criteria` go to `link`. Readable as a FHIR
/// Subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Whose changes.
    pub tenant: TenantId,
    /// Where to.
    pub link: LinkId,
    /// FHIR search syntax, for instance `Appointment?status=booked,cancelled`.
    pub criteria: String,
    /// The same, compiled.
    pub query: Query,
}

/// The routing table.
#[derive(Debug, Clone, Default)]
pub struct Routes(pub Vec<Route>);
