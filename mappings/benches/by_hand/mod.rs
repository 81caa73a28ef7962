//! The mapping of `tetra/afspraak` as one would write it by hand, in JSON: the baseline of P8. It is held against the
//! table before anything is measured.

use std::fmt::Write as _;

use gateway_core::json::quoted;
use gateway_core::{Resource, SecondHour, Zone};
use mappings::wire::{Document, Format, Names, Node, Record, Value};

use crate::answer;

const BASE: &str = "https://zorgtolk.example/fhir";

/// Compares both directions with the table's.
pub(crate) fn is_the_same_as_the_table() {
    crate::with(|package, context| {
        let table = package.table("tetra/afspraak").expect("the table is embedded");
        let document =
            Document::json(answer::json(1).as_bytes(), Names::AnyCase).expect("the answer is right");
        let laid = crate::lay_all(&document, package, context);
        let hand = appointment();
        assert_eq!(hand.content(), laid[0].content(), "by hand is something else than by table");
        let told = table.tell(&hand, Format::Json, context).expect("it can be told").record;
        let fields = |record: &Record| {
            let mut fields: Vec<_> =
                record.fields().map(|(name, value)| format!("{name}={value:?}")).collect();
            fields.sort();
            fields
        };
        assert_eq!(fields(&tell(&hand)), fields(&told), "by hand tells something else than by table");
    });
}

/// The appointment both directions are measured on.
pub(crate) fn appointment() -> Resource {
    let document = Document::json(answer::json(1).as_bytes(), Names::AnyCase).expect("the answer is right");
    let list = document.root().get("Afspraken").expect("the answer has a list");
    lay(list.items().next().expect("one record"))
}

fn text<'d>(node: Node<'d>, name: &str) -> &'d str {
    node.member(name).and_then(Node::as_str).expect("the record is right")
}

fn identifier(kind: &str, name: &str, value: &str) -> String {
    format!(
        "{{\"type\":{{\"coding\":[{{\"system\":\"{BASE}/CodeSystem/tetra-identifier-type\",\"code\":\"{kind}\"}}]}},\"system\":\"{BASE}/NamingSystem/{name}/01000001\",\"value\":\"{value}\"}}"
    )
}

/// A record to a resource.
pub(crate) fn lay(node: Node<'_>) -> Resource {
    let zone = Zone::amsterdam();
    let start = zone.read(text(node, "Start"), None).expect("a time").expect("a value");
    let end = zone.read(text(node, "Eind"), Some(start)).expect("a time").expect("a value");
    let status = match text(node, "AfspraakStatus") {
        "Aanwezig" => "arrived",
        "Bezig" => "checked-in",
        "Gebeurd" => "fulfilled",
        "NietGekomen" => "noshow",
        _ => "booked",
    };
    let blok = node.member("BlokType").expect("the record is right");
    let tenths: i64 = text(blok, "AfspraakDuurMinuten10").parse().expect("a number");
    let mut out = String::with_capacity(2048);
    write!(
        out,
        "{{\"resourceType\":\"Appointment\",\"meta\":{{\"source\":\"{BASE}/NamingSystem/tetra-practice-code/01000001\"}},\"extension\":[{{\"url\":\"{BASE}/StructureDefinition/tetra-appointment-status\",\"valueCoding\":{{\"system\":\"{BASE}/CodeSystem/tetra-afspraakstatus\",\"code\":{}}}}},{{\"url\":\"{BASE}/StructureDefinition/tetra-portal-appointment\",\"valueBoolean\":{}}},{{\"url\":\"{BASE}/StructureDefinition/tetra-made-by-practice\",\"valueBoolean\":{}}}],\"identifier\":[{}],\"status\":\"{status}\"",
        quoted(text(node, "AfspraakStatus")),
        text(node, "PortaalAfspraak"),
        text(node, "GemaaktDoorPraktijk"),
        identifier("afspraak", "tetra-appointment-id", text(node, "Id")),
    )
    .expect("writing to a String cannot fail");
    write!(
        out,
        ",\"serviceType\":[{{\"extension\":[{{\"url\":\"{BASE}/StructureDefinition/tetra-bloktype-colour\",\"valueString\":\"{}\"}},{{\"url\":\"{BASE}/StructureDefinition/tetra-bloktype-duration\",\"valueDuration\":{{\"value\":{},\"unit\":\"min\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"min\"}}}}],\"coding\":[{{\"system\":\"{BASE}/CodeSystem/tetra-bloktype/01000001\",\"code\":\"{}\"}}],\"text\":{}}}]",
        text(blok, "Kleur"),
        tenths / 10,
        text(blok, "Id"),
        quoted(text(blok, "Naam").trim()),
    )
    .expect("writing to a String cannot fail");
    write!(
        out,
        ",\"start\":\"{}\",\"end\":\"{}\",\"minutesDuration\":{},\"comment\":{},\"participant\":[{{\"actor\":{{\"identifier\":{},\"display\":{}}},\"status\":\"accepted\"}},{{\"actor\":{{\"identifier\":{}}},\"status\":\"accepted\"}}]}}",
        start.text(),
        end.text(),
        end.seconds_since(start) / 60,
        quoted(text(node, "Opmerkingen")),
        identifier("agenda", "tetra-agenda-id", text(node, "AgendaId")),
        quoted(text(node, "AgendaNaam").trim()),
        identifier("patient", "tetra-patient-id", text(node, "PatientId")),
    )
    .expect("writing to a String cannot fail");
    Resource::from_text(out).expect("what is written is a resource")
}

