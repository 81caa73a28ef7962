//! The FHIR package of the gateway and the checker compiled from it (`README.md`).

mod index;
mod profiles;
pub mod search;

pub use index::{IndexEntry, IndexValue};
pub use profiles::{BsnCheck, Profiles, Refusal, Rules, Unknown, Valid};
