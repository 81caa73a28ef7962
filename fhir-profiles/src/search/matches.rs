//! Whether a resource is a match, judged by its index rows. The store says the same in SQL.

use gateway_core::Key;

use super::{Criterion, Filter, Prefix};
use crate::{IndexEntry, IndexValue};

pub(super) fn filter(filter: &Filter, key: &Key, last_updated: i64, entries: &[IndexEntry]) -> bool {
    let rows =
        || entries.iter().filter(|entry| entry.parameter == filter.parameter).map(|entry| &entry.value);
    let any = filter.any.iter().any(|criterion| match criterion {
        Criterion::Id(id) => *id == key.id,
        Criterion::AnyOf(filters) => filters.iter().any(|f| self::filter(f, key, last_updated, entries)),
        Criterion::AllOf(filters) => filters.iter().all(|f| self::filter(f, key, last_updated, entries)),
        Criterion::Missing(missing) if matches!(&*filter.parameter, "_id" | "_lastUpdated") => !missing,
        Criterion::Missing(missing) => rows().next().is_none() == *missing,
        Criterion::Date { prefix, start, end } if filter.parameter == "_lastUpdated" => {
            prefix.holds((*start, *end), (last_updated, last_updated.saturating_add(1)))
        }
        _ => rows().any(|row| matches(criterion, row)),
    });
    any != filter.negated
}

fn matches(criterion: &Criterion, row: &IndexValue) -> bool {
    match (criterion, row) {
        (
            Criterion::Token { system, code, secret },
            IndexValue::Token { system: has, code: value, secret: hidden },
        ) => {
            system.as_ref().is_none_or(|system| system == has)
                && code
                    .as_ref()
                    .is_none_or(|code| code == value && (secret == hidden || system.is_none() && *secret))
        }
        (Criterion::String { text, exact: true }, IndexValue::String(value)) => text == value,
        (Criterion::String { text, exact: false }, IndexValue::String(value)) => {
            value.starts_with(text.as_str())
        }
        (Criterion::Date { prefix, start, end }, IndexValue::Date { start: from, end: until }) => {
            prefix.holds((*start, *end), (*from, *until))
        }
        (Criterion::Reference(wanted), IndexValue::Reference(key)) => wanted == key,
        (Criterion::Uri(wanted), IndexValue::Uri(uri)) => wanted == uri,
        (Criterion::Contains(text), IndexValue::String(value)) => value.contains(text.as_str()),
        (Criterion::Text(text), IndexValue::String(value)) => value.starts_with(text.as_str()),
        (Criterion::UriBelow(base), IndexValue::Uri(uri)) => {
            uri.strip_prefix(base.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        (Criterion::Number { prefix, from, until, unit }, IndexValue::Number { value, unit: has }) => {
            unit.as_ref().is_none_or(|unit| Some(unit) == has.as_ref())
                && number(*prefix, (from, until), value)
        }
        _ => false,
    }
}

fn number(prefix: Prefix, (from, until): (&String, &String), value: &String) -> bool {
    match prefix {
        Prefix::Eq | Prefix::Ap => from <= value && value < until,
        Prefix::Ne => value < from || until <= value,
        Prefix::Gt | Prefix::Sa => value > from,
        Prefix::Lt | Prefix::Eb => value < from,
        Prefix::Ge => value >= from,
        Prefix::Le => value <= from,
    }
}

impl Prefix {
    /// Whether `target` compares so with `asked`; both are periods, the end exclusive (FHIR R4 search, prefixes).
    #[must_use]
    pub fn holds(self, asked: (i64, i64), target: (i64, i64)) -> bool {
        let contains = asked.0 <= target.0 && target.1 <= asked.1;
        match self {
            Self::Eq => contains,
            Self::Ne => !contains,
            Self::Gt => target.1 > asked.1,
            Self::Lt => target.0 < asked.0,
            Self::Ge => target.1 > asked.1 || contains,
            Self::Le => target.0 < asked.0 || contains,
            Self::Sa => target.0 >= asked.1,
            Self::Eb => target.1 <= asked.0,
            Self::Ap => target.0 < asked.1 && asked.0 < target.1,
        }
    }
}