/// A resource to a record.
pub(crate) fn tell(resource: &Resource) -> Record {
    let (root, zone) = (resource.root(), Zone::amsterdam());
    let text = |path: &[&str]| {
        root.find(path).first().and_then(|node| node.as_str()).expect("it is there").to_owned()
    };
    let local = |name: &str| {
        zone.tell(root.text(name).expect("a time"), None, SecondHour::Refuse).expect("a local time")
    };
    let kind = |wanted: &str| {
        let by = |node: &gateway_core::json::Node<'_>| {
            node.find(&["actor", "identifier", "type", "coding", "code"])
                .first()
                .and_then(|code| code.as_str())
                == Some(wanted)
        };
        root.find(&["participant"]).into_iter().find(by).expect("a participant")
    };
    let (agenda, patient) = (kind("agenda"), kind("patient"));
    let value = |node: gateway_core::json::Node<'_>, path: &[&str]| {
        node.find(path).first().and_then(|node| node.as_str()).expect("it is there").to_owned()
    };
    let extension = |node: gateway_core::json::Node<'_>, name: &str| {
        let url = format!("{BASE}/StructureDefinition/{name}");
        node.find(&["extension"])
            .into_iter()
            .find(|one| one.text("url") == Some(&url))
            .expect("an extension")
            .raw()
            .to_owned()
    };
    let service = root.find(&["serviceType"])[0];
    let boolean = |name: &str| Value::Bool(extension(root, name).contains("\"valueBoolean\":true"));
    let minutes =
        service.find(&["extension", "valueDuration", "value"])[0].raw().parse::<i64>().expect("a number");
    let mut blok = Record::new();
    blok.push("Id", Value::Number(value(service, &["coding", "code"])));
    blok.push("Naam", Value::Text(value(service, &["text"])));
    blok.push("Kleur", Value::Text(value(service, &["extension", "valueString"])));
    blok.push("AfspraakDuurMinuten10", Value::Number((minutes * 10).to_string()));
    let mut record = Record::new();
    record.push("Id", Value::Number(text(&["identifier", "value"])));
    record.push("PatientId", Value::Number(value(patient, &["actor", "identifier", "value"])));
    record.push("AgendaId", Value::Number(value(agenda, &["actor", "identifier", "value"])));
    record.push("AgendaNaam", Value::Text(value(agenda, &["actor", "display"])));
    record.push("Opmerkingen", Value::Text(text(&["comment"])));
    record.push("PortaalAfspraak", boolean("tetra-portal-appointment"));
    record.push("GemaaktDoorPraktijk", boolean("tetra-made-by-practice"));
    record.push("Start", Value::Text(local("start")));
    record.push("Eind", Value::Text(local("end")));
    record.push("AfspraakStatus", Value::Text(text(&["extension", "valueCoding", "code"])));
    record.push("BlokType", Value::Record(blok));
    record
}
