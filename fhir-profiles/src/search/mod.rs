//! Search: parameters in, a typed [`Query`] out. The store compiles a query to SQL; a route matches it in memory.
//!
//! The same definitions (`r4/search.tsv`) say what can be asked and what the index holds, so neither can offer what the
//! other lacks. What is not understood is an issue: a search never answers wider than it was asked.

mod asked;
mod chain;
mod composite;
mod decimal;
mod definitions;
mod expression;
mod fill;
mod fold;
mod inside;
mod matches;
mod modifiers;
mod near;
mod parameters;
mod parse;
mod quantity;
mod reference;
mod sort;
mod token;
mod value;

pub(crate) use definitions::{fingerprint, resources};
pub(crate) use fill::rows;
pub(crate) use modifiers::of as modifiers;
pub(crate) use parameters::{Searchable, searchable};

/// The longest text the index holds whole; longer ones are cut one character behind it, and not asked for.
pub const LONGEST: usize = 256;

use gateway_core::{Id, Issue, Key, ResourceType};

use crate::{IndexEntry, Profiles};

/// A search parameter of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchParameter {
    /// The name in a URL.
    pub code: &'static str,
    /// What kind of value it takes.
    pub kind: ParameterKind,
    /// The canonical URL of the definition.
    pub url: &'static str,
    /// The FHIRPath the index is filled by.
    pub expression: &'static str,
    /// The types a reference parameter may point to.
    pub targets: &'static [&'static str],
}

/// What kind of value a parameter takes (FHIR R4 search-param-type).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kinds are FHIR's own")]
pub enum ParameterKind {
    Token,
    String,
    Date,
    Reference,
    Uri,
    Number,
    Quantity,
    Composite,
    Special,
}

/// A search on one type: every filter must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What is searched.
    pub resource_type: ResourceType,
    /// AND.
    pub filters: Vec<Filter>,
    /// In which order; the order of first storing decides between equals, and alone when this is empty.
    pub sort: Vec<Sort>,
    /// The parameters as understood, for `link[self]`: never logged.
    pub understood: Vec<(String, String)>,
}

/// One key of `_sort`. A resource with several values is placed by its least, descending by its greatest; one without a
/// value comes last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The parameter's code; `_id` and `_lastUpdated` too.
    pub parameter: String,
    /// Which index table holds its values.
    pub kind: ParameterKind,
    /// `-`
    pub descending: bool,
}

/// One parameter with its values: some criterion must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The parameter's code; `_id` and `_lastUpdated` too, and nothing where the criteria have filters of their own.
    pub parameter: String,
    /// `:not`: no value may match.
    pub negated: bool,
    /// OR.
    pub any: Vec<Criterion>,
}

/// One value to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// `_id`
    Id(Id),
    /// token
    Token {
        /// `None`: any system. `Some(None)`: no system. `Some(Some(s))`: exactly `s`, canonical.
        system: Option<Option<String>>,
        /// `None`: any code in that system.
        code: Option<String>,
        /// Whether the code is compared as an HMAC (a BSN); without a system both forms are tried.
        secret: bool,
    },
    /// string, already folded; starts-with unless `exact`. (`:exact` in a URL becomes a token: case and accents count.)
    String {
        /// What to look for.
        text: String,
        /// Whole value.
        exact: bool,
    },
    /// date and `_lastUpdated`
    Date {
        /// How to compare.
        prefix: Prefix,
        /// The period the value names, as in the index.
        start: i64,
        /// End, exclusive.
        end: i64,
    },
    /// reference to one of ours
    Reference(Key),
    /// uri, or foreign reference
    Uri(String),
    /// `:missing`
    Missing(bool),
    /// string, `:contains`: already folded, anywhere in a value
    Contains(String),
    /// `:text` of a token or reference: already folded; the beginning of a display or text, which the string index holds
    /// under the same parameter
    Text(String),
    /// uri, `:below`: the value or what stands under it
    UriBelow(String),
    /// number and quantity, in the order of [`crate::IndexValue::Number`]. `Eq`, `Ne` and `Ap` ask for the values in a range; the
    /// others take the number as exact (FHIR R4 search, number): `from` and `until` are the same, `Gt` and `Sa` ask for
    /// what is greater, `Ge` for that or the same, `Lt`, `Eb` and `Le` the other way round.
    Number {
        /// How to compare.
        prefix: Prefix,
        /// Where the range of the value begins, as in the index.
        from: String,
        /// Where it ends, exclusive.
        until: String,
        /// The unit's system and code as in the index; `None`: any.
        unit: Option<String>,
    },
    /// One of these filters holds (a compartment, a part of [`Criterion::AllOf`]).
    AnyOf(Vec<Filter>),
    /// All of these filters hold.
    AllOf(Vec<Filter>),
    /// A chain: the reference leads to a living resource that this finds. Its filters count, nothing else of it.
    Chain(Box<Query>),
    /// `_has`: a living resource that `query` finds refers to this one.
    Has {
        /// The reference parameter, of the query's type.
        reference: String,
        /// What refers.
        query: Box<Query>,
    },
}

