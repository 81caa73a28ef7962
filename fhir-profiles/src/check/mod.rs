//! The check of a resource against R4 and the Dutch rules: one walk over the text, driven by the table in `r4`.
//!
//! Every mistake is an issue with its FHIRPath; the walk never stops at the first. What cannot be read as R4 at all
//! is `malformed` (400), the rest is refused by a rule (422), as `dutch-fhir.md` section 4.9 draws the line.

mod contained;
mod dutch;
mod extension;
mod narrative;
mod place;
mod reference;
mod rules;
mod sink;
mod walk;

pub(crate) use dutch::bsn;
pub(crate) use place::{Place, printable};
pub(crate) use reference::named_type;
#[cfg(test)]
pub(crate) use rules::not_checked;
pub(crate) use rules::{Constraint, own_rules, rule};
pub(crate) use sink::{Level, Sink};
pub(crate) use walk::{Walk, report};
