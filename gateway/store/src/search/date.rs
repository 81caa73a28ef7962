//! Dates: how periods are compared (FHIR R4 search, prefixes).
//!
//! Periods do not end before they start, so a bound on one end is also one on the other; it is said where it lets the
//! index be used.

use fhir_profiles::search::Prefix;

use super::plan::Plan;

/// What the row `i` must be.
pub(super) fn compares(plan: &mut Plan<'_>, prefix: Prefix, (start, end): (i64, i64), i: &str) -> String {
    let (start, end) = (plan.number(start), plan.number(end));
    let (first, last) = (format!("{i}.start_at"), format!("{i}.end_at"));
    match prefix {
        Prefix::Eq => format!("({first} >= {start} AND {first} <= {end} AND {last} <= {end})"),
        Prefix::Ne => format!("({first} < {start} OR {last} > {end})"),
        Prefix::Gt => format!("({last} > {end})"),
        Prefix::Lt => format!("({first} < {start})"),
        Prefix::Ge => format!("({first} >= {start} OR {last} > {end})"),
        Prefix::Le => format!("({first} <= {end} AND ({first} < {start} OR {last} <= {end}))"),
        Prefix::Sa => format!("({first} >= {end})"),
        Prefix::Eb => format!("({first} <= {start} AND {last} <= {start})"),
        Prefix::Ap => format!("({first} < {end} AND {last} > {start})"),
    }
}

/// The same for what happens at one microsecond.
pub(super) fn moment(plan: &mut Plan<'_>, prefix: Prefix, (start, end): (i64, i64), at: &str) -> String {
    let (start, end) = (plan.number(start), plan.number(end));
    match prefix {
        Prefix::Eq | Prefix::Ap => format!("({at} >= {start} AND {at} < {end})"),
        Prefix::Ne => format!("({at} < {start} OR {at} >= {end})"),
        Prefix::Gt | Prefix::Sa => format!("({at} >= {end})"),
        Prefix::Lt | Prefix::Eb => format!("({at} < {start})"),
        Prefix::Ge => format!("({at} >= {start})"),
        Prefix::Le => format!("({at} < {end})"),
    }
}