/// Comparison of dates and numbers (FHIR R4 search, prefixes). `Ap`: the two overlap; the range is widened when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the prefixes are FHIR's own")]
pub enum Prefix {
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    Sa,
    Eb,
    Ap,
}

impl Query {
    /// Reads decoded `name=value` pairs; result parameters (`_count`, `_sort`, ...) are the door's and must be taken out
    /// before.
    ///
    /// # Errors
    /// One issue per parameter that is unknown or malformed. A parameter that is not understood is never ignored.
    pub fn parse(
        profiles: &Profiles,
        resource_type: ResourceType,
        parameters: &[(String, String)],
    ) -> Result<Self, Vec<Issue>> {
        parse::Reading::new(profiles, None).query(resource_type, parameters)
    }

    /// As [`Query::parse`], at a moment (microseconds since 1970): what is "about" a date (`ap`) depends on it.
    ///
    /// # Errors
    /// As [`Query::parse`].
    pub fn parse_at(
        profiles: &Profiles,
        resource_type: ResourceType,
        parameters: &[(String, String)],
        now: i64,
    ) -> Result<Self, Vec<Issue>> {
        parse::Reading::new(profiles, Some(now)).query(resource_type, parameters)
    }

    /// Reads the value of `_sort`: parameters, `-` in front for descending, separated by commas.
    ///
    /// # Errors
    /// One issue per key that is no parameter of the type or has nothing to sort by.
    pub fn sort(
        profiles: &Profiles,
        resource_type: ResourceType,
        text: &str,
    ) -> Result<Vec<Sort>, Vec<Issue>> {
        sort::keys(profiles, resource_type, text)
    }

    /// Reads FHIR search syntax with its type, for instance `Appointment?status=booked,cancelled`.
    ///
    /// # Errors
    /// As [`Query::parse`]; `invalid` when the type is missing or unknown, `not-supported` for what depends on other resources
    /// (see [`Query::is_local`]).
    pub fn from_criteria(profiles: &Profiles, criteria: &str) -> Result<Self, Vec<Issue>> {
        parse::criteria(profiles, criteria)
    }

    /// Whether a type is searched by a parameter of this name, whatever its modifier and value. What it does not know may be
    /// left out when the caller says so; what it knows is understood or refused.
    #[must_use]
    pub fn knows(profiles: &Profiles, resource_type: ResourceType, name: &str) -> bool {
        parse::knows(profiles, resource_type, name)
    }

    /// Whether a resource with this key and these index rows is a match (`_lastUpdated` in microseconds).
    #[must_use]
    pub fn matches(&self, key: &Key, last_updated: i64, entries: &[IndexEntry]) -> bool {
        self.filters.iter().all(|filter| matches::filter(filter, key, last_updated, entries))
    }
}
