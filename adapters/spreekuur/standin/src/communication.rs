//! SU-02, `POST /Communication` with category `melding`: the rules N-03 to N-25 (`spreekuur.md` section 7).
//!
//! Characters are counted as Unicode code points (7.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::appointment::{is_id, read_bsn};
use crate::bsn::{self, Bsn};
use crate::fingerprint::Fingerprint;
use crate::outcome::{Findings, Refusal};
use crate::place::Place;
use crate::settings::Switches;

/// N-08.
const TOPIC_AT_MOST: usize = 500;
/// N-11.
const TEXT_AT_MOST: usize = 10_000;
/// N-12.
const ATTACHMENTS_AT_MOST: usize = 5;
/// N-14.
const CONTENT_TYPES: [&str; 7] = [
    "application/pdf",
    "image/jpeg",
    "image/png",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
];

/// How a notification gets to the patient (7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Melding,
    Invitation,
    Undeliverable,
}

impl Way {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Melding => "melding",
            Self::Invitation => "invitation",
            Self::Undeliverable => "undeliverable",
        }
    }
}

/// A notification that was read.
#[derive(Debug)]
pub(crate) struct Melding {
    pub(crate) id: Option<String>,
    pub(crate) topic: String,
    pub(crate) bsn: Bsn,
    pub(crate) email: Option<String>,
    pub(crate) attachments: usize,
    /// Tells whether two notifications with one id say the same, without keeping what they say.
    pub(crate) fingerprint: Fingerprint,
}

/// Checks a body against N-03 to N-25; all that is wrong is told at once.
pub(crate) fn read(body: &Value, switches: Switches) -> Result<Melding, Refusal> {
    let root = Place::root("Communication", body);
    if root.child("resourceType").value() != Some(&json!("Communication")) {
        return Err(Refusal::at(
            "Communication.resourceType",
            "structure",
            "The body must be a Communication",
        ));
    }
    let mut findings = Findings::default();
    check_category(&root.child("category"), &mut findings)?;
    let melding = read_melding(&root, switches, &mut findings);
    findings.none_or(melding)
}

fn read_melding(root: &Place<'_>, switches: Switches, findings: &mut Findings) -> Option<Melding> {
    let id = read_id(&root.child("id"), findings);
    check_status(&root.child("status"), findings);
    let topic = read_topic(&root.child("topic"), findings);
    let (text, attachments) = read_payload(&root.child("payload"), findings);
    let patient = read_recipient(root, findings)?;
    let bsn = read_patient_bsn(&patient, switches, findings);
    let email = read_email(&patient.child("telecom"), findings);

    let (topic, text, bsn) = (topic?, text?, bsn?);
    let fingerprint = fingerprint(&topic, text, bsn, email.as_deref(), &attachments);
    let attachments = attachments.len();
    Some(Melding { id, topic, bsn, email, attachments, fingerprint })
}

/// N-04, N-05. A chat message belongs to SU-03, which is not played yet.
fn check_category(category: &Place<'_>, findings: &mut Findings) -> Result<(), Refusal> {
    let mut codes = Vec::new();
    for member in category.required_list(findings) {
        let codings = member.child("coding").optional_list(findings);
        codes.extend(codings.iter().filter_map(|coding| coding.child("code").optional_text(findings)));
    }
    if category.exists() && !codes.contains(&"melding") {
        if codes.contains(&"chat") {
            return Err(Refusal::not_found("Chat is not offered"));
        }
        findings.add(&category.path, "code-invalid", "category must have a coding with code melding");
    }
    Ok(())
}

/// N-23: a given id is kept, so it must be one.
fn read_id(id: &Place<'_>, findings: &mut Findings) -> Option<String> {
    let text = id.optional_text(findings)?;
    if !is_id(text) {
        findings.add(&id.path, "value", "id must be 1 to 64 letters, digits, hyphens or dots");
    }
    Some(text.to_owned())
}

/// N-06.
fn check_status(status: &Place<'_>, findings: &mut Findings) {
    if status.value() != Some(&json!("completed")) {
        findings.add(&status.path, "code-invalid", "status must be completed");
    }
}

/// N-07, N-08.
fn read_topic(topic: &Place<'_>, findings: &mut Findings) -> Option<String> {
    topic.is_object(findings);
    let text = topic.child("text");
    let topic = text.required_text(findings)?;
    check_length(&text, topic, TOPIC_AT_MOST, findings);
    Some(topic.to_owned())
}

fn check_length(place: &Place<'_>, text: &str, at_most: usize, findings: &mut Findings) {
    let length = text.chars().count();
    if length > at_most {
        let name = place.name();
        let text = format!("{name} has {length} characters, at most {at_most} are allowed");
        findings.add(&place.path, "too-long", text);
    }
}

/// N-09 to N-16: the text, and the attachments.
fn read_payload<'a>(payload: &Place<'a>, findings: &mut Findings) -> (Option<&'a str>, Vec<[&'a str; 3]>) {
    let (mut texts, mut files) = (Vec::new(), Vec::new());
    for entry in payload.optional_list(findings) {
        let (text, file) = (entry.child("contentString"), entry.child("contentAttachment"));
        match (text.exists(), file.exists()) {
            (true, false) => texts.push(text),
            (false, true) => files.push(file),
            (true, true) | (false, false) => {
                let text = "payload must have either contentString or contentAttachment";
                findings.add(&entry.path, "structure", text);
            }
        }
    }
    check_numbers(payload, texts.len(), files.len(), findings);

    let text = texts.first().and_then(|place| read_text(place, findings));
    (text, files.iter().filter_map(|file| read_attachment(file, findings)).collect())
}

