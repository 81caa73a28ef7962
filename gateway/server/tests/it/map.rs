//! `zorgtolk map`: checked, tried and documented.

use std::path::Path;

use crate::running::Folder;

/// An invented appointment as the Switchboard tells it.
const AFSPRAAK: &str = r#"{"Id":880001,"PatientId":0,"AgendaId":71,"AgendaNaam":"Mw. Proefarts",
    "Start":"2026-06-02T10:20:00","Eind":"2026-06-02T10:30:00","AfspraakStatus":"Aanwezig","Metas":{},
    "BlokType":{"Id":501,"Naam":"Consult kort","Kleur":"3366CC","AfspraakDuurMinuten10":100}}"#;
const TO_FHIR: [&str; 7] = ["map", "run", "tetra/afspraak", "--to", "fhir", "--value", "practice=01000001"];

/// A copy of the tables of this repository.
fn tables() -> Folder {
    let folder = Folder::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings/tetra");
    std::fs::create_dir_all(folder.path().join("tables/tetra")).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join("tables/tetra").join(file.file_name())).unwrap();
    }
    folder
}

fn edit(folder: &Folder, file: &str, from: &str, to: &str) {
    let path = folder.path().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn the_tables_of_this_program_are_in_order_and_say_what_they_lose() {
    let ran = Folder::new().run(&["map", "check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("tetra/afspraak: ") && ran.out.contains("  WisAfspraakToken is lost: "),
        "{ran:?}"
    );
    assert!(ran.out.trim_end().ends_with("in order"), "{ran:?}");
}

#[test]
fn a_field_nobody_maps_is_a_hole() {
    let folder = tables();
    assert_eq!(folder.run(&["map", "check", "tables"]).code, Some(0));
    edit(
        &folder,
        "tables/tetra/afspraak.toml",
        "  { wire = \"Opmerkingen\", fhir = \"comment\", as = \"text\", absent = \"keep\" },\n",
        "",
    );
    let ran = folder.run(&["map", "check", "tables"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("tetra/afspraak.toml") && ran.out.contains("Opmerkingen"), "{ran:?}");
}

#[test]
fn a_record_becomes_a_resource_and_comes_back() {
    let folder = Folder::new();
    let laid = folder.run_with_input(&TO_FHIR, AFSPRAAK);
    assert_eq!(laid.code, Some(0), "{laid:?}");
    let resource = laid.json();
    assert_eq!(resource["start"], "2026-06-02T10:20:00+02:00");
    assert_eq!(resource["status"], "arrived");
    let zone = [&TO_FHIR[..], &["--zone", "America/Kralendijk"]].concat();
    assert_eq!(folder.run_with_input(&zone, AFSPRAAK).json()["start"], "2026-06-02T10:20:00-04:00");

    let told = ["map", "run", "tetra/afspraak", "--to", "wire", "--value", "practice=01000001"];
    let record = folder.run_with_input(&told, &laid.out).json();
    assert_eq!((&record["Start"], &record["Id"]), (&"2026-06-02T10:20:00".into(), &880_001.into()));
    let xml = folder.run_with_input(&[&told[..], &["--format", "xml"]].concat(), &laid.out);
    assert!(xml.out.starts_with("<Tetra_Agenda_Afspraak Id=\"880001\">"), "{xml:?}");
    let back = folder.run_with_input(&[&TO_FHIR[..], &["--format", "xml"]].concat(), &xml.out);
    assert_eq!(back.json(), resource, "{back:?}");
}

#[test]
fn what_cannot_be_mapped_is_told_with_its_place_and_code_1() {
    let wrong = AFSPRAAK.replace("2026-06-02T10:20:00", "overmorgen");
    let ran = Folder::new().run_with_input(&TO_FHIR, &wrong);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.err.contains("Start") && !ran.err.contains("overmorgen"), "{ran:?}");
    let no_json = Folder::new().run_with_input(&TO_FHIR, "<a/>");
    assert_eq!(no_json.code, Some(1), "{no_json:?}");
}

#[test]
fn wrong_usage_of_map_is_code_2() {
    let folder = Folder::new();
    for (arguments, word) in [
        (&["map", "check", "nowhere"][..], "nowhere"),
        (&["map", "report", "--dir", "nowhere"], "nowhere"),
        (&["map", "run", "tetra/afsprak", "--to", "fhir"], "tetra/afspraak"),
        (&["map", "run", "tetra/afspraak"], "--to"),
        (&["map", "run", "tetra/afspraak", "--to", "fhir", "--zone", "Mars/Base"], "IANA"),
        (&["map", "run", "tetra/afspraak", "--to", "fhir", "--value", "practice"], "name"),
        (&["map", "run", "tetra/afspraak", "--to", "fhir", "nowhere.json"], "nowhere.json"),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran:?}");
        assert!(ran.err.starts_with("error: ") && ran.err.contains(word), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn the_report_is_for_people_and_for_machines() {
    let folder = Folder::new();
    let pages = folder.run(&["map", "report"]);
    assert!(pages.code == Some(0) && pages.out.contains("# tetra/afspraak\n"), "{pages:?}");
    let reports = folder.run(&["map", "report", "--format", "json"]).json();
    let afspraak =
        reports.as_array().unwrap().iter().find(|report| report["table"] == "tetra/afspraak").unwrap();
    assert!(afspraak["coverage"]["both_ways"].as_u64().unwrap() > 10, "{afspraak}");
}
