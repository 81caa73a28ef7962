//! An entry of a transaction as a write of the engine: the gates, conditions and checks of the same interaction alone.

use std::sync::Arc;

use gateway_core::{Caller, Id, Interaction, Issue, IssueCode, Key, Problem, Resource, ResourceType};
use gateway_engine::{Change, FhirPathPatch, Patch, Target, Write};
use gateway_store::Precondition;
use http::Method;

use super::entry::{Entry, unpacked};
use crate::App;
use crate::fhir::conditions::precondition;
use crate::fhir::criteria::{criteria, if_none_exist};
use crate::fhir::offer::{Rest, gate, gate_by_criteria};
use crate::fhir::{body, own, patch};
use crate::media::patch_format;
use crate::problem::Refused;

/// The write that an entry asks for.
///
/// # Errors
/// As the interaction alone.
pub(super) fn write(app: &App, caller: &Caller, entry: &Entry) -> Result<Write, Refused> {
    let (name, id) = match entry.path.split_once('/') {
        None => (entry.path.as_str(), None),
        Some((name, id)) => (name, Some(id)),
    };
    let of = name.parse::<ResourceType>().map_err(|_| Refused(Problem::NotFound))?;
    let (target, change, interaction) = match entry.method {
        Method::POST => (made(app, of, entry)?, document(entry, of)?, Interaction::Create),
        Method::PUT => {
            let target = named(app, caller, (of, id), Rest::Update, entry)?;
            let resource = sent(entry)?;
            let resource = match &target {
                Target::Key(key) => body::at(resource, key)?,
                Target::New(_) | Target::Matching(_) => body::of_type(resource, of)?,
            };
            if let Some(id) = resource.id() {
                own::overlay::not_ours(app, caller, &Key::new(of, id.clone()))?;
            }
            (target, Change::Document(resource), Interaction::Update)
        }
        Method::PATCH => {
            let target = named(app, caller, (of, id), Rest::Patch, entry)?;
            (target, Change::Patch(patched(entry)?), Interaction::Update)
        }
        _ => (named(app, caller, (of, id), Rest::Delete, entry)?, Change::Deleted, Interaction::Delete),
    };
    let precondition = match interaction {
        Interaction::Create => Precondition::Any,
        _ => precondition(&entry.conditions)?,
    };
    Ok(Write { target, change, precondition, bind: None, interaction, bsn: None })
}

/// What a POST makes.
fn made(app: &App, of: ResourceType, entry: &Entry) -> Result<Target, Refused> {
    gate(of, Rest::Create)?;
    if entry.path != of.as_str() || entry.query.is_some() {
        let text = "In a transaction a POST makes a resource; its url is the type and nothing more.";
        let issue = Issue::error(IssueCode::NotSupported, text).at("request.url");
        return Err(Refused(Problem::Malformed(vec![issue])));
    }
    let query = if_none_exist(app, &entry.conditions, of)?;
    Ok(query.map_or(Target::New(of), Target::Matching))
}

/// What is named by its id, or by criteria.
fn named(
    app: &App,
    caller: &Caller,
    (of, id): (ResourceType, Option<&str>),
    rest: Rest,
    entry: &Entry,
) -> Result<Target, Refused> {
    let Some(id) = id else {
        gate_by_criteria(of, rest)?;
        let parameters = url::form_urlencoded::parse(entry.query.as_deref().unwrap_or_default().as_bytes());
        return Ok(Target::Matching(criteria(app, of, &parameters.into_owned().collect::<Vec<_>>())?));
    };
    gate(of, rest)?;
    let wrong =
        |code, text: &str| Refused(Problem::Malformed(vec![Issue::error(code, text).at("request.url")]));
    let id =
        id.parse::<Id>().map_err(|_| wrong(IssueCode::Value, "The id must be 1 to 64 of A-Z a-z 0-9 - ."))?;
    if entry.query.is_some() {
        return Err(wrong(
            IssueCode::NotSupported,
            "A resource is named by its id or by criteria, not by both.",
        ));
    }
    let key = Key::new(of, id);
    own::overlay::not_ours(app, caller, &key)?;
    Ok(Target::Key(key))
}

fn document(entry: &Entry, of: ResourceType) -> Result<Change, Refused> {
    Ok(Change::Document(body::of_type(sent(entry)?, of)?))
}

fn sent(entry: &Entry) -> Result<Resource, Refused> {
    let missing =
        || Issue::error(IssueCode::Required, "An entry that writes must have a resource.").at("resource");
    entry.resource.clone().ok_or_else(|| Refused(Problem::Malformed(vec![missing()])))
}

/// A patch: Parameters, or a Binary that carries one.
fn patched(entry: &Entry) -> Result<Arc<dyn Patch>, Refused> {
    let resource = sent(entry)?;
    if resource.resource_type() != ResourceType::Binary {
        return Ok(Arc::new(FhirPathPatch::read(resource)?));
    }
    let (media_type, bytes) = unpacked(&resource)?;
    patch::read(patch_format(media_type.to_str().unwrap_or_default())?, &bytes)
}
