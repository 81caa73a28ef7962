//! A request in either format: the envelope of `tetra.md` sections 1.3 to 1.5 around what one operation carries.
//!
//! Members and elements come in the order of their own examples. A key is a number in JSON and keeps all its digits.

use std::borrow::Cow;

use adapter_kit::Session;
use mappings::wire::{Encoding, Record, Value, XSI, encode};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{Format, TokenElement, XmlEncoding};
use crate::validate::Validated;
use crate::wire::{FieldKind, Identification, Operation, Spelling};

const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// Negative: nothing they have stored (1.4).
const TRANSIENT: &str = "-1000";
const TRANSIENT_TOO: &str = "-1001";

/// What one field of a call is given.
#[derive(Debug, Clone)]
pub(crate) enum Given {
    /// A text, a local time, one of their keys.
    Text(String),
    /// A text that is in no record of an exchange.
    Secret(SecretString),
    /// Several of their keys.
    Keys(Vec<String>),
    /// Yes or no.
    Flag(bool),
}

/// A request that is ready to be sent.
pub(crate) struct Request {
    pub(crate) body: Vec<u8>,
    pub(crate) media_type: &'static str,
}

/// Why a request cannot be written; nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unwritable {
    /// A call on behalf of somebody, and nobody is signed in.
    #[error("nobody is signed in")]
    NoSession,
    /// A text has a character that XML cannot hold.
    #[error("a text has a control character")]
    ControlCharacter,
}

impl Request {
    /// Writes what `spelling` calls for, with the fields of `given` by our words. A field the operation has no name for is
    /// left out.
    pub(crate) fn write(
        spelling: &Spelling,
        settings: &Validated,
        session: Option<&Session>,
        given: &[(&str, Given)],
    ) -> Result<Self, Unwritable> {
        let mut record = match spelling.format {
            Format::Json => json_envelope(spelling, settings, session)?,
            Format::Xml => xml_envelope(spelling, settings, session)?,
        };
        for (field, name) in &spelling.fields {
            if let Some((_, given)) = given.iter().find(|(word, _)| *word == field.word) {
                record.set(&place(name, field.kind, spelling.format), value(field.kind, given));
            }
        }
        Ok(match spelling.format {
            Format::Json => {
                Self { body: record.to_json().into_bytes(), media_type: "application/json; charset=utf-8" }
            }
            Format::Xml if record.unwritable().is_some() => return Err(Unwritable::ControlCharacter),
            Format::Xml => {
                let (style, media_type) = match settings.xml_encoding {
                    XmlEncoding::Utf8 => (Encoding::Utf8, "text/xml; charset=utf-8"),
                    XmlEncoding::Utf16 => (Encoding::Utf16, "text/xml; charset=utf-16"),
                    XmlEncoding::Utf8DeclaredUtf16 => (Encoding::Utf8SayingUtf16, "text/xml; charset=utf-8"),
                };
                Self { body: encode(&record.to_xml(&spelling.method), style), media_type }
            }
        })
    }
}

fn json_envelope(
    spelling: &Spelling,
    settings: &Validated,
    session: Option<&Session>,
) -> Result<Record, Unwritable> {
    let mut record = Record::new();
    record.push("Name", text(&settings.application_name));
    record.push("Key", text(settings.application_key.expose_secret()));
    record.push("Target", text(&settings.target));
    if spelling.identification == Identification::User {
        record.push("Session", text(session.ok_or(Unwritable::NoSession)?.0.expose_secret()));
    }
    record.push("Method", text(&spelling.method));
    Ok(record)
}

fn xml_envelope(
    spelling: &Spelling,
    settings: &Validated,
    session: Option<&Session>,
) -> Result<Record, Unwritable> {
    let mut record = Record::new();
    record.push("@xmlns:xsi", text(XSI));
    record.push("@xmlns:xsd", text(XSD));
    record.push("@Id", text(TRANSIENT));
    record.push("Identificatie", Value::Record(identification(spelling, settings, session)?));
    let (to, from) = (("OntvangerEntiteit", settings.target.as_str()), ("ZenderIP", &*settings.sender_ip));
    let place: &[(&str, &str)] = match spelling.operation {
        Operation::Login | Operation::OwnAppointments => &[],
        // They are sent empty on session calls, and in this order.
        Operation::SendCode | Operation::Confirm | Operation::Logout => &[from, (to.0, "")],
        Operation::Agendas | Operation::SearchPatients => &[to],
        _ => &[to, from],
    };
    for (name, content) in place {
        record.push(*name, text(content));
    }
    Ok(record)
}

