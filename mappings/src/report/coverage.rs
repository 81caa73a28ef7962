//! How many fields and elements go which way.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::sheet::{RowKind, kind};
use crate::table::Row;

/// How many fields and elements go which way. A field with one row both ways goes both ways, whatever its others do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Coverage {
    /// Fields of the record that the table names.
    pub fields: usize,
    /// Of them: carried there and back.
    pub both_ways: usize,
    /// Of them: carried one way.
    pub one_way: usize,
    /// Of them: not carried.
    pub lost_fields: usize,
    /// Elements of the resource that the table names.
    pub elements: usize,
    /// Of them: not carried.
    pub lost_elements: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Best {
    Lost,
    OneWay,
    BothWays,
}

impl Coverage {
    pub(super) fn of(rows: &[Row]) -> Self {
        let mut fields: BTreeMap<&str, Best> = BTreeMap::new();
        let mut elements: BTreeMap<&str, bool> = BTreeMap::new();
        for row in rows {
            let best = if row.way.is_none() { Best::BothWays } else { Best::OneWay };
            match kind(row) {
                RowKind::Pair { wire, fhir } => {
                    let held = fields.entry(wire).or_insert(best);
                    *held = best.max(*held);
                    elements.insert(fhir, true);
                }
                RowKind::Fixed { fhir } => _ = elements.insert(fhir, true),
                RowKind::LostField { wire, .. } => _ = fields.entry(wire).or_insert(Best::Lost),
                RowKind::LostElement { fhir, .. } => _ = elements.entry(fhir).or_insert(false),
                RowKind::Other => {}
            }
        }
        let count = |wanted: Best| fields.values().filter(|best| **best == wanted).count();
        Self {
            fields: fields.len(),
            both_ways: count(Best::BothWays),
            one_way: count(Best::OneWay),
            lost_fields: count(Best::Lost),
            elements: elements.len(),
            lost_elements: elements.values().filter(|carried| !**carried).count(),
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fields, both_ways, one_way, lost_fields, elements, lost_elements } = self;
        write!(f, "{fields} fields: {both_ways} both ways, {one_way} one way, {lost_fields} lost; ")?;
        write!(f, "{elements} elements: {lost_elements} lost")
    }
}
