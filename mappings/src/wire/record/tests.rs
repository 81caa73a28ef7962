//! What is written reads the same again.

use proptest::prelude::*;

use super::{Record, Value};
use crate::wire::{Document, Encoding, Kind, Names, Node, encode};

#[test]
fn fields_keep_their_order_and_paths_make_records() {
    let mut record = Record::new();
    record.set("@Id", Value::Number("7".into()));
    record.set("BlokType.Naam", Value::Text("Kort & <lang>".into()));
    record.set("Start", Value::Text("s".into()));
    record.set("BlokType.@Id", Value::Number("5".into()));
    record.set("Start", Value::Text("t".into()));
    record.set("Nummers", Value::List(vec![Value::Number("1".into()), Value::Number("2".into())]));
    record.set("Weg", Value::Null);
    assert_eq!(
        record.to_json(),
        r#"{"@Id":7,"BlokType":{"Naam":"Kort & <lang>","@Id":5},"Start":"t","Nummers":[1,2],"Weg":null}"#
    );
    assert_eq!(
        record.to_xml("A"),
        r#"<A xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" Id="7"><BlokType Id="5"><Naam>Kort &amp; &lt;lang&gt;</Naam></BlokType><Start>t</Start><Nummers>1</Nummers><Nummers>2</Nummers><Weg xsi:nil="true" /></A>"#
    );
    assert_eq!(record.get("BlokType.@Id"), Some(&Value::Number("5".into())));
    assert_eq!(record.get("Start.x"), None);
    assert_eq!(Record::new().to_xml("Leeg"), "<Leeg />");
}

#[test]
fn edge_19_what_people_type_comes_through_both_ways() {
    let typed = "a < b & c > d \"e\" 'f'\nregel 2\r\nregel 3\ttab ]]> €";
    let mut record = Record::new();
    record.set("@Tekst", Value::Text(typed.into()));
    record.set("Opmerkingen", Value::Text(typed.into()));
    for style in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf8SayingUtf16] {
        let document = Document::xml(&encode(&record.to_xml("A"), style), None).unwrap();
        for path in ["@Tekst", "Opmerkingen"] {
            assert_eq!(document.root().get(path).unwrap().text().unwrap(), typed);
        }
    }
    let document = Document::json(record.to_json().as_bytes(), Names::AsWritten).unwrap();
    assert_eq!(document.root().get("Opmerkingen").unwrap().text().unwrap(), typed);
}

#[test]
fn what_xml_cannot_hold_is_found_before_it_is_written() {
    let mut record = Record::new();
    record.set("A.B", Value::Text("ok".into()));
    assert_eq!(record.unwritable(), None);
    record.set("A.C", Value::List(vec![Value::Text("bel\u{7}".into())]));
    assert_eq!(record.unwritable().as_deref(), Some("A.C"));
    assert!(Document::xml(record.to_xml("R").as_bytes(), None).is_ok());
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[ -~\\t\\n\\r€ëü]{0,20}".prop_map(Value::Text),
        any::<i64>().prop_map(|n| Value::Number(n.to_string())),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
    ]
}

fn record(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Record> {
    proptest::collection::btree_map("[A-Z][a-z0-9]{0,5}", inner, 1..6).prop_map(|fields| {
        let mut record = Record::new();
        for (name, value) in fields {
            record.push(name, value);
        }
        record
    })
}

fn records() -> impl Strategy<Value = Record> {
    record(scalar().prop_recursive(3, 20, 5, |inner| record(inner).prop_map(Value::Record)))
}

fn same_in_json(record: &Record, node: Node<'_>) -> bool {
    record.fields().count() == node.members().count()
        && record.fields().zip(node.members()).all(|((name, value), node)| {
            name == node.name()
                && match (value, node.kind()) {
                    (Value::Record(inner), Kind::Object) => same_in_json(inner, node),
                    (Value::Null, Kind::Null) => true,
                    (Value::Text(text), Kind::Text) => node.text().as_deref() == Some(text),
                    (Value::Number(_), Kind::Number) | (Value::Bool(_), Kind::Bool) => {
                        node.text().as_deref() == value.scalar()
                    }
                    _ => false,
                }
        })
}

fn same_in_xml(record: &Record, node: Node<'_>) -> bool {
    record.fields().count() == node.items().count()
        && record.fields().zip(node.items()).all(|((name, value), node)| {
            name == node.name()
                && match (value, node.kind()) {
                    (Value::Record(inner), Kind::Object) => same_in_xml(inner, node),
                    (Value::Null, Kind::Null) => true,
                    (value, Kind::Text) => node.text().as_deref() == value.scalar(),
                    _ => false,
                }
        })
}

proptest! {
    #[test]
    fn written_and_read_is_the_same(record in records()) {
        let json = Document::json(record.to_json().as_bytes(), Names::AsWritten).unwrap();
        prop_assert!(same_in_json(&record, json.root()), "{}", record.to_json());
        for style in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf8SayingUtf16] {
            let xml = Document::xml(&encode(&record.to_xml("R"), style), None).unwrap();
            prop_assert!(same_in_xml(&record, xml.root()), "{}", record.to_xml("R"));
        }
    }

    #[test]
    fn any_text_written_as_xml_can_be_read(text: String) {
        let mut record = Record::new();
        record.set("@a", Value::Text(text.clone()));
        record.set("b", Value::Text(text.clone()));
        let document = Document::xml(record.to_xml("R").as_bytes(), None).unwrap();
        if record.unwritable().is_none() {
            prop_assert_eq!(document.root().get("@a").unwrap().text().unwrap(), text.as_str());
            prop_assert_eq!(document.root().get("b").unwrap().text().unwrap(), text.as_str());
        }
    }
}
