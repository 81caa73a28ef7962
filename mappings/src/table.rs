//! Mapping tables: a wire record beside a FHIR resource, a row per field, both ways.
//!
//! A table is compiled once ([`compile`]) into a list of steps and a tree over the resource ([`plan`]). Running reads the
//! record's fields, turns each through its codec, and writes along the tree onto the current text ([`lay`]); or reads along the
//! tree and fills a record ([`tell`]).

mod build;
pub(crate) mod compile;
mod coverage;
pub(crate) mod fields;
mod fixed;
mod lay;
mod path;
mod plan;
pub(crate) mod program;
mod row;
mod run;
mod shape;
pub(crate) mod tell;

mod whole;
mod write;

use gateway_core::{Resource, ResourceType};

pub use row::{Absent, Empty, Row, Scalar, Unknown, Way};

pub(crate) use program::{Inner, Program};

use crate::record::RecordDescription;
use crate::wire::{self, Format};
use crate::{Context, MapIssue};

/// A compiled mapping table.
#[derive(Debug)]
pub struct Table {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) record: RecordDescription,
    pub(crate) profile: Option<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) program: Program,
}

/// A resource a record was laid on.
#[derive(Debug)]
pub struct Laid {
    /// The resource: what was there, with what the table owns.
    pub resource: Resource,
    /// What did not hinder.
    pub warnings: Vec<MapIssue>,
}

/// A record told from a resource.
#[derive(Debug)]
pub struct Told {
    /// The record, its fields in the order of their description.
    pub record: wire::Record,
    /// What did not hinder, and what is there and not told.
    pub warnings: Vec<MapIssue>,
}

impl Table {
    /// `tetra/afspraak`
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, for people.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The record it reads and writes.
    #[must_use]
    pub fn record(&self) -> &RecordDescription {
        &self.record
    }

    /// The type of resource it reads and writes.
    #[must_use]
    pub fn resource_type(&self) -> ResourceType {
        self.program.resource_type
    }

    /// The canonical of the profile it was compiled against.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// Its rows as they are written.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The names its constants need a value for: `practice` for `{practice}` (see [`Context::values`]).
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.program.templates.names()
    }

    /// Lays a record on a resource: sets the elements the table owns onto `current` (or a new resource) and leaves every
    /// other element, slice and extension as it is. `place` is where the record stood, `Afspraken[3]`.
    ///
    /// # Errors
    /// All issues that refuse the record, each with both paths.
    pub fn lay(
        &self,
        wire: wire::Node<'_>,
        format: Format,
        place: &str,
        current: Option<&Resource>,
        cx: &Context<'_>,
    ) -> Result<Laid, Vec<MapIssue>> {
        lay::lay(&self.program, wire, format, place, current, cx)
    }

    /// Tells a resource as a record.
    ///
    /// # Errors
    /// All issues for which it cannot be told, each with both paths.
    pub fn tell(&self, resource: &Resource, format: Format, cx: &Context<'_>) -> Result<Told, Vec<MapIssue>> {
        tell::tell(&self.program, resource, format, cx)
    }
}

#[cfg(test)]
mod tests;