fn identification(
    spelling: &Spelling,
    settings: &Validated,
    session: Option<&Session>,
) -> Result<Record, Unwritable> {
    let mut record = Record::new();
    let (kind, element, secret) = match spelling.identification {
        Identification::Anonymous => {
            record.push("@Id", text(TRANSIENT));
            return Ok(record);
        }
        Identification::User => ("GebruikerSessie", "Sessie", &session.ok_or(Unwritable::NoSession)?.0),
        Identification::Application => {
            let element = match settings.token_element {
                TokenElement::Token => "Token",
                TokenElement::Sessie => "Sessie",
            };
            ("Servertoken", element, &settings.server_token)
        }
    };
    record.push("@xsi:type", Value::Text(format!("OZB_Communicatie_Identificatie_{kind}")));
    record.push("@Id", text(TRANSIENT_TOO));
    record.push(element, text(secret.expose_secret()));
    Ok(record)
}

/// Where a field goes. A list of numbers is written as .NET does, which their documents come from, unless its name says
/// otherwise.
fn place(name: &str, kind: FieldKind, format: Format) -> Cow<'_, str> {
    if format == Format::Xml && kind == FieldKind::Keys && !name.contains('.') {
        Cow::Owned(format!("{name}.int"))
    } else {
        Cow::Borrowed(name)
    }
}

fn value(kind: FieldKind, given: &Given) -> Value {
    match given {
        Given::Text(key) if kind == FieldKind::Key => number(key),
        Given::Text(given) => text(given),
        Given::Secret(secret) => text(secret.expose_secret()),
        Given::Keys(keys) => Value::List(keys.iter().map(|key| number(key)).collect()),
        Given::Flag(flag) => Value::Bool(*flag),
    }
}

