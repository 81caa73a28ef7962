//! Chains and `_has`: how they are read, what they may cost, and who may follow them. What they find is the store's to show.

use fhir_profiles::search::{Criterion, Query};
use gateway_core::{Issue, ResourceType};

use crate::support::PROFILES;

fn read(resource_type: ResourceType, name: &str, value: &str) -> Result<Query, Vec<Issue>> {
    Query::parse(&PROFILES, resource_type, &[(name.to_owned(), value.to_owned())])
}

/// A query in few words: `patient→Patient(name)`.
fn shown(query: &Query) -> String {
    let filters = query.filters.iter().map(|filter| {
        let any: Vec<_> = filter.any.iter().map(|c| criterion(&filter.parameter, c)).collect();
        format!("{}{}", if filter.negated { "!" } else { "" }, any.join(","))
    });
    filters.collect::<Vec<_>>().join("&")
}

fn criterion(parameter: &str, criterion: &Criterion) -> String {
    match criterion {
        Criterion::Chain(query) => format!("{parameter}→{}({})", query.resource_type, shown(query)),
        Criterion::Has { reference, query } => {
            format!("{}.{reference}→({})", query.resource_type, shown(query))
        }
        _ => parameter.to_owned(),
    }
}

#[test]
fn a_chain_asks_every_type_its_reference_leads_to_that_has_the_parameter() {
    use ResourceType::{Appointment, Patient, PractitionerRole, Slot};
    for (resource_type, name, expected) in [
        (Appointment, "patient.name", "patient→Patient(name)"),
        (Appointment, "patient.birthdate", "patient→Patient(birthdate)"),
        (Appointment, "patient.name:exact", "patient→Patient(name)"),
        (Appointment, "actor:Patient.identifier", "actor→Patient(identifier)"),
        (Appointment, "actor.birthdate", "actor→Patient(birthdate)"),
        (
            Appointment,
            "actor.organization",
            "actor→Patient(organization),actor→HealthcareService(organization),\
             actor→PractitionerRole(organization),actor→Location(organization)",
        ),
        (PractitionerRole, "practitioner.identifier", "practitioner→Practitioner(identifier)"),
        (Slot, "schedule.actor:Practitioner.family", "schedule→Schedule(actor→Practitioner(family))"),
        (Appointment, "patient.organization.name", "patient→Patient(organization→Organization(name))"),
        (Appointment, "patient.gender:not", "patient→Patient(!gender)"),
        (Appointment, "patient._id", "patient→Patient(_id)"),
        (Patient, "_has:Appointment:patient:status", "Appointment.patient→(status)"),
        (Patient, "_has:Appointment:actor:slot.status", "Appointment.actor→(slot→Slot(status))"),
        (
            Patient,
            "_has:Appointment:patient:_has:Communication:based-on:status",
            "Appointment.patient→(Communication.based-on→(status))",
        ),
        (
            Appointment,
            "patient._has:Coverage:beneficiary:status",
            "patient→Patient(Coverage.beneficiary→(status))",
        ),
    ] {
        let query = read(resource_type, name, "2000").unwrap_or_else(|issues| panic!("{name}: {issues:?}"));
        assert_eq!(shown(&query), expected, "{name}");
        assert!(!query.is_local(), "{name}");
    }
}

#[test]
fn a_chain_that_leads_nowhere_is_refused() {
    use ResourceType::{Appointment, Patient};
    for (resource_type, name, code) in [
        (Appointment, "patient.foo", "not-supported"),
        (Appointment, "foo.name", "not-supported"),
        (Appointment, "status.name", "not-supported"),
        (Appointment, "patient:Location.name", "not-supported"),
        (Appointment, "patient:missing.name", "not-supported"),
        (Appointment, "actor.slot", "not-supported"),
        (Appointment, "supporting-info.identifier", "not-supported"),
        (Appointment, "patient.", "not-supported"),
        (Appointment, ".name", "not-supported"),
        (Appointment, "patient.organization.foo", "not-supported"),
        (Appointment, "patient.name:below", "not-supported"),
        (Patient, "_has", "not-supported"),
        (Patient, "_has:", "invalid"),
        (Patient, "_has:Appointment:patient", "invalid"),
        (Patient, "_has:Nothing:patient:status", "not-supported"),
        (Patient, "_has:Appointment:status:status", "not-supported"),
        (Patient, "_has:Appointment:slot:status", "not-supported"),
        (Patient, "_has:Appointment:patient:foo", "not-supported"),
        (Patient, "_has:Appointment:patient:", "not-supported"),
    ] {
        let issues = read(resource_type, name, "1").expect_err(name);
        assert_eq!((issues.len(), issues[0].code.as_str()), (1, code), "{name}: {issues:?}");
    }
    assert!(read(Appointment, "patient.birthdate", "gisteren").is_err());
}

