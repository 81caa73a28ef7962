//! A person of theirs → Patient (`tetra.md` section 4.7).
//!
//! An appointment tells little of its patient and a search more; what is not told never erases what is known, and a name
//! of an appointment never replaces one that is there. The BSN that was searched for is not in any answer: it is given to
//! a Patient only where a second fact agrees (section 3.9).

use std::sync::Arc;

use adapter_kit::{Aside, Item};
use gateway_core::json::{Node, quoted};
use gateway_core::{Bsn, Issue, IssueCode, Resource, ResourceType};
use mappings::wire::Format;

use super::appointment::with_first;
use super::edit::relist;
use super::keys::Thing;
use super::{Composer, Record, issues, nameless, nobody, table};

/// Whether an appointment tells anything of its patient besides a number.
pub(super) fn has_demographics(record: &Record) -> bool {
    richness(record) > 0
}

/// How much it tells. An unknown gender is nothing: it stands where nothing is known (section 3.4).
fn richness(record: &Record) -> usize {
    let texts =
        ["Email", "Voornaam", "Achternaam"].into_iter().filter(|field| record.text(field).is_some()).count();
    let gender = record.text("Geslacht").is_some_and(|text| !text.trim().eq_ignore_ascii_case("o"));
    texts + usize::from(gender)
}

/// One record per patient: the one that tells most, of equals the last.
pub(crate) fn richest(records: impl Iterator<Item = Record>) -> Vec<(String, Record)> {
    let mut order: Vec<(String, Record, usize)> = Vec::new();
    let mut found = std::collections::HashMap::new();
    for record in records {
        let Some(number) = record.number("PatientId") else { continue };
        let richness = richness(&record);
        match found.get(&number) {
            None => {
                found.insert(number.clone(), order.len());
                order.push((number, record, richness));
            }
            Some(&at) => {
                let (_, kept, most): &mut (String, Record, usize) = &mut order[at];
                if richness >= *most {
                    (*kept, *most) = (record, richness);
                }
            }
        }
    }
    order.into_iter().map(|(number, record, _)| (number, record)).collect()
}

impl Composer {
    /// The patient an appointment is for.
    pub(crate) fn patient_of(self: &Arc<Self>, number: &str, record: Record) -> Item {
        let composer = Arc::clone(self);
        self.patient(number, record.place(), None, move |current| composer.demographics(&record, current))
    }

    /// A person who was found. `bsn`: it is certain to be theirs.
    ///
    /// # Errors
    /// When the record has no number.
    pub(crate) fn found(self: &Arc<Self>, record: Record, bsn: Option<Bsn>) -> Result<Item, Aside> {
        let number = match record.format() {
            Format::Json => record.number("PatientId"),
            Format::Xml => record.id(),
        };
        let number = number.ok_or_else(|| nameless(&record, "Patient.identifier"))?;
        let composer = Arc::clone(self);
        let certain = bsn.clone();
        Ok(self.patient(&number, record.place(), bsn, move |current| {
            let laid = composer.result(&record, current)?;
            match &certain {
                Some(bsn) => with_bsn(&laid, bsn),
                None => Ok(laid),
            }
        }))
    }

    fn patient(
        &self,
        number: &str,
        place: String,
        bsn: Option<Bsn>,
        lay: impl Fn(Option<&Resource>) -> Result<Resource, Vec<Issue>> + Send + Sync + 'static,
    ) -> Item {
        Item {
            key: Thing::Patient.key(&self.practice, number),
            resource_type: ResourceType::Patient,
            bsn,
            fresh: Thing::Patient.id(&self.practice, number),
            place,
            refers: vec![],
            lay: Box::new(move |current, _| lay(current).map(Some)),
        }
    }

    /// What an appointment tells of its patient, laid onto what is known.
    pub(super) fn demographics(
        &self,
        record: &Record,
        current: Option<&Resource>,
    ) -> Result<Resource, Vec<Issue>> {
        let package = self.shelf.package();
        let laid = table(&package, "tetra/patient")?
            .lay(record.node(), record.format(), &record.place(), current, &self.context(&nobody))
            .map_err(issues)?;
        fuller(&laid.resource, current)
    }

