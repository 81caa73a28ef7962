//! What an export is asked for: read from the parameters, kept with it, and laid out as portions.

use std::collections::BTreeSet;

use fhir_profiles::search::Query;
use gateway_core::{Caller, Id, Interaction, Issue, IssueCode, Key, Problem, ResourceType};
use gateway_engine::{People, Portion};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::App;
use crate::fhir::offer::{Rest, offered};
use crate::fhir::operation::Input;
use crate::fhir::search::compartment;

/// What of `_outputFormat` is understood; all three mean the same.
const FORMATS: [&str; 3] = ["application/fhir+ndjson", "application/ndjson", "ndjson"];

/// Parameters of the guide that are not offered. A lenient caller gets the export without them, and is told.
const NOT_OFFERED: [&str; 3] = ["includeAssociatedData", "organizeOutputBy", "allowPartialManifests"];

/// Versions get their moment before they are committed; one that was on its way at the last export is not missed.
const ON_ITS_WAY: time::Duration = time::Duration::seconds(10);

/// An export as it was asked for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    /// The address of the kick-off.
    pub(super) request: String,
    pub(super) types: Vec<String>,
    /// Microseconds since 1970.
    since: Option<i64>,
    until: Option<i64>,
    /// Whether only what belongs to patients.
    patients: bool,
    /// These patients only, when some are named.
    only: Vec<String>,
    /// FHIR searches with their type.
    filters: Vec<String>,
    /// Elements of the root that are wanted.
    pub(super) elements: Vec<String>,
    /// Parameters that were left out.
    pub(super) left_out: Vec<String>,
}

impl Asked {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `Malformed` with everything that is wrong; `Forbidden` for a type that is named and not the caller's to have.
    pub(super) fn read(
        app: &App,
        caller: &Caller,
        input: &Input,
        patients: bool,
        lenient: bool,
    ) -> Result<Self, Problem> {
        let mut reading = Reading { app, caller, input, issues: Vec::new() };
        let asked = Self {
            request: String::new(),
            types: reading.types(patients)?,
            since: reading.moment("_since"),
            until: reading.moment("_until"),
            patients,
            only: reading.only(patients),
            filters: reading.filters(),
            elements: list(input, "_elements").map(str::to_owned).collect(),
            left_out: reading.left_out(lenient),
        };
        reading.format();
        if reading.issues.is_empty() { Ok(asked) } else { Err(Problem::Malformed(reading.issues)) }
    }

    /// What of a type belongs to it. `at` is the moment the export shows.
    pub(super) fn portion(&self, app: &App, of: ResourceType, at: OffsetDateTime, deleted: bool) -> Portion {
        let only: BTreeSet<Id> = self.only.iter().filter_map(|id| id.parse().ok()).collect();
        let people = self.patients.then(|| People {
            parameters: if of == ResourceType::Patient { &[] } else { compartment::membership(of) },
            only: (!only.is_empty()).then_some(only),
        });
        let filters = self.filters.iter().filter_map(|text| self::filter(app, text).ok());
        Portion {
            resource_type: of,
            at: self.until.map(moment).map_or(at, |until| until.min(at)),
            since: self.since.map(|since| moment(since) - ON_ITS_WAY),
            people,
            filters: filters.filter(|query| query.resource_type == of).collect(),
            deleted,
        }
    }

    /// Whether deletions are told too: to one who has what was there before.
    pub(super) fn tells_deletions(&self) -> bool {
        self.since.is_some() && !self.patients
    }
}

fn moment(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The values of a parameter, repeated or separated by commas.
fn list<'i>(input: &'i Input, name: &'i str) -> impl Iterator<Item = &'i str> {
    input.texts(name).flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty())
}

fn filter(app: &App, text: &str) -> Result<Query, Vec<Issue>> {
    Query::from_criteria(&app.engine.parts().profiles, text)
}

/// Whether resources of a type are kept here, and exported as they are.
fn exported(of: ResourceType) -> bool {
    of != ResourceType::Binary && offered(of).contains(&Rest::Create)
}

struct Reading<'r> {
    app: &'r App,
    caller: &'r Caller,
    input: &'r Input,
    issues: Vec<Issue>,
}

impl Reading<'_> {
    fn wrong(&mut self, code: IssueCode, text: impl Into<String>, name: &str) {
        self.issues.push(Issue::error(code, text).at(format!("Parameters.parameter.where(name='{name}')")));
    }

    /// The types that are named, or all the caller may have.
    fn types(&mut self, patients: bool) -> Result<Vec<String>, Problem> {
        let fits = |of: &ResourceType| exported(*of) && (!patients || compartment::types().any(|t| t == *of));
        let may = |of: ResourceType| {
            [Interaction::Search, Interaction::Read].iter().all(|act| self.caller.scopes.allow(of, *act))
        };
        let mut types = Vec::new();
        let mut wrong = Vec::new();
        for name in list(self.input, "_type") {
            match name.parse().ok().filter(fits) {
                Some(of) if !may(of) => {
                    let text = format!("The scopes of the token do not allow exporting {of}.");
                    return Err(Problem::Forbidden(Issue::error(IssueCode::Forbidden, text)));
                }
                Some(of) if !types.contains(&of) => types.push(of),
                Some(_) => {}
                None => wrong.push("This names a type that is not exported here."),
            }
        }
        for text in wrong {
            self.wrong(IssueCode::NotSupported, text, "_type");
        }
        if self.input.text("_type").is_none() {
            types = ResourceType::ALL.iter().copied().filter(fits).filter(|of| may(*of)).collect();
        }
        Ok(types.iter().map(ToString::to_string).collect())
    }

    fn moment(&mut self, name: &str) -> Option<i64> {
        let text = self.input.text(name)?;
        let read = OffsetDateTime::parse(text, &Rfc3339).ok();
        let micros = read.and_then(|at| i64::try_from(at.unix_timestamp_nanos() / 1_000).ok());
        if micros.is_none() {
            self.wrong(IssueCode::Value, "This must be an instant, with seconds and an offset.", name);
        }
        micros
    }

    fn only(&mut self, patients: bool) -> Vec<String> {
        let mut only = Vec::new();
        for reference in self.input.parts("patient") {
            let key = reference.text("reference").and_then(Key::from_reference);
            if let Some(key) = key.filter(|key| patients && key.resource_type == ResourceType::Patient) {
                only.push(key.id.to_string());
            } else {
                let text = "This must be a reference to a Patient, on an export of patients.";
                self.wrong(IssueCode::Invalid, text, "patient");
            }
        }
        only
    }

    /// Filters are separated by commas that are not in a value; a value escapes them, as searches do.
    fn filters(&mut self) -> Vec<String> {
        let filters: Vec<String> = self.input.texts("_typeFilter").map(str::to_owned).collect();
        for text in &filters {
            for issue in filter(self.app, text).err().into_iter().flatten() {
                self.wrong(issue.code, issue.text, "_typeFilter");
            }
        }
        filters
    }

    fn format(&mut self) {
        if self.input.text("_outputFormat").is_some_and(|format| !FORMATS.contains(&format)) {
            self.wrong(IssueCode::NotSupported, "Only application/fhir+ndjson is written.", "_outputFormat");
        }
    }

    fn left_out(&mut self, lenient: bool) -> Vec<String> {
        let there: Vec<&str> =
            NOT_OFFERED.into_iter().filter(|name| self.input.text(name).is_some()).collect();
        if !lenient {
            for name in &there {
                self.wrong(IssueCode::NotSupported, "This parameter is not offered here.", name);
            }
        }
        there.into_iter().map(str::to_owned).collect()
    }
}
