//! What a mapping table carries over and what it loses: the report of `zorgtolk map report`, which is at the same time
//! the documentation under `docs/mappings/`.

mod coverage;
mod markdown;
#[cfg(test)]
mod published;

use serde::Serialize;

pub use coverage::Coverage;
pub(crate) use markdown::format_name;

use crate::sheet::{RowKind, Sheet, codec, kind, scalar};
use crate::table::{Table, Way};

/// The report on one table.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `tetra/afspraak`
    pub table: String,
    /// The record.
    pub record: String,
    /// The resource type.
    pub resource: String,
    /// The canonical of the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// What it is, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// How many fields and elements go which way.
    pub coverage: Coverage,
    /// What becomes what.
    pub rows: Vec<Line>,
    /// What does not, and why.
    pub lost: Vec<Lost>,
}

/// A field or constant and its element.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wire: Option<String>,
    /// The element.
    pub fhir: String,
    /// `both`, `to-fhir` or `to-wire`.
    pub way: &'static str,
    /// The codec, or the constant.
    pub how: String,
    /// What else there is to know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// A field or element that is not carried over.
#[derive(Debug, Clone, Serialize)]
pub struct Lost {
    /// The field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wire: Option<String>,
    /// The element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fhir: Option<String>,
    /// Why.
    pub reason: String,
}

impl Report {
    /// The report on `table`.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        Self::on(&Sheet::of(table))
    }

    fn on(sheet: &Sheet<'_>) -> Self {
        let mut report = Self {
            table: sheet.name.to_owned(),
            record: sheet.record.to_owned(),
            resource: sheet.resource.to_owned(),
            profile: sheet.profile.map(str::to_owned),
            about: sheet.about.to_owned(),
            coverage: Coverage::of(sheet.rows),
            rows: Vec::new(),
            lost: Vec::new(),
        };
        for row in sheet.rows {
            let how =
                row.fixed.as_ref().map_or_else(|| codec(row), |fixed| format!("always {}", scalar(fixed)));
            let line = |wire: Option<&str>, fhir: &str| Line {
                wire: wire.map(str::to_owned),
                fhir: fhir.to_owned(),
                way: way(row.way),
                how: how.clone(),
                remarks: markdown::remarks(row),
            };
            let lost = |wire: Option<&str>, fhir: Option<&str>, why: &str| Lost {
                wire: wire.map(str::to_owned),
                fhir: fhir.map(str::to_owned),
                reason: why.to_owned(),
            };
            match kind(row) {
                RowKind::Pair { wire, fhir } => report.rows.push(line(Some(wire), fhir)),
                RowKind::Fixed { fhir } => report.rows.push(line(None, fhir)),
                RowKind::LostField { wire, why } => report.lost.push(lost(Some(wire), None, why)),
                RowKind::LostElement { fhir, why } => report.lost.push(lost(None, Some(fhir), why)),
                RowKind::Other => {}
            }
        }
        report
    }

    /// The report as a page.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::page(self)
    }
}

fn way(way: Option<Way>) -> &'static str {
    match way {
        None => "both",
        Some(Way::ToFhir) => "to-fhir",
        Some(Way::ToWire) => "to-wire",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = r#"rows = [
  { wire = "Id", fhir = "identifier:ding.value", as = "integer", unset = ["0"] },
  { wire = "Id", fhir = "comment", as = "text", way = "to-fhir", reason = "again" },
  { wire = "Naam|x", fhir = "actor[0].display", as = "trimmed", empty = "keep", only = "json" },
  { fhir = "active", fixed = true },
  { wire = "Geheim", lost = "a secret" },
  { fhir = "planningHorizon", lost = "not told" },
]"#;

    fn report() -> Report {
        let rows = crate::sheet::rows(ROWS);
        let (name, record, about) = ("tetra/ding", "tetra.Ding", "A thing.");
        Report::on(&Sheet { name, record, resource: "Schedule", profile: None, about, rows: &rows })
    }

    #[test]
    fn a_report_says_what_goes_which_way_and_what_is_lost() {
        let report = report();
        let coverage = report.coverage;
        assert_eq!(
            (coverage.fields, coverage.both_ways, coverage.one_way, coverage.lost_fields),
            (3, 2, 0, 1)
        );
        assert_eq!((coverage.elements, coverage.lost_elements), (5, 1));
        assert_eq!(report.rows.len(), 4);
        let page = report.markdown();
        for part in [
            "# tetra/ding",
            "| `Id` | ↔ | `identifier:ding.value` | integer | no value: `0` |",
            "| `Id` | → | `comment` | text | again |",
            "| `Naam\\|x` | ↔ | `actor[0].display` | trimmed | JSON only; no value keeps what is there |",
            "|  | ↔ | `active` | always true |  |",
            "| `Geheim` | a secret |",
            "| `planningHorizon` | not told |",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }

    #[test]
    fn the_json_report_says_the_same() {
        let report = report();
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["coverage"]["both_ways"], 2);
        assert_eq!(json["rows"][1]["way"], "to-fhir");
        assert_eq!(json["lost"][0]["reason"], "a secret");
    }
}