    fn result(&self, record: &Record, current: Option<&Resource>) -> Result<Resource, Vec<Issue>> {
        let name = match record.format() {
            Format::Json => "tetra/zoekresultaat",
            Format::Xml => "tetra/omschrijving",
        };
        let package = self.shelf.package();
        let onto = current.map(without_others_numbers).transpose()?;
        let laid = table(&package, name)?
            .lay(record.node(), record.format(), &record.place(), onto.as_ref(), &self.context(&nobody))
            .map_err(issues)?;
        let told = with_mobiles(&laid.resource)?;
        match current {
            Some(current) => with_others(&told, current),
            None => Ok(told),
        }
    }
}

/// Whether somebody else wrote this number: a search tells a number and nothing more of it.
fn is_others_number(contact: Node<'_>) -> bool {
    let told = |(name, value): (&str, Node<'_>)| match name {
        "system" | "value" => true,
        "use" => value.as_str() == Some("mobile"),
        _ => false,
    };
    contact.text("system") == Some("phone") && !contact.entries().all(told)
}

fn without_others_numbers(current: &Resource) -> Result<Resource, Vec<Issue>> {
    let draft = relist(current.draft(), current, "telecom", |contact| !is_others_number(contact), None);
    draft.build().map_err(|issue| vec![issue])
}

/// Puts back what others wrote: a name that says what it is for, and numbers that say more than the number.
fn with_others(told: &Resource, current: &Resource) -> Result<Resource, Vec<Issue>> {
    let mut draft = told.draft();
    let names = current.root().get("name");
    if let Some(names) = names.filter(|names| names.items().any(|name| name.get("use").is_some())) {
        draft = draft.set("name", names.raw());
    }
    let others = current.root().find(&["telecom"]).into_iter().filter(|contact| is_others_number(*contact));
    let others: Vec<_> = others.map(|contact| contact.raw().to_owned()).collect();
    if !others.is_empty() {
        draft = relist(draft, told, "telecom", |_| true, Some(others.join(",")));
    }
    draft.build().map_err(|issue| vec![issue])
}

/// Says which numbers are mobile ones; how they are written stays as it is (section 4.7).
fn with_mobiles(patient: &Resource) -> Result<Resource, Vec<Issue>> {
    let Some(telecom) = patient.root().get("telecom") else { return Ok(patient.clone()) };
    let said = telecom.items().map(|contact| {
        let mobile = contact.text("system") == Some("phone") && contact.text("value").is_some_and(is_mobile);
        if mobile && contact.get("use").is_none() {
            with_first(contact, "use", "\"mobile\"")
        } else {
            contact.raw().to_owned()
        }
    });
    let said = said.collect::<Vec<_>>().join(",");
    patient.draft().set("telecom", format!("[{said}]")).build().map_err(|issue| vec![issue])
}

fn is_mobile(number: &str) -> bool {
    let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    ["06", "+316", "+3106", "00316"].iter().any(|start| digits.starts_with(start))
}

/// Puts back what was there and is fuller: any name with a family or given name, and a gender that is known.
fn fuller(laid: &Resource, current: Option<&Resource>) -> Result<Resource, Vec<Issue>> {
    let Some(current) = current else { return Ok(laid.clone()) };
    let known = current.root();
    let named = known
        .find(&["name"])
        .into_iter()
        .any(|name| name.get("family").is_some() || name.get("given").is_some());
    let mut draft = laid.draft();
    if let Some(name) = known.get("name").filter(|_| named) {
        draft = draft.set("name", name.raw());
    }
    let gender = known.text("gender").filter(|gender| *gender != "unknown");
    if let (Some(gender), Some("unknown")) = (gender, laid.root().text("gender")) {
        draft = draft.set_text("gender", gender);
    }
    draft.build().map_err(|issue| vec![issue])
}

/// The patient with a BSN that is certain.
fn with_bsn(patient: &Resource, bsn: &Bsn) -> Result<Resource, Vec<Issue>> {
    let is_bsn = |identifier: Node<'_>| identifier.text("system") == Some(Bsn::SYSTEM);
    let known = patient.root().find(&["identifier"]).into_iter().find(|identifier| is_bsn(*identifier));
    match known.map(|identifier| identifier.text("value")) {
        Some(Some(value)) if value == bsn.expose() => Ok(patient.clone()),
        Some(_) => Err(vec![
            Issue::error(IssueCode::Conflict, "the patient is known here with another BSN")
                .at("Patient.identifier"),
        ]),
        None => {
            let identifier =
                format!(r#"{{"system":{},"value":{}}}"#, quoted(Bsn::SYSTEM), quoted(bsn.expose()));
            let draft = relist(patient.draft(), patient, "identifier", |_| true, Some(identifier));
            draft.build().map_err(|issue| vec![issue])
        }
    }
}
