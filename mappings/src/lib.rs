//! What becomes what, as data a domain expert can read: FHIR `ConceptMap` resources, one folder per counterpart.
//!
//! A map works in both directions and is checked when it is read. A code it does not know is an issue with its path,
//! never a default (`design.md` section 5). Mapping tables for fields join them when a counterpart needs them.

mod concept_map;
mod read;
mod report;
mod sheet;
pub mod spreekuur;
mod structure_map;
pub mod wire;

pub use concept_map::{ConceptMap, Target};
pub use read::ConceptMapError;
pub use report::{Coverage, Line, Lost, Report};
pub use sheet::Sheet;
pub use structure_map::structure_map;
