//! Pairs a domain expert can read: `testdata/NAME.tetra.json|xml` is what the practice answers, `testdata/NAME.fhir.json`
//! what is kept of it. The `own-appointments` and `find-patient` answers are the vendor's published examples, byte for
//! byte. `UPDATE_GOLDEN=1` rewrites the right sides.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mappings::Context;
use mappings::wire::Format as WireFormat;

use super::*;
use crate::map::agenda::InUse;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

fn answer(operation: Operation, name: &str) -> Vec<Record> {
    let xml = Path::new(name).extension().is_some_and(|extension| extension == "xml");
    let format = if xml { Format::Xml } else { Format::Json };
    records(operation, format, &std::fs::read(file(name)).unwrap())
}

/// What an answer becomes, in the order it is taken in.
fn items(operation: Operation, records: Vec<Record>) -> Vec<Item> {
    let composer = composer();
    let item = |record: Record| match operation {
        Operation::BlockTypes => composer.bloktype(record),
        Operation::Agendas => composer.agenda(record, InUse::Yes),
        Operation::OwnAppointments => composer.appointment(record, Asked::Person),
        Operation::Appointments => composer.appointment(record, Asked::Agendas),
        _ => composer.found(record, None),
    };
    let patients = match operation {
        Operation::OwnAppointments | Operation::Appointments => {
            crate::map::patient::richest(records.iter().cloned())
        }
        _ => vec![],
    };
    let patients = patients.into_iter().map(|(number, record)| composer.patient_of(&number, record));
    patients
        .chain(records.into_iter().map(|record| item(record).unwrap_or_else(|a| panic!("{a:?}"))))
        .collect()
}

fn pair(operation: Operation, left: &str, right: &str) {
    let kept: Vec<Value> =
        items(operation, answer(operation, left)).iter().map(|item| value(&laid(item, None))).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(file(right), serde_json::to_string_pretty(&kept).unwrap() + "\n").unwrap();
    }
    let wanted: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file(right)).unwrap()).unwrap();
    assert_eq!(kept, wanted, "{right}");
}

macro_rules! pairs {
    ($($name:ident: $operation:ident $left:literal $right:literal)+) => {
        $(#[test]
        fn $name() {
            pair(Operation::$operation, $left, $right);
        })+

        #[test]
        fn every_answer_is_tested() {
            let tested = BTreeSet::from([$($left),+]);
            for entry in std::fs::read_dir(file("")).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!(name.ends_with(".fhir.json") || tested.contains(&*name), "{name} has no test");
            }
        }
    };
}

pairs! {
    own_appointments_in_json: OwnAppointments "own-appointments.tetra.json" "own-appointments.fhir.json"
    own_appointments_in_xml: OwnAppointments "own-appointments.tetra.xml" "own-appointments-xml.fhir.json"
    appointments_of_agendas: Appointments "agenda-appointments.tetra.json" "agenda-appointments.fhir.json"
    agendas: Agendas "agendas.tetra.json" "agendas.fhir.json"
    block_types: BlockTypes "block-types.tetra.json" "block-types.fhir.json"
    a_person_found: FindPatient "find-patient.tetra.json" "find-patient.fhir.json"
    persons_found: SearchPatients "search-patients.tetra.json" "search-patients.fhir.json"
    persons_found_in_xml: SearchPatients "search-patients.tetra.xml" "search-patients-xml.fhir.json"
}

/// The fields the table says are not carried over.
fn lost(table: &str) -> Vec<String> {
    let package = SHELF.package();
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../mappings/{table}.toml")),
    );
    assert!(package.table(table).is_some());
    let rows: Vec<String> =
        text.unwrap().lines().filter(|line| line.contains("lost =")).map(str::to_owned).collect();
    let field =
        |line: &String| line.split_once("wire = \"")?.1.split_once('"').map(|(name, _)| name.to_owned());
    rows.iter().filter_map(field).collect()
}

/// Takes out what says nothing, and what the table names as lost.
fn telling(record: &mut Value, lost: &[String]) {
    let Some(members) = record.as_object_mut() else { return };
    members.retain(|name, _| !lost.iter().any(|field| field == name));
    for value in members.values_mut() {
        telling(value, &[]);
    }
    members.retain(|_, value| {
        !(value.is_null() || *value == "" || *value == 0 || *value == serde_json::json!({}))
    });
}

fn told(appointment: &Resource, format: WireFormat) -> mappings::wire::Record {
    let values = BTreeMap::from([("practice".to_owned(), "01999999".to_owned())]);
    let nobody = |_: &str, _: &str| None;
    let context = Context { values: &values, zone: Zone::amsterdam(), reference: &nobody, key: &nobody };
    let package = SHELF.package();
    package.table("tetra/afspraak").unwrap().tell(appointment, format, &context).unwrap().record
}

#[test]
fn the_published_json_goes_back_to_what_it_was() {
    for (operation, name, list) in [
        (Operation::OwnAppointments, "own-appointments.tetra.json", "Afspraken"),
        (Operation::Appointments, "agenda-appointments.tetra.json", "afspraken"),
    ] {
        let body: Value = serde_json::from_slice(&std::fs::read(file(name)).unwrap()).unwrap();
        let lost = lost("tetra/afspraak");
        let lost: Vec<String> =
            lost.iter().flat_map(|name| [name.clone(), name.replacen('W', "w", 1)]).collect();
        for (record, sent) in answer(operation, name).into_iter().zip(body[list].as_array().unwrap()) {
            let kept = appointment(record, None);
            let mut back: Value = serde_json::from_str(&told(&kept, WireFormat::Json).to_json()).unwrap();
            let mut sent = sent.clone();
            telling(&mut sent, &lost);
            telling(&mut back, &lost);
            assert_eq!(back, sent, "{name}");
        }
    }
}

#[test]
fn the_published_xml_goes_back_to_what_it_was() {
    let name = "own-appointments.tetra.xml";
    let kept = appointment(answer(Operation::OwnAppointments, name).remove(0), None);
    let back = told(&kept, WireFormat::Xml).to_xml("Tetra_Agenda_Afspraak");
    let sent = std::fs::read_to_string(file(name)).unwrap();
    let leaves = |text: &str| -> BTreeSet<String> {
        let document = mappings::wire::Document::xml(text.as_bytes(), None).unwrap();
        let root = document.root();
        let record = root.get("Afspraken.Tetra_Agenda_Afspraak").unwrap_or(root);
        let mut leaves = BTreeSet::new();
        for node in record.items() {
            let below: Vec<_> = node
                .items()
                .map(|n| format!("{}/{}={}", node.name(), n.name(), n.as_str().unwrap()))
                .collect();
            let own =
                node.as_str().filter(|text| !text.is_empty()).map(|text| format!("{}={text}", node.name()));
            leaves.extend(below.into_iter().chain(own));
            leaves.extend(node.get("@Id").map(|id| format!("{}/@Id={}", node.name(), id.as_str().unwrap())));
        }
        leaves.insert(format!("@Id={}", record.get("@Id").unwrap().as_str().unwrap()));
        leaves
    };
    assert_eq!(leaves(&back), leaves(&sent));
}
