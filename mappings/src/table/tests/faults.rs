//! What compiling refuses: each fault with its row, and a sentence that says what to do.

use super::support::small;

/// The faults of rows on a Patient, without those about fields that nobody names.
fn faults(rows: &str) -> Vec<String> {
    faults_on("Patient", rows)
}

fn faults_on(resource: &str, rows: &str) -> Vec<String> {
    let faults = small(resource, rows).map(|_| ()).unwrap_err();
    let told = faults.iter().map(ToString::to_string);
    told.filter(|text| !(text.contains("the field") && text.contains("neither mapped"))).collect()
}

#[test]
fn each_mistake_is_named_with_its_row_and_what_to_do() {
    for (row, wanted) in [
        (
            r#"{ wire = "Nam", fhir = "gender", as = "text" }"#,
            "no field \"Nam\"; describe it in records.toml, or correct the name; did you mean \"Naam\"?",
        ),
        (
            r#"{ wire = "Naam", fhir = "gendre", as = "text" }"#,
            "Patient has no element \"gendre\"; did you mean \"gender\"?",
        ),
        (
            r#"{ wire = "Naam", fhir = "gender", as = "txet" }"#,
            "there is no codec \"txet\"; did you mean \"text\"?",
        ),
        (
            r#"{ wire = "Soort", fhir = "gender", as = { code = "sort" } }"#,
            "there is no ConceptMap \"sort\"; add it; did you mean \"soort\"?",
        ),
        (
            r#"{ wire = "Vlag", fhir = "gender", as = "local-time" }"#,
            "the codec local-time does not fit a field of type boolean",
        ),
        (
            r#"{ wire = "Start", fhir = "gender", as = "local-time" }"#,
            "the codec local-time does not fit an element of type code",
        ),
        (
            r#"{ wire = "Naam", fhir = "name.family", as = "text" }"#,
            "name is a list; say which of its values is meant",
        ),
        (r#"{ wire = "Naam", fhir = "gender[0]", as = "text" }"#, "gender is no list; take the brackets off"),
        (
            r#"{ wire = "Naam", fhir = "maritalStatus", as = "text" }"#,
            "ends at an object; go on to one of its members",
        ),
        (
            r#"{ wire = "Naam", fhir = "gender.value", as = "text" }"#,
            "\"gender\" is a single value; only an extension can stand below it",
        ),
        (
            r#"{ wire = "Naam", fhir = "identifier:bns.value", as = "text" }"#,
            "the profile has no slice \"bns\" of identifier",
        ),
        (r#"{ wire = "Nummers[]", fhir = "name[0].family", as = "text" }"#, "[] stands on one side only"),
        (r#"{ wire = "Naam", fhir = "gender" }"#, "`as` is missing; name the codec"),
        (r#"{ wire = "Naam" }"#, "a row has `wire`, `fhir` and `as`"),
        (r#"{ wire = "Naam", lost = " " }"#, "`lost` has no reason"),
        (
            r#"{ wire = "Naam", fhir = "gender", as = "text", way = "to-fhir" }"#,
            "a row that goes one way needs a `reason`",
        ),
        (r#"{ wire = "Naam", fhir = "gender", as = "text", flga = "x" }"#, "unknown field `flga`"),
        (r#"{ wire = "Naam", fhir = "gender", as = "text", unknown = "keep" }"#, "are for codes"),
        (
            r#"{ wire = "Soort", fhir = "gender", as = { code = "soort" }, unknown = { set = "unknown" } }"#,
            "name a `raw` element",
        ),
        (r#"{ wire = "Naam", fhir = "gender", as = "text", after = "Start" }"#, "are for local times"),
        (r#"{ fhir = "active", fixed = "maybe" }"#, "the constant does not fit an element of type boolean"),
        (r#"{ fhir = "gender", fixed = "male", match = true }"#, "`match` needs a list on the way"),
        (
            r#"{ wire = "Start", fhir = "deceasedDateTime", as = "local-time", after = "Eind" }"#,
            "\"Eind\" has no row with the codec local-time; add one",
        ),
    ] {
        let told = faults(row);
        let is_told =
            told.iter().any(|text| text.starts_with("klein/ding.toml: row 1: ") && text.contains(wanted));
        assert!(is_told, "{row}\n{told:#?}");
    }
}

#[test]
fn two_rows_that_write_the_same_are_refused() {
    let twice = r#"{ wire = "Naam", fhir = "gender", as = "text" }, { wire = "Soort", fhir = "gender", as = "text" },"#;
    assert!(
        faults(twice)[0].contains("row 2: error invalid: row 1 writes gender already"),
        "{:?}",
        faults(twice)
    );
    let field = r#"{ wire = "Naam", fhir = "gender", as = "text" }, { wire = "Naam", fhir = "language", as = "text" },"#;
    assert!(faults(field)[0].contains("row 1 writes Naam already"), "{:?}", faults(field));
    let places = r#"{ wire = "Naam", fhir = "name[0].family", as = "text" }, { wire = "Nummers[]", fhir = "name[].text", as = "text" },"#;
    assert!(faults(places)[0].contains("may be the same value; choose one way"), "{:?}", faults(places));
}

#[test]
fn every_fault_is_told_not_the_first_only() {
    let rows = r#"{ wire = "A", fhir = "gender", as = "text" }, { wire = "Naam", fhir = "b", as = "text" }, { wire = "Naam", fhir = "gender", as = "c" },"#;
    let told = small("Patient", rows).map(|_| ()).unwrap_err();
    let rows: Vec<_> = told.iter().filter_map(|fault| fault.row).collect();
    assert_eq!(rows, [1, 2, 3]);
    let lost: Vec<_> = told.iter().filter_map(|fault| fault.wire.as_deref()).collect();
    assert!(
        lost.contains(&"Regels[].Aantal") && lost.contains(&"Start") && !lost.contains(&"Naam"),
        "{lost:?}"
    );
}

#[test]
fn a_must_support_element_without_a_row_is_a_hole() {
    let told =
        faults_on("Patient zt-patient", r#"{ wire = "Naam", fhir = "identifier:bsn.value", as = "text" },"#);
    assert!(
        told.iter()
            .any(|text| text.contains("the must-support element \"birthDate\" is neither mapped nor lost"))
    );
    assert!(!told.iter().any(|text| text.contains("\"identifier:bsn\"")), "{told:#?}");
}

#[test]
fn what_is_above_the_rows_is_looked_at_too() {
    let told = faults_on("Patiënt", "");
    assert!(
        told[0].contains("there is no resource type \"Patiënt\" here; did you mean \"Patient\"?"),
        "{told:?}"
    );
    let told = faults_on("Patient zt-patent", "");
    assert!(told[0].contains("there is no profile \"zt-patent\"; did you mean \"zt-patient\"?"), "{told:?}");
    let told = faults_on("Appointment zt-patient", "");
    assert!(told[0].contains("is of type Patient; change one of both"), "{told:?}");
    let fixed = r#"{ fhir = "identifier:bsn.system", fixed = "urn:x" },"#;
    let told = faults_on("Patient zt-patient", fixed);
    assert!(told[0].contains("system is fixed by the profile, or written by another row"), "{told:?}");
}

#[test]
fn an_object_that_is_written_has_what_r4_asks_for() {
    let rows = r#"{ wire = "Naam", fhir = "participant[0].actor.display", as = "text" },"#;
    let told = faults_on("Appointment", rows);
    for path in ["status", "participant.status"] {
        let wanted = format!("R4 asks for {path:?} where this is written; add a row");
        assert!(told.iter().any(|text| text.contains(&wanted)), "{told:#?}");
    }
    assert_eq!(told.len(), 2);
    let lost = r#"{ fhir = "status", lost = "the adapter's" }, { fhir = "participant[0].status", fixed = "accepted" },"#;
    assert!(faults_on("Appointment", &format!("{rows}{lost}")).is_empty());
    let told = r#"{ wire = "Naam", fhir = "participant[0].actor.display", as = "text", way = "to-wire", reason = "read only" },"#;
    assert!(faults_on("Appointment", told).is_empty());
}
