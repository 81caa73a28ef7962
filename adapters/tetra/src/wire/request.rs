//! A request in either format: the envelope of `tetra.md` sections 1.3 to 1.5 around what one operation carries.
//!
//! Members and elements come in the order of their own examples. A key is a number in JSON and keeps all its digits.

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
                record.set(name, value(field.kind, given));
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
