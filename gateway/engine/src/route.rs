//! Who is told about which change.
//!
//! A change goes to a link when one of the link's criteria matches the version before it or the version after it: what
//! leaves the criteria, and what is deleted, is a change that the counterpart must learn as well.

use std::collections::{BTreeMap, BTreeSet};

use fhir_profiles::search::Query;
use fhir_profiles::{IndexEntry, Profiles};
use gateway_core::{Issue, Key, LinkId, Origin, ResourceType, TenantId};

/// One line of the routing table: changes of `tenant` that match `criteria` go to `link`. Readable as a FHIR
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

impl Route {
    fn matches(&self, content: &Content<'_>) -> bool {
        self.query.matches(content.key, content.last_updated, content.entries)
    }
}

/// A line of the routing table that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("link {link}: the criteria {criteria:?} cannot be used: {}", sentences(.issues))]
pub struct RouteError {
    /// Of which link.
    pub link: LinkId,
    /// Which criteria.
    pub criteria: String,
    /// What is wrong with them.
    pub issues: Vec<Issue>,
}

fn sentences(issues: &[Issue]) -> String {
    issues.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The routing table. Made once at the start, shared, never changed.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    by_tenant: BTreeMap<TenantId, Vec<Route>>,
}

/// One version as a route sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Content<'a> {
    pub(crate) key: &'a Key,
    /// Microseconds since 1970.
    pub(crate) last_updated: i64,
    pub(crate) entries: &'a [IndexEntry],
}

impl Routes {
    /// Compiles the lines of a configuration.
    ///
    /// # Errors
    /// Every line that cannot be used, so that all can be put right at once.
    pub fn compile(
        profiles: &Profiles,
        lines: impl IntoIterator<Item = (TenantId, LinkId, String)>,
    ) -> Result<Self, Vec<RouteError>> {
        let mut routes = Vec::new();
        let mut errors = Vec::new();
        for (tenant, link, criteria) in lines {
            match Query::from_criteria(profiles, &criteria) {
                Ok(query) => routes.push(Route { tenant, link, criteria, query }),
                Err(issues) => errors.push(RouteError { link, criteria, issues }),
            }
        }
        if errors.is_empty() { Ok(routes.into_iter().collect()) } else { Err(errors) }
    }

    /// A tenant's lines, in the order they were given.
    #[must_use]
    pub fn of(&self, tenant: &TenantId) -> &[Route] {
        self.by_tenant.get(tenant).map_or(&[], Vec::as_slice)
    }

    /// Every line, by tenant.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.by_tenant.values().flatten()
    }

    /// A tenant's lines for a type, without those back to where the change came from.
    pub(crate) fn onward<'r>(
        &'r self,
        tenant: &TenantId,
        origin: &'r Origin,
        resource_type: ResourceType,
    ) -> impl Iterator<Item = &'r Route> {
        self.of(tenant)
            .iter()
            .filter(move |route| route.query.resource_type == resource_type)
            .filter(move |route| !matches!(origin, Origin::Link(link) if *link == route.link))
    }
}

impl FromIterator<Route> for Routes {
    fn from_iter<I: IntoIterator<Item = Route>>(lines: I) -> Self {
        let mut routes = Self::default();
        for route in lines {
            routes.by_tenant.entry(route.tenant.clone()).or_default().push(route);
        }
        routes
    }
}

/// The links of those `routes` that match some of `versions`, each once.
pub(crate) fn links<'r>(routes: impl Iterator<Item = &'r Route>, versions: &[Content<'_>]) -> Vec<LinkId> {
    let told = routes.filter(|route| versions.iter().any(|version| route.matches(version)));
    let links: BTreeSet<_> = told.map(|route| route.link.clone()).collect();
    links.into_iter().collect()
}