#[test]
fn depth_and_breadth_are_bounded() {
    let code = |name: &str, value: &str| {
        read(ResourceType::Organization, name, value).err().map(|issues| issues[0].code.as_str().to_owned())
    };
    assert_eq!(code(&format!("{}name", "partof.".repeat(4)), "x"), None);
    for deep in [5, 20, 5000] {
        assert_eq!(
            code(&format!("{}name", "partof.".repeat(deep)), "x").as_deref(),
            Some("too-costly"),
            "{deep}"
        );
        let has = format!("{}name", "_has:Organization:partof:".repeat(deep));
        assert_eq!(code(&has, "x").as_deref(), Some("too-costly"), "{deep}");
    }
    let many = vec!["a"; 200].join(",");
    let all = |times: usize| {
        let parameters = vec![("status".to_owned(), many.clone()); times];
        Query::parse(&PROFILES, ResourceType::Appointment, &parameters)
            .map_err(|issues| issues[0].code.as_str())
    };
    assert!(all(2).is_ok());
    assert_eq!(all(3), Err("too-costly"));
    // Every target multiplies what is asked.
    let actors = read(ResourceType::Appointment, "actor", &many).expect_err("too many");
    assert_eq!(actors[0].code.as_str(), "too-costly");
    let places = vec!["52|5"; 20].join(",");
    assert_eq!(
        read(ResourceType::Location, "near", &places).expect_err("too many")[0].code.as_str(),
        "too-costly"
    );
    let identifiers = read(ResourceType::Appointment, "actor.identifier", &many).expect_err("too many");
    assert_eq!(identifiers[0].code.as_str(), "too-costly");
}

#[test]
fn a_bsn_inside_a_chain_names_a_person() {
    let bsn = "http://fhir.nl/fhir/NamingSystem/bsn|999911120";
    for (resource_type, name) in [
        (ResourceType::Patient, "identifier"),
        (ResourceType::Appointment, "patient.identifier"),
        (ResourceType::Appointment, "patient:identifier"),
        (ResourceType::Schedule, "_has:Slot:schedule:_has:Appointment:slot:patient.identifier"),
    ] {
        assert!(read(resource_type, name, bsn).unwrap().names_a_person(), "{name}");
    }
    assert!(!read(ResourceType::Appointment, "patient.name", "x").unwrap().names_a_person());
}

#[test]
fn what_may_not_be_searched_is_not_followed() {
    let query = read(ResourceType::Appointment, "actor.identifier", "x").unwrap();
    assert_eq!(query.narrowed(&|_| true), query);
    let narrowed = query.narrowed(&|resource_type| resource_type == ResourceType::Practitioner);
    assert_eq!(shown(&narrowed), "actor→Practitioner(identifier)");
    let nothing = query.narrowed(&|_| false);
    assert!(nothing.filters.len() == 1 && nothing.filters[0].any.is_empty());
    let has = read(ResourceType::Patient, "_has:Appointment:patient:actor.identifier", "x").unwrap();
    let narrowed = has.narrowed(&|resource_type| resource_type == ResourceType::Appointment);
    assert_eq!(shown(&narrowed), "Appointment.patient→()");
}

#[test]
fn criteria_that_are_judged_in_memory_look_at_one_resource() {
    for criteria in ["Appointment?patient.name=x", "Patient?_has:Appointment:patient:status=booked"] {
        let issues = Query::from_criteria(&PROFILES, criteria).expect_err(criteria);
        assert_eq!(issues[0].code.as_str(), "not-supported");
    }
    let issues = Query::from_criteria(&PROFILES, "Appointment?date=ap2026").expect_err("ap needs the clock");
    assert_eq!(issues[0].code.as_str(), "not-supported");
    let asked = [("date".to_owned(), "ap2026".to_owned())];
    assert!(Query::parse_at(&PROFILES, ResourceType::Appointment, &asked, 0).is_ok());
}

#[test]
fn a_lenient_door_knows_what_is_known() {
    for (name, known) in [
        ("status", true),
        ("status:foo", true),
        ("patient.foo", true),
        ("_has:x", true),
        ("_id", true),
        ("_lastUpdated", true),
        ("_tag", true),
        ("foo", false),
        ("Status", false),
        ("_filter", false),
        ("", false),
    ] {
        assert_eq!(Query::knows(&PROFILES, ResourceType::Appointment, name), known, "{name}");
    }
}

proptest::proptest! {
    #[test]
    fn reading_a_parameter_never_panics(name in ".{0,60}", value in ".{0,60}") {
        drop(read(ResourceType::Appointment, &name, &value));
    }

    #[test]
    fn reading_what_looks_like_a_parameter_never_panics(
        name in "(_has:|patient|actor|[.:]|Patient|Appointment|name|identifier|missing|not|of-type|in){1,8}",
        value in "[a-z0-9|$\\\\,.:/ -]{0,40}",
    ) {
        if let Ok(query) = read(ResourceType::Appointment, &name, &value) {
            // What is understood can be asked whether it is local, names somebody, or is allowed.
            let _ = (query.is_local(), query.names_a_person(), query.narrowed(&|_| false));
        }
    }
}
