//! Numbers and quantities: compared as texts, in the order the index writes them.

use fhir_profiles::search::Prefix;

use super::plan::Plan;

/// What the row `i` must be.
pub(super) fn compares(
    plan: &mut Plan<'_>,
    prefix: Prefix,
    (from, until): (&str, &str),
    unit: Option<&str>,
    i: &str,
) -> String {
    let (from, value) = (plan.text(from), format!("{i}.value"));
    let is = match prefix {
        Prefix::Eq | Prefix::Ap => format!("{value} >= {from} AND {value} < {}", plan.text(until)),
        Prefix::Ne => format!("({value} < {from} OR {value} >= {})", plan.text(until)),
        Prefix::Gt | Prefix::Sa => format!("{value} > {from}"),
        Prefix::Lt | Prefix::Eb => format!("{value} < {from}"),
        Prefix::Ge => format!("{value} >= {from}"),
        Prefix::Le => format!("{value} <= {from}"),
    };
    match unit {
        None => format!("({is})"),
        Some(unit) => format!("({is} AND {i}.unit = {})", plan.text(unit)),
    }
}
