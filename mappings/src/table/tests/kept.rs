//! What the table does not own stays as it is.

use super::support::{lay, resource, table};

#[test]
fn foreign_elements_slices_and_extensions_keep_their_text() {
    let current = resource(
        r#"{"resourceType":"Appointment", "id":"a", "meta": {"tag":[ ]}, "comment" : "oud",
        "identifier": [ {"system":"urn:x" ,"value":"1"},
          {"type":{"coding":[{"code":"afspraak","system":"https://zorgtolk.example/fhir/CodeSystem/tetra-identifier-type"}]},
           "period": { "start":"2020" }, "value":"880001","system":"https://zorgtolk.example/fhir/NamingSystem/tetra-appointment-id/01999999"} ],
        "extension":[ {"url":"urn:vreemd","valueDecimal": 5.00} ],
        "_start":{"extension":[{"url":"urn:bron","valueString":"x"}]}, "priority" : 5, "status":"booked",
        "participant":[{"actor":{"reference":"Practitioner/9"},"status":"tentative"}] }"#,
    );
    let json = r#"{"Id":880001,"AgendaId":71,"Start":"2026-10-25T02:30:00","Eind":"2026-10-25T03:00:00",
        "Opmerkingen":null}"#;
    let laid = lay(table("tetra/afspraak"), json, Some(&current)).unwrap();
    let text = laid.resource.text();
    for kept in [
        r#"{"system":"urn:x" ,"value":"1"}"#,
        r#""tag":[ ]"#,
        r#""period": { "start":"2020" }"#,
        r#"{"url":"urn:vreemd","valueDecimal": 5.00}"#,
        r#"{"url":"urn:bron","valueString":"x"}"#,
        r#""priority":5"#,
        r#"{"actor":{"reference":"Practitioner/9"},"status":"tentative"}"#,
    ] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    assert!(!text.contains("oud"), "what the record says is nothing goes");
    assert!(text.contains(r#""valueCode":"fold""#));
    let again = lay(table("tetra/afspraak"), json, Some(&laid.resource)).unwrap();
    assert_eq!(again.resource.text(), text);
}

#[test]
fn what_an_answer_does_not_carry_stays_and_nothing_in_it_goes() {
    let table = table("tetra/afspraak");
    let start = r#""Id":880001,"AgendaId":71,"Start":"2026-06-02T10:20:00","Eind":"2026-06-02T10:30:00""#;
    let full = format!(
        r#"{{{start},"AfspraakStatus":"Aanwezig","Opmerkingen":"Uitslag","Metas":{{"a":1}},
           "BlokType":{{"Id":501,"Naam":"Consult","Kleur":"3366CC","AfspraakDuurMinuten10":100}}}}"#
    );
    let known = lay(table, &full, None).unwrap().resource;
    let short = lay(table, &format!("{{{start}}}"), Some(&known)).unwrap().resource;
    assert_eq!(short.text(), known.text(), "a field that is not there says nothing");
    let nothing = format!(r#"{{{start},"AfspraakStatus":"","Opmerkingen":null}}"#);
    let told = lay(table, &nothing, Some(&known)).unwrap().resource;
    assert_eq!((told.root().text("status"), told.root().text("comment")), (Some("booked"), None));
    let first = lay(table, &format!("{{{start}}}"), None).unwrap().resource;
    assert_eq!(first.root().text("status"), Some("booked"), "a new one is planned");
}
