//! SU-06 (has this patient an account) and SU-08 (invite a patient): `spreekuur.md` section 8.1.

use serde_json::{Value, json};
use url::form_urlencoded;
use uuid::Uuid;

use crate::appointment::{is_id, read_bsn};
use crate::bsn::{self, Bsn};
use crate::communication::read_email;
use crate::outcome::{Findings, Refusal};
use crate::place::Place;
use crate::settings::Switches;

const IDP_ID_SYSTEM: &str = "http://spreekuur.nl/fhir/NamingSystem/patientIdpId";
const IDP_ID_EXTENSION: &str = "http://spreekuur.nl/fhir/NamingSystem/spreekuurIdpId";
/// An invitation with extensions under this is one to a chat (8.1.7), which is not played yet.
const CHAT_EXTENSIONS: &str = "http://getstream.io/";

/// Who a patient is, by one of the two identifiers that are taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Bsn(Bsn),
    IdpId(String),
}

/// An invitation that was read.
#[derive(Debug)]
pub(crate) struct Invitation {
    pub(crate) id: String,
    pub(crate) who: Who,
    pub(crate) email: String,
}

/// A search that was read: who, and how the identifier was written.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) who: Who,
    identifier: Value,
}

/// 8.1.1: one form field `identifier`, `system|value`.
pub(crate) fn read_search(form: &[u8], switches: Switches) -> Result<Search, Refusal> {
    let mut identifiers =
        form_urlencoded::parse(form).filter(|(name, _)| name == "identifier").map(|(_, value)| value);
    let identifier =
        identifiers.next().ok_or_else(|| Refusal::bad("required", "Parameter identifier is required"))?;
    if identifiers.next().is_some() {
        return Err(Refusal::bad("value", "Parameter identifier may be given once"));
    }

    let (system, value) = identifier.split_once('|').unwrap_or_default();
    let who = match system {
        bsn::SYSTEM => Bsn::parse(value, switches.bsn_check).map(Who::Bsn),
        IDP_ID_SYSTEM => idp_id(value),
        _ => None,
    };
    let who =
        who.ok_or_else(|| Refusal::bad("value", "Parameter identifier is not one that is taken here"))?;
    Ok(Search { who, identifier: json!({ "system": system, "value": value }) })
}

fn idp_id(text: &str) -> Option<Who> {
    Uuid::try_parse(text).ok().map(|id| Who::IdpId(id.to_string()))
}

/// 8.1.3: what a search that found one is answered with.
pub(crate) fn found(search: &Search, idp_id: &str) -> Value {
    json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 1,
        "entry": [{
            "resource": {
                "resourceType": "Patient",
                "extension": [{ "url": IDP_ID_EXTENSION, "valueString": idp_id }],
                "identifier": [search.identifier],
            },
            "search": { "mode": "match" },
        }],
    })
}

/// 8.1.5: a Patient with id, identifier and e-mail address.
pub(crate) fn read_invitation(body: &Value, switches: Switches) -> Result<Invitation, Refusal> {
    let root = Place::root("Patient", body);
    if root.child("resourceType").value() != Some(&json!("Patient")) {
        return Err(Refusal::at("Patient.resourceType", "structure", "The body must be a Patient"));
    }
    let mut findings = Findings::default();
    if is_for_chat(&root, &mut findings) {
        return Err(Refusal::not_found("Invitations to a chat are not offered"));
    }

    let id = read_id(&root.child("id"), &mut findings);
    let who = read_who(&root.child("identifier"), switches, &mut findings);
    let telecom = root.child("telecom");
    telecom.required_list(&mut Findings::default()).is_empty().then(|| telecom.required(&mut findings));
    let email = read_email(&telecom, &mut findings);

    let invitation = id.zip(who).zip(email);
    findings.none_or(invitation.map(|((id, who), email)| Invitation { id, who, email }))
}

fn is_for_chat(root: &Place<'_>, findings: &mut Findings) -> bool {
    let extensions = root.child("extension").optional_list(findings);
    let mut urls = extensions.iter().filter_map(|extension| extension.child("url").value()?.as_str());
    urls.any(|url| url.starts_with(CHAT_EXTENSIONS))
}

fn read_id(id: &Place<'_>, findings: &mut Findings) -> Option<String> {
    let text = id.required_text(findings)?;
    if !is_id(text) {
        findings.add(&id.path, "value", "id must be 1 to 64 letters, digits, hyphens or dots");
    }
    Some(text.to_owned())
}

fn read_who(identifier: &Place<'_>, switches: Switches, findings: &mut Findings) -> Option<Who> {
    for member in identifier.required_list(findings) {
        let value = member.child("value");
        match member.child("system").value().and_then(Value::as_str) {
            Some(bsn::SYSTEM) => return read_bsn(&value, switches, findings).map(Who::Bsn),
            Some(IDP_ID_SYSTEM) => {
                let who = value.required_text(findings).map(idp_id);
                if who == Some(None) {
                    findings.add(&value.path, "value", "This is not an id of the identity provider");
                }
                return who.flatten();
            }
            _ => {}
        }
    }
    if identifier.exists() {
        findings.add(&identifier.path, "required", "The patient must have a BSN or a patientIdpId");
    }
    None
}