/// A number as it is written; what is none stays a text, so that the document stays right.
fn number(key: &str) -> Value {
    let whole =
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
    if whole { Value::Number(key.to_owned()) } else { text(key) }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;

    fn settings(changes: &serde_json::Value) -> Validated {
        let mut all = json!({
            "json_url": "https://x.example/j", "xml_url": "https://x.example/x", "target": "01999999",
            "application_name": "demo-gateway", "application_key": "k-EXAMPLE", "server_token": "tok-EXAMPLE",
        });
        for (key, value) in changes.as_object().unwrap() {
            all[key] = value.clone();
        }
        serde_json::from_value::<Config>(all).unwrap().validate().unwrap()
    }

    fn written(changes: &serde_json::Value, operation: Operation, given: &[(&str, Given)]) -> String {
        let settings = settings(changes);
        let session = Session(SecretString::from("s-EXAMPLE"));
        let spelling = &settings.operations[&operation];
        let request = Request::write(spelling, &settings, Some(&session), given).ok().unwrap();
        String::from_utf8(request.body).unwrap()
    }

    fn text(text: &str) -> Given {
        Given::Text(text.to_owned())
    }

    #[test]
    fn json_is_written_as_their_examples_are() {
        let given = [
            ("agendas", Given::Keys(vec!["71".into(), "72".into()])),
            ("start", text("2026-06-02T00:00:00")),
            ("end", text("2026-06-03T00:00:00")),
        ];
        assert_eq!(
            written(&json!({}), Operation::Appointments, &given),
            r#"{"Name":"demo-gateway","Key":"k-EXAMPLE","Target":"01999999","Method":"GetAfsprakenDeurToegang","start":"2026-06-02T00:00:00","eind":"2026-06-03T00:00:00","agendaIds":[71,72]}"#
        );
        assert_eq!(
            written(&json!({}), Operation::OwnAppointments, &[]),
            r#"{"Name":"demo-gateway","Key":"k-EXAMPLE","Target":"01999999","Session":"s-EXAMPLE","Method":"GetAfspraken"}"#
        );
    }

    #[test]
    fn edge_47_an_identifier_is_a_text_and_a_key_a_number_with_all_its_digits() {
        let given = [("identifier", Given::Secret(SecretString::from("012345678")))];
        assert!(
            written(&json!({}), Operation::FindPatient, &given).ends_with(r#""identifier":"012345678"}"#)
        );
        let cancel = json!({"operations": {"cancel": {"fields": {"appointment": "id"}}}});
        let given = [("appointment", text("9007199254740993"))];
        assert!(written(&cancel, Operation::Cancel, &given).ends_with(r#""id":9007199254740993}"#));
    }

    #[test]
    fn xml_is_written_as_their_examples_are() {
        let xml = json!({"format": "xml"});
        assert_eq!(
            written(&xml, Operation::BlockTypes, &[]).split_once('\n').unwrap().1,
            r#"<Tetra_Agenda_GetBlokTypes_Verzoek xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" Id="-1000"><Identificatie xsi:type="OZB_Communicatie_Identificatie_Servertoken" Id="-1001"><Token>tok-EXAMPLE</Token></Identificatie><OntvangerEntiteit>01999999</OntvangerEntiteit><ZenderIP></ZenderIP></Tetra_Agenda_GetBlokTypes_Verzoek>"#
        );
        let login = written(&xml, Operation::Login, &[("user", text("t")), ("password", text("p<&>"))]);
        assert!(
            login.contains(r#"<Identificatie Id="-1000" /><Username>t</Username><Password>p&lt;&amp;"#),
            "{login}"
        );
        let own = written(&xml, Operation::OwnAppointments, &[]);
        assert!(
            own.contains("_GebruikerSessie\" Id=\"-1001\"><Sessie>s-EXAMPLE</Sessie></Identificatie></Tetra"),
            "{own}"
        );
        let sms = written(&xml, Operation::SendCode, &[]);
        assert!(
            sms.contains("</Identificatie><ZenderIP></ZenderIP><OntvangerEntiteit></OntvangerEntiteit>"),
            "{sms}"
        );
        let search = [("query", text("Testpersoon")), ("birth_name", Given::Flag(true))];
        let search = written(&xml, Operation::SearchPatients, &search);
        assert!(
            search.contains("</OntvangerEntiteit><Query>Testpersoon</Query><OokMeisjesnaam>true<"),
            "{search}"
        );
    }

    #[test]
    fn edge_20_the_server_token_goes_in_either_element() {
        let sessie = json!({"format": "xml", "token_element": "sessie"});
        let written = written(&sessie, Operation::Agendas, &[]);
        assert!(written.contains("_Servertoken\" Id=\"-1001\"><Sessie>tok-EXAMPLE</Sessie>"), "{written}");
    }

    #[test]
    fn xml_goes_out_in_the_encoding_that_was_chosen() {
        let bytes = |encoding: &str| {
            let settings = settings(&json!({"format": "xml", "xml_encoding": encoding}));
            let request = Request::write(&settings.operations[&Operation::Agendas], &settings, None, &[]);
            let request = request.ok().unwrap();
            (request.body, request.media_type)
        };
        assert!(bytes("utf-8").0.starts_with(b"<?xml version=\"1.0\" encoding=\"utf-8\"?>"));
        assert!(bytes("utf-8-declared-utf-16").0.starts_with(b"<?xml version=\"1.0\" encoding=\"utf-16\"?>"));
        let (wide, media_type) = bytes("utf-16");
        assert_eq!(
            (wide.get(..4), media_type),
            (Some(&[0xFF, 0xFE, b'<', 0][..]), "text/xml; charset=utf-16")
        );
    }

    #[test]
    fn nothing_is_written_without_a_session_where_one_is_needed() {
        for format in ["json", "xml"] {
            let settings = settings(&json!({"format": format}));
            let spelling = &settings.operations[&Operation::OwnAppointments];
            assert_eq!(Request::write(spelling, &settings, None, &[]).err(), Some(Unwritable::NoSession));
        }
    }

    #[test]
    fn edge_19_what_xml_cannot_carry_is_refused_and_everything_else_escaped() {
        let book = json!({"format": "xml", "operations": {"book": {"method": "Boek_Verzoek", "fields": {
            "agenda": "A", "block_type": "B", "start": "S", "patient": "P", "remark": "Opmerkingen"}}}});
        let remark = written(&book, Operation::Book, &[("remark", text("a < b & \"c\"\r\nd"))]);
        assert!(remark.contains("<Opmerkingen>a &lt; b &amp; "), "{remark}");
        let settings = settings(&book);
        let bell = [("remark", text("\u{7}"))];
        let refused = Request::write(&settings.operations[&Operation::Book], &settings, None, &bell);
        assert_eq!(refused.err(), Some(Unwritable::ControlCharacter));
    }
}
