//! The FHIR package of the gateway and the checker compiled from it (`README.md`).

mod check;
mod index;
mod lapsed;
pub mod mention;
mod moment;
pub mod outline;
mod package;
mod profiles;
mod r4;
mod report;
pub mod search;
mod subset;
mod systems;
pub mod terminology;
pub mod xml;

pub use index::{IndexEntry, IndexValue};
pub use lapsed::lapsed;
pub use profiles::{BsnCheck, Counting, Profiles, Refusal, Rules, Unknown, Valid};
pub use report::told;
pub use subset::Subset;
