//! What can be told of a query by looking inside it, chains and all.

use gateway_core::ResourceType;

use super::{Criterion, Filter, Query};

impl Query {
    /// Whether a resource alone shows that it is a match. Where other resources count too (a chain, `_has`), only the
    /// store can tell, and [`Query::matches`] finds nothing.
    #[must_use]
    pub fn is_local(&self) -> bool {
        !self.any(&|criterion| matches!(criterion, Criterion::Chain(_) | Criterion::Has { .. }))
    }

    /// Whether a BSN is asked for, anywhere: such a query is never repeated in a link.
    #[must_use]
    pub fn names_a_person(&self) -> bool {
        self.any(&|criterion| matches!(criterion, Criterion::Token { secret: true, .. }))
    }

    fn any(&self, holds: &dyn Fn(&Criterion) -> bool) -> bool {
        self.filters.iter().flat_map(|filter| &filter.any).any(|criterion| criterion.any(holds))
    }

    /// The same question without the chains and `_has` through types that are not `allowed`: nobody finds out what
    /// stands in a resource by asking for what refers to it.
    #[must_use]
    pub fn narrowed(&self, allowed: &dyn Fn(ResourceType) -> bool) -> Self {
        Self { filters: narrowed(&self.filters, allowed), ..self.clone() }
    }
}

fn narrowed(filters: &[Filter], allowed: &dyn Fn(ResourceType) -> bool) -> Vec<Filter> {
    let narrow = |filter: &Filter| {
        let any = filter.any.iter().filter_map(|criterion| criterion.narrowed(allowed)).collect();
        Filter { any, ..filter.clone() }
    };
    filters.iter().map(narrow).collect()
}

impl Criterion {
    /// Whether something holds of this criterion or of one inside it.
    fn any(&self, holds: &dyn Fn(&Self) -> bool) -> bool {
        holds(self)
            || match self {
                Self::Chain(query) | Self::Has { query, .. } => query.any(holds),
                Self::AnyOf(filters) | Self::AllOf(filters) => {
                    filters.iter().flat_map(|filter| &filter.any).any(|criterion| criterion.any(holds))
                }
                _ => false,
            }
    }

    /// How many values it compares with.
    pub(super) fn weight(&self) -> usize {
        let inside = |filters: &[Filter]| {
            filters.iter().flat_map(|filter| &filter.any).map(Self::weight).sum::<usize>()
        };
        match self {
            Self::Chain(query) | Self::Has { query, .. } => inside(&query.filters),
            Self::AnyOf(filters) | Self::AllOf(filters) => inside(filters),
            _ => 1,
        }
    }

    /// `None` when it leads through a type that is not allowed.
    fn narrowed(&self, allowed: &dyn Fn(ResourceType) -> bool) -> Option<Self> {
        let inner = |query: &Query| allowed(query.resource_type).then(|| Box::new(query.narrowed(allowed)));
        Some(match self {
            Self::Chain(query) => Self::Chain(inner(query)?),
            Self::Has { reference, query } => {
                Self::Has { reference: reference.clone(), query: inner(query)? }
            }
            Self::AnyOf(filters) => Self::AnyOf(narrowed(filters, allowed)),
            Self::AllOf(filters) => Self::AllOf(narrowed(filters, allowed)),
            _ => self.clone(),
        })
    }
}
