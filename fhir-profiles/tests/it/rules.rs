//! References, contained resources, bundles and invariants: `dutch-fhir.md` section 6, cases 35 to 42 and 75 to 86.

use super::support::{appointment, malformed, patient, refused, valid};

fn actor(reference: &str) -> String {
    appointment("").replace(r#"{"reference":"Patient/1"}"#, reference)
}

#[test]
fn case_35_36_37_references_have_many_forms() {
    for good in [
        r#"{"reference":"Patient/1"}"#,
        r#"{"reference":"Patient/1/_history/2"}"#,
        r#"{"reference":"https://elsewhere/fhir/Patient/1"}"#,
        r#"{"reference":"https://elsewhere/something"}"#,
        r#"{"identifier":{"system":"https://elsewhere","value":"1"}}"#,
        r#"{"display":"iemand"}"#,
        r#"{"type":"Patient","display":"iemand"}"#,
    ] {
        valid(&actor(good));
    }
    for bad in [
        "Patient",
        "patient/1",
        "Patient/a_b",
        "Nothing/1",
        "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
        "Patient?x=1",
    ] {
        malformed(
            &actor(&format!(r#"{{"reference":"{bad}"}}"#)),
            &["error value Appointment.participant[0].actor.reference"],
        );
    }
    refused(&actor(r##"{"reference":"#p1"}"##), &["error invariant Appointment.participant[0].actor"]);
}

#[test]
fn case_38_a_reference_points_to_a_type_that_may_stand_there() {
    let wrong = ["error value Appointment.participant[0].actor"];
    refused(&actor(r#"{"reference":"Medication/1"}"#), &wrong);
    refused(&actor(r#"{"reference":"https://elsewhere/fhir/Medication/1"}"#), &wrong);
    refused(&actor(r#"{"type":"Medication","display":"x"}"#), &wrong);
    refused(
        &actor(r#"{"reference":"Patient/1","type":"Practitioner"}"#),
        &["error value Appointment.participant[0].actor.type"],
    );
}

#[test]
fn case_40_contained_resources_are_referenced_and_plain() {
    let with = |contained: &str, reference: &str| {
        actor(&format!(r#"{{"reference":"{reference}"}}"#)).replacen(
            '{',
            &format!(r#"{{"contained":[{contained}],"#),
            1,
        )
    };
    valid(&with(r#"{"resourceType":"Patient","id":"p"}"#, "#p"));
    let one = ["error invariant Appointment.contained[0]"];
    refused(&with(r#"{"resourceType":"Patient","id":"p"}"#, "Patient/1"), &one);
    refused(&with(r#"{"resourceType":"Patient","id":"p","meta":{"versionId":"1"}}"#, "#p"), &one);
    refused(&with(r#"{"resourceType":"Patient","id":"p","meta":{"security":[{"code":"R"}]}}"#, "#p"), &one);
    refused(
        &with(r#"{"resourceType":"Patient","id":"p"},{"resourceType":"Patient","id":"p"}"#, "#p"),
        &["error invariant Appointment.contained[1]"],
    );
    refused(
        &with(
            r##"{"resourceType":"Patient","id":"p","contained":[{"resourceType":"Patient","id":"q"}],"link":[{"other":{"reference":"#q"},"type":"seealso"}]}"##,
            "#p",
        ),
        &[
            "error invariant Appointment.contained[0].link[0].other",
            "error invariant Appointment.contained[0]",
        ],
    );
    refused(
        &with(r#"{"resourceType":"Medication","id":"p"}"#, "#p"),
        &["warning not-supported Appointment.contained[0]", "error value Appointment.participant[0].actor"],
    );
    malformed(
        &with(r#"{"resourceType":"Patient","id":"p","foo":1}"#, "#p"),
        &["error structure Appointment.contained[0].foo"],
    );
    malformed(
        &with(r#"{"resourceType":"Nothing","id":"p"}"#, "Patient/1"),
        &["error invalid Appointment.contained[0]", "error invariant Appointment.contained[0]"],
    );
}

#[test]
fn a_contained_resource_may_point_to_its_container() {
    valid(
        r##"{"resourceType":"Patient","contained":[{"resourceType":"Provenance","id":"p","target":[{"reference":"#"}],
            "recorded":"2026-01-01T00:00:00Z","agent":[{"who":{"reference":"Practitioner/1"}}]}]}"##,
    );
}

#[test]
fn case_42_a_patient_does_not_link_to_itself() {
    let link = |id: &str| {
        patient(&format!(
            r#""id":"a","link":[{{"other":{{"reference":"Patient/{id}"}},"type":"replaced-by"}}]"#
        ))
    };
    refused(&link("a"), &["error invariant Patient"]);
    valid(&link("b"));
}

#[test]
fn case_75_a_booked_appointment_has_start_and_end() {
    let booked = |members: &str| appointment(members).replace("proposed", "booked");
    refused(&booked(""), &["error invariant Appointment"]);
    refused(
        &booked(r#""start":"2026-01-01T10:00:00Z""#),
        &["error invariant Appointment", "error invariant Appointment"],
    );
    valid(&booked(r#""start":"2026-01-01T10:00:00Z","end":"2026-01-01T10:10:00Z""#));
    refused(&appointment(r#""cancelationReason":{"text":"x"}"#), &["error invariant Appointment"]);
    refused(&actor(r"{}").replace(r#""actor":{},"#, ""), &["error invariant Appointment.participant[0]"]);
}

#[test]
fn case_78_a_slot_ends_later_than_it_starts() {
    let slot = |start: &str, end: &str| {
        format!(
            r#"{{"resourceType":"Slot","schedule":{{"reference":"Schedule/1"}},"status":"free","start":"{start}","end":"{end}"}}"#
        )
    };
    valid(&slot("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"));
    refused(&slot("2026-01-01T10:00:00Z", "2026-01-01T11:00:00+01:00"), &["error invariant Slot"]);
    refused(&slot("2026-01-01T10:00:00Z", "2026-01-01T09:00:00Z"), &["error invariant Slot"]);
}

#[test]
fn case_84_an_organization_is_not_at_home() {
    let organization = |members: &str| format!(r#"{{"resourceType":"Organization"{members}}}"#);
    refused(&organization(""), &["error invariant Organization"]);
    refused(
        &organization(r#","name":"x","telecom":[{"system":"phone","value":"1","use":"home"}]"#),
        &["error invariant Organization.telecom[0]"],
    );
    refused(
        &organization(r#","name":"x","address":[{"use":"home","city":"y"}]"#),
        &["error invariant Organization.address[0]"],
    );
    valid(&organization(r#","name":"x","address":[{"use":"work","city":"y"}]"#));
}

#[test]
fn case_86_a_consent_about_privacy_names_its_patient() {
    let consent = |scope: &str, members: &str| {
        format!(
            r#"{{"resourceType":"Consent","status":"active","policyRule":{{"text":"x"}},"category":[{{"text":"y"}}],
            "scope":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"{scope}"}}]}}{members}}}"#
        )
    };
    for scope in ["patient-privacy", "treatment", "research", "adr"] {
        refused(&consent(scope, ""), &["error invariant Consent"]);
        valid(&consent(scope, r#","patient":{"reference":"Patient/1"}"#));
    }
    valid(&consent("other", ""));
    refused(&consent("other", "").replace(r#""policyRule":{"text":"x"},"#, ""), &["error invariant Consent"]);
}

#[test]
fn datatypes_keep_their_invariants() {
    refused(&patient(r#""telecom":[{"value":"1"}]"#), &["error invariant Patient.telecom[0]"]);
    refused(&patient(r#""contact":[{"gender":"female"}]"#), &["error invariant Patient.contact[0]"]);
    refused(
        r#"{"resourceType":"ChargeItem","status":"billable","code":{"text":"x"},"subject":{"reference":"Patient/1"},
            "quantity":{"value":1,"code":"min"},"priceOverride":{"value":1,"currency":"euro"}}"#,
        &["error invariant ChargeItem.quantity", "error code-invalid ChargeItem.priceOverride.currency"],
    );
    refused(
        r#"{"resourceType":"AuditEvent","type":{"code":"rest"},"recorded":"2026-01-01T00:00:00Z","agent":[{"requestor":true}],
            "source":{"observer":{"display":"x"}},"entity":[{"name":"x","query":"QUJD"}]}"#,
        &["error invariant AuditEvent.entity[0]"],
    );
    refused(
        r#"{"resourceType":"Parameters","parameter":[{"name":"a"},{"name":"b","valueString":"x","part":[{"name":"c","valueCode":"d"}]}]}"#,
        &["error invariant Parameters.parameter[0]", "error invariant Parameters.parameter[1]"],
    );
}

#[test]
fn resources_in_parameters_are_checked() {
    malformed(
        r#"{"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Patient","gender":1}}]}"#,
        &["error structure Parameters.parameter[0].resource.gender"],
    );
}

#[test]
fn bundles_keep_their_invariants_and_their_entries_are_checked() {
    let bundle = |kind: &str, entries: &str| {
        format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{entries}]}}"#)
    };
    let urn = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520";
    valid(&bundle(
        "transaction",
        &format!(
            r#"{{"fullUrl":"{urn}","resource":{{"resourceType":"Patient"}},"request":{{"method":"POST","url":"Patient"}}}},
               {{"resource":{},"request":{{"method":"POST","url":"Appointment"}}}}"#,
            actor(&format!(r#"{{"reference":"{urn}"}}"#))
        ),
    ));
    valid(&bundle(
        "transaction",
        &format!(
            r#"{{"resource":{},"request":{{"method":"POST","url":"Appointment"}}}}"#,
            actor(r#"{"reference":"Patient?identifier=a|b"}"#)
        ),
    ));
    malformed(
        &bundle("collection", r#"{"resource":{"resourceType":"Patient","gender":"male","foo":1}}"#),
        &["error structure Bundle.entry[0].resource.foo"],
    );
    refused(
        &bundle("transaction", r#"{"resource":{"resourceType":"Patient"}}"#),
        &["error invariant Bundle"],
    );
    refused(
        &bundle(
            "collection",
            r#"{"fullUrl":"https://x/Patient/1/_history/2","resource":{"resourceType":"Patient"}}"#,
        ),
        &["error invariant Bundle.entry[0]"],
    );
    refused(
        &bundle(
            "collection",
            r#"{"fullUrl":"https://x/Patient/1","resource":{"resourceType":"Patient"}},
               {"fullUrl":"https://x/Patient/1","resource":{"resourceType":"Patient"}}"#,
        ),
        &["error invariant Bundle"],
    );
    refused(
        &bundle("collection", r#"{"link":[{"relation":"self","url":"https://x"}]}"#),
        &["error invariant Bundle.entry[0]"],
    );
    refused(r#"{"resourceType":"Bundle","type":"collection","total":1}"#, &["error invariant Bundle"]);
}

#[test]
fn a_hash_reference_in_an_entry_looks_into_that_entry() {
    let entry = |reference: &str| {
        actor(&format!(r#"{{"reference":"{reference}"}}"#)).replacen(
            '{',
            r#"{"contained":[{"resourceType":"Patient","id":"p"}],"#,
            1,
        )
    };
    let bundle = |resource: &str| {
        format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{resource}}}]}}"#)
    };
    valid(&bundle(&entry("#p")));
    refused(
        &bundle(&entry("#q")),
        &[
            "error invariant Bundle.entry[0].resource.participant[0].actor",
            "error invariant Bundle.entry[0].resource.contained[0]",
        ],
    );
}
