//! What becomes what, as data a domain expert can read: record descriptions, mapping tables and FHIR
//! `ConceptMap` resources, one folder per counterpart.
//!
//! A map works in both directions and is checked when it is read. A code it does not know is an issue with its path,
//! never a default (`design.md` section 5). `README.md` is the reference of the tables.

mod codec;
mod concept_map;
mod context;
mod issue;
mod package;
pub mod proof;
mod read;
mod record;
mod report;
mod sheet;
mod shelf;
pub mod spreekuur;
mod structure_map;
mod table;
pub mod wire;

pub use concept_map::{ConceptMap, Target};
pub use context::Context;
pub use issue::MapIssue;
pub use package::Package;
pub use read::ConceptMapError;
pub use record::{Field, FieldType, RecordDescription};
pub use report::{Coverage, Line, Lost, Report};
pub use shelf::Shelf;
pub use structure_map::structure_map;
pub use table::{Absent, Empty, Laid, Row, Scalar, Table, Told, Unknown, Way};
