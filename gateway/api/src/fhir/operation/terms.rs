//! What the terminology operations share: whose terms are asked, which code is asked about, and what is said when
//! something is not known.
//!
//! The package's terms are asked first. What they lack is looked up among the organisation's own code systems
//! and value sets, as far as the token may see those, and asked again.

use std::collections::HashSet;

use axum::response::Response;
use fhir_profiles::search::Query;
use fhir_profiles::terminology::{Lack, Terms};
use gateway_core::json::Node;
use gateway_core::{Interaction, Issue, IssueCode, Problem, Resource, ResourceType};
use gateway_store::{Paging, Total};
use http::StatusCode;

use super::Call;
use super::input::place;
use crate::fhir::place::At;
use crate::problem::{Refused, outcome};

/// How many resources of the organisation's own one question may need.
const MOST: usize = 20;

/// A code that is asked about.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// With its version behind `|` when one is named.
    pub(super) system: String,
    pub(super) code: String,
    pub(super) display: Option<String>,
}

impl Asked {
    fn of(coding: Node<'_>) -> Self {
        let text = |key| coding.text(key).unwrap_or_default();
        let version = coding.text("version").map(|version| format!("|{version}")).unwrap_or_default();
        Self {
            system: format!("{}{version}", text("system")),
            code: text("code").to_owned(),
            display: coding.text("display").map(str::to_owned),
        }
    }

    /// The system without its version.
    pub(super) fn bare_system(&self) -> &str {
        self.system.split('|').next().unwrap_or_default()
    }
}

/// The codes asked about: `code` with a system, `coding`, or `codeableConcept`; one of them.
///
/// # Errors
/// 400 for none or several.
pub(super) fn asked(call: &Call, system: Option<&str>, version: &str) -> Result<Vec<Asked>, Refused> {
    let input = &call.input;
    let mut found = Vec::new();
    let mut ways = 0;
    if let Some(code) = input.text("code") {
        ways += 1;
        let system = system.ok_or_else(|| missing("system"))?;
        let version = input.text(version).map(|version| format!("|{version}")).unwrap_or_default();
        let display = input.text("display").map(str::to_owned);
        found.push(Asked { system: format!("{system}{version}"), code: code.to_owned(), display });
    }
    if let Some(coding) = input.part("coding") {
        ways += 1;
        found.push(Asked::of(coding));
    }
    if let Some(concept) = input.part("codeableConcept") {
        ways += 1;
        found.extend(concept.get("coding").into_iter().flat_map(Node::items).map(Asked::of));
    }
    if ways != 1 {
        let text = "Ask about one of code (with its system), coding and codeableConcept.";
        return Err(malformed(IssueCode::Required, text, "code"));
    }
    let complete = |asked: &Asked| !asked.code.is_empty() && !asked.system.is_empty();
    if found.is_empty() || !found.iter().all(complete) {
        return Err(malformed(IssueCode::Required, "A coding has a system and a code.", "coding"));
    }
    Ok(found)
}

/// 400 about one parameter.
pub(super) fn malformed(code: IssueCode, text: &str, name: &str) -> Refused {
    Refused(Problem::Malformed(vec![Issue::error(code, text).at(place(name))]))
}

/// 400 for a parameter that must be there.
pub(super) fn missing(name: &str) -> Refused {
    malformed(IssueCode::Required, &format!("The parameter {name} must be there."), name)
}

/// The terms to ask, and the address of the CodeSystem or ValueSet that the path or body names, when one does.
///
/// # Errors
/// As a read of what the path names.
pub(super) async fn terms(call: &Call, body: &str) -> Result<(Terms, Option<Resource>), Refused> {
    let mut terms = Terms::on_top();
    let named = match &call.at {
        At::Instance(_) => Some(call.named().await?),
        At::Type(_) | At::System => call.input.resource(body).cloned(),
    };
    if let Some(named) = &named {
        terms.add(named);
    }
    Ok((terms, named))
}

/// The answer to a question to the terms; what is lacking is fetched from the organisation's own.
///
/// # Errors
/// `Unavailable`.
pub(super) async fn ask<T>(
    call: &Call,
    mut terms: Terms,
    question: impl Fn(&Terms) -> Result<T, Lack>,
) -> Result<Result<T, Lack>, Refused> {
    let mut tried = HashSet::new();
    loop {
        let lack = match question(&terms) {
            Ok(answer) => return Ok(Ok(answer)),
            Err(lack) => lack,
        };
        let (resource_type, canonical) = match &lack {
            Lack::System(canonical) => (ResourceType::CodeSystem, canonical),
            Lack::ValueSet(canonical) => (ResourceType::ValueSet, canonical),
            Lack::Incomplete(_) | Lack::Filter { .. } | Lack::Empty | Lack::TooLarge => return Ok(Err(lack)),
        };
        if tried.len() >= MOST || !tried.insert(canonical.clone()) {
            return Ok(Err(lack));
        }
        match own(call, resource_type, canonical).await? {
            Some(found) => terms.add(&found),
            None => return Ok(Err(lack)),
        }
    }
}

/// The organisation's own resource with this address; the one of the version that is asked for, else the newest.
async fn own(call: &Call, resource_type: ResourceType, canonical: &str) -> Result<Option<Resource>, Refused> {
    if !call.caller.scopes.allow(resource_type, Interaction::Search) {
        return Ok(None);
    }
    let (url, version) = canonical.split_once('|').map_or((canonical, None), |(url, v)| (url, Some(v)));
    let url = url.strip_suffix("?vs").unwrap_or(url);
    let escaped = url.replace('\\', "\\\\").replace(',', "\\,");
    let parameters = [("url".to_owned(), escaped)];
    let profiles = &call.app.engine.parts().profiles;
    let Ok(query) = Query::parse(profiles, resource_type, &parameters) else { return Ok(None) };
    let paging = Paging { count: 50, total: Total::None, ..Paging::default() };
    let page = call.app.engine.search(&call.caller, &query, &paging).await?;
    let texts = page.entries.into_iter().filter_map(|stored| stored.text);
    let mut found = texts.filter_map(|text| Resource::from_text(text).ok());
    Ok(found.find(|one| version.is_none_or(|version| one.root().text("version") == Some(version))))
}

/// What is said when something is lacking: nobody can answer, so neither yes nor no.
pub(super) fn lacking(lack: &Lack) -> Response {
    let issue = |code| [Issue::error(code, format!("{lack}."))];
    match lack {
        Lack::System(_) | Lack::ValueSet(_) => outcome(StatusCode::NOT_FOUND, &issue(IssueCode::NotFound)),
        Lack::Incomplete(_) | Lack::Filter { .. } | Lack::Empty => {
            outcome(StatusCode::UNPROCESSABLE_ENTITY, &issue(IssueCode::NotSupported))
        }
        Lack::TooLarge => outcome(StatusCode::UNPROCESSABLE_ENTITY, &issue(IssueCode::TooCostly)),
    }
}