/// N-09, N-12.
fn check_numbers(payload: &Place<'_>, texts: usize, files: usize, findings: &mut Findings) {
    match texts {
        0 => findings.add(&payload.path, "required", "payload.contentString is required"),
        1 => {}
        _ => findings.add(&payload.path, "structure", "Only one payload may have a contentString"),
    }
    if files > ATTACHMENTS_AT_MOST {
        let text = format!("There are {files} attachments, at most {ATTACHMENTS_AT_MOST} are allowed");
        findings.add(&payload.path, "business-rule", text);
    }
}

/// N-10, N-11, N-25.
fn read_text<'a>(place: &Place<'a>, findings: &mut Findings) -> Option<&'a str> {
    let text = place.required_text(findings)?;
    check_length(place, text, TEXT_AT_MOST, findings);
    Some(text)
}

/// N-13, N-14, N-15: content type, title and data.
fn read_attachment<'a>(file: &Place<'a>, findings: &mut Findings) -> Option<[&'a str; 3]> {
    if !file.is_object(findings) {
        return None;
    }
    let (content_type, title, data) = (file.child("contentType"), file.child("title"), file.child("data"));
    let kind = content_type.required_text(findings);
    if kind.is_some_and(|kind| !CONTENT_TYPES.contains(&kind)) {
        findings.add(&content_type.path, "code-invalid", "Attachments of this type are not taken");
    }
    let title = title.required_text(findings);
    let bytes = data.required_text(findings);
    if bytes.is_some_and(|bytes| !is_base64(bytes)) {
        findings.add(&data.path, "value", "data is not base64");
    }
    Some([kind?, title?, bytes?])
}

/// White space between the characters is allowed, as in FHIR.
fn is_base64(text: &str) -> bool {
    let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(dense).is_ok_and(|bytes| !bytes.is_empty())
}

/// N-17, N-18: the one contained Patient that is told. N-24: other contained resources are passed over.
fn read_recipient<'a>(root: &Place<'a>, findings: &mut Findings) -> Option<Place<'a>> {
    let recipient = root.child("recipient");
    let members = recipient.required_list(findings);
    if members.len() > 1 {
        findings.add(&recipient.path, "structure", "Only one recipient is allowed");
    }
    let reference = members.first()?.child("reference");
    let text = reference.required_text(findings)?;
    let contained = root.child("contained").optional_list(findings);
    let patient = text.strip_prefix('#').and_then(|id| {
        contained.into_iter().find(|place| {
            place.child("id").value() == Some(&json!(id))
                && place.child("resourceType").value() == Some(&json!("Patient"))
        })
    });
    if patient.is_none() {
        findings.add(&reference.path, "not-found", "recipient must refer to a contained Patient");
    }
    patient
}

/// N-19, N-20.
fn read_patient_bsn(patient: &Place<'_>, switches: Switches, findings: &mut Findings) -> Option<Bsn> {
    let identifier = patient.child("identifier");
    let members = identifier.optional_list(findings);
    let bsn = members.iter().find(|member| member.child("system").value() == Some(&json!(bsn::SYSTEM)));
    let Some(bsn) = bsn else {
        findings.add(&identifier.path, "required", "The patient must have an identifier with a BSN");
        return None;
    };
    read_bsn(&bsn.child("value"), switches, findings)
}

/// N-21: all telecoms are e-mail addresses; the first is the one that is used.
pub(crate) fn read_email(telecom: &Place<'_>, findings: &mut Findings) -> Option<String> {
    let mut emails = Vec::new();
    for member in telecom.optional_list(findings) {
        let (system, value) = (member.child("system"), member.child("value"));
        if system.value() != Some(&json!("email")) {
            findings.add(&system.path, "value", "telecom.system must be email");
        }
        let email = value.value().and_then(Value::as_str).filter(|email| is_plausible(email));
        match email {
            Some(email) => emails.push(email.to_owned()),
            None => findings.add(&value.path, "value", "This is not an e-mail address"),
        }
    }
    emails.into_iter().next()
}

fn is_plausible(email: &str) -> bool {
    let clean = !email.chars().any(|c| c.is_whitespace() || c.is_control());
    let parts = email.split_once('@');
    let host = |host: &str| {
        !host.contains('@') && host.contains('.') && host.split('.').all(|label| !label.is_empty())
    };
    clean && parts.is_some_and(|(name, domain)| !name.is_empty() && host(domain))
}

fn fingerprint(topic: &str, text: &str, bsn: Bsn, email: Option<&str>, files: &[[&str; 3]]) -> Fingerprint {
    let bsn = bsn.reveal();
    let single = [topic, text, &bsn, email.unwrap_or_default()];
    Fingerprint::of(single.into_iter().chain(files.iter().flatten().copied()))
}

/// What is answered: the notification with its id, without the attachments' bytes (7.4).
pub(crate) fn stored(mut body: Value, id: &str) -> Value {
    body["id"] = json!(id);
    let payload = body.get_mut("payload").and_then(Value::as_array_mut);
    for entry in payload.into_iter().flatten() {
        if let Some(file) = entry.get_mut("contentAttachment").and_then(Value::as_object_mut) {
            file.remove("data");
        }
    }
    body
}
