//! From `name=value` pairs to a [`Query`]: nothing is ignored, everything wrong is told.

use std::cell::Cell;

use gateway_core::IssueCode::{Invalid, NotSupported, TooCostly};
use gateway_core::{Issue, ResourceType};

use super::asked::Asked;
use super::chain;
use super::value::{self, Misread};
use super::{Criterion, Filter, Query};
use crate::Profiles;

/// A query with more values to compare with than this, those inside chains counted, is too costly.
const MOST_CRITERIA: usize = 500;

/// What every parameter of one query is read with.
pub(super) struct Reading<'p> {
    pub(super) profiles: &'p Profiles,
    /// Microseconds since 1970; `None` where the answer may not depend on when it is asked.
    pub(super) now: Option<i64>,
    /// How many more criteria the query may have.
    left: Cell<usize>,
}

/// Why a parameter is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// The type has no such parameter; another target of a chain may have it.
    Unknown(Issue),
    /// It is wrong, whatever it is asked of.
    Wrong(Issue),
}

impl Refused {
    pub(super) fn issue(self) -> Issue {
        match self {
            Self::Unknown(issue) | Self::Wrong(issue) => issue,
        }
    }
}

impl<'p> Reading<'p> {
    pub(super) fn new(profiles: &'p Profiles, now: Option<i64>) -> Self {
        Self { profiles, now, left: Cell::new(MOST_CRITERIA) }
    }

    pub(super) fn query(
        &self,
        resource_type: ResourceType,
        parameters: &[(String, String)],
    ) -> Result<Query, Vec<Issue>> {
        let (mut filters, mut issues) = (Vec::new(), Vec::new());
        for (name, value) in parameters {
            match self.filter(&Part { resource_type, name, rest: name, value, steps: 0 }) {
                Ok(filter) => filters.push(filter),
                Err(refused) => issues.push(refused.issue()),
            }
        }
        if issues.is_empty() {
            Ok(Query { resource_type, filters, sort: Vec::new(), understood: parameters.to_vec() })
        } else {
            Err(issues)
        }
    }

    /// One parameter, or what a chain has left of it.
    pub(super) fn filter(&self, part: &Part<'_>) -> Result<Filter, Refused> {
        if let Some(rest) = part.rest.strip_prefix("_has:") {
            return chain::has(self, part, rest);
        }
        match part.rest.split_once('.') {
            Some((reference, rest)) => chain::chain(self, part, reference, rest),
            None => self.parameter(&part.asked(part.rest)),
        }
    }

    fn parameter(&self, asked: &Asked<'_>) -> Result<Filter, Refused> {
        if asked.value.trim().is_empty() {
            return Err(Refused::Wrong(asked.misread(Misread::Empty)));
        }
        let filter = match asked.code {
            "_id" => asked.id(),
            "_lastUpdated" => asked.last_updated(self.now),
            code => {
                let Some((parameter, routes)) = asked.profiles_parameter(self.profiles) else {
                    let sentence = not_offered(code).unwrap_or("is no search parameter of this type");
                    return Err(Refused::Unknown(asked.issue(NotSupported, sentence)));
                };
                asked.of(self, parameter, routes)
            }
        };
        let filter = filter.map_err(Refused::Wrong)?;
        self.spend(asked, filter.any.iter().map(Criterion::weight).sum())?;
        Ok(filter)
    }

    /// Counts criteria; a query that has too many is refused while it is read, before it costs anything.
    pub(super) fn spend(&self, asked: &Asked<'_>, criteria: usize) -> Result<(), Refused> {
        let left = self.left.get().checked_sub(criteria).ok_or_else(|| {
            Refused::Wrong(asked.issue(TooCostly, "makes more than 500 values to compare with"))
        })?;
        self.left.set(left);
        Ok(())
    }
}

/// Parameters of R4 that are not here, in words of their own.
fn not_offered(code: &str) -> Option<&'static str> {
    Some(match code {
        "_text" | "_content" => {
            "is not offered: texts are not indexed as a whole, ask by the parameters of the type"
        }
        "_filter" => "is not offered: say it with parameters, a comma for or, repeating for and",
        "_query" => "is not offered: there are no named queries here",
        "_list" => "is not offered: lists are not searched by, ask for the resources by _id",
        "_contained" | "_containedType" => {
            "is not offered: resources inside others are not found on their own"
        }
        "_type" => "is for a search over all types only",
        _ => return None,
    })
}

/// A parameter while it is read: `rest` is what is left of its `name` at this type.
#[derive(Clone, Copy)]
pub(super) struct Part<'q> {
    pub(super) resource_type: ResourceType,
    pub(super) name: &'q str,
    pub(super) rest: &'q str,
    pub(super) value: &'q str,
    /// How many steps of a chain lie behind.
    pub(super) steps: usize,
}

impl<'q> Part<'q> {
    /// `code` or `code:modifier`.
    pub(super) fn asked(&self, text: &'q str) -> Asked<'q> {
        let (code, modifier) = match text.split_once(':') {
            Some((code, modifier)) => (code, Some(modifier)),
            None => (text, None),
        };
        Asked { resource_type: self.resource_type, name: self.name, code, modifier, value: self.value }
    }
}

/// `Type?name=value&...`, without anything that needs other resources or the moment.
pub(super) fn criteria(profiles: &Profiles, criteria: &str) -> Result<Query, Vec<Issue>> {
    let (name, parameters) = criteria.split_once('?').unwrap_or((criteria, ""));
    let resource_type = name.parse().map_err(|_| {
        vec![Issue::error(Invalid, "the criteria must begin with a resource type and a question mark")]
    })?;
    let pairs = parameters.split('&').filter(|pair| !pair.is_empty());
    let pairs: Option<Vec<_>> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((value::decoded(name)?, value::decoded(value)?))
        })
        .collect();
    let pairs =
        pairs.ok_or_else(|| vec![Issue::error(Invalid, "the criteria are not encoded as a URL is")])?;
    let query = Reading::new(profiles, None).query(resource_type, &pairs)?;
    if query.is_local() {
        return Ok(query);
    }
    let text = "the criteria may not look at other resources: no chain and no _has";
    Err(vec![Issue::error(NotSupported, text)])
}

/// Whether a type is searched by a parameter of this name, whatever its modifier and value: the first step of a chain
/// counts.
pub(super) fn knows(profiles: &Profiles, resource_type: ResourceType, name: &str) -> bool {
    let code = name.split([':', '.']).next().unwrap_or_default();
    matches!(code, "_id" | "_lastUpdated" | "_has") || profiles.searchable(resource_type).find(code).is_some()
}

/// The query of a chain or `_has`: one filter, nothing else.
pub(super) fn inner(resource_type: ResourceType, filter: Filter) -> Query {
    Query { resource_type, filters: vec![filter], sort: Vec::new(), understood: Vec::new() }
}

/// A filter with one criterion.
pub(super) fn one(parameter: &str, criterion: Criterion) -> Filter {
    Filter { parameter: parameter.to_owned(), negated: false, any: vec![criterion] }
}
