//! `$lookup`: what a code is called and what stands around it
//! (<https://hl7.org/fhir/R4/codesystem-operation-lookup.html>).

use axum::response::Response;
use fhir_profiles::terminology::{CodeSystem, Concept, Content, Lack, Terms};
use gateway_core::{Issue, IssueCode};
use http::StatusCode;

use super::output::Output;
use super::terms::{Asked, ask, asked, lacking, terms};
use super::{Call, Kind, Takes};
use crate::fhir::answer;
use crate::problem::{Refused, outcome};

pub(super) const TAKES: &[Takes] = &[
    Takes::maybe("code", Kind::Code),
    Takes::maybe("system", Kind::Uri),
    Takes::maybe("version", Kind::String),
    Takes::maybe("coding", Kind::Coding),
    Takes::maybe("displayLanguage", Kind::Code),
    Takes::any("property", Kind::Code),
];

pub(super) async fn lookup(call: Call) -> Result<Response, Refused> {
    let all = asked(&call, call.input.text("system"), "version")?;
    let Some(one) = all.first() else { return Err(super::terms::missing("code")) };
    let (terms, _) = terms(&call, "").await?;
    let wanted: Vec<&str> = call.input.texts("property").collect();
    match ask(&call, terms, |terms| found(terms, one, &wanted)).await? {
        Ok(Some(text)) => Ok(answer::json(text, &call.wish)),
        Ok(None) => {
            let text = format!("The code system {} has no such code.", one.system);
            Ok(outcome(StatusCode::NOT_FOUND, &[Issue::error(IssueCode::NotFound, text)]))
        }
        Err(lack) => Ok(lacking(&lack)),
    }
}

/// The answer; `None` when the system has no such code.
fn found(terms: &Terms, asked: &Asked, wanted: &[&str]) -> Result<Option<String>, Lack> {
    let system = terms.system(&asked.system).ok_or_else(|| Lack::System(asked.system.clone()))?;
    match system.concept(&asked.code) {
        Some(concept) => Ok(Some(told(system, concept, wanted))),
        None if system.content == Content::Part => Err(Lack::Incomplete(system.url.clone())),
        None => Ok(None),
    }
}

fn told(system: &CodeSystem, concept: &Concept, wanted: &[&str]) -> String {
    let name = if system.name.is_empty() { &system.url } else { &system.name };
    let display = if concept.display.is_empty() { &concept.code } else { &concept.display };
    let mut output = Output::new()
        .text("name", "valueString", name)
        .text("version", "valueString", &system.version)
        .text("display", "valueString", display);
    let wants = |name: &str| wanted.is_empty() || wanted.contains(&name);
    let property = |output: Output, name: &str, member: &str, value: &str| {
        let parts = Output::new().text("code", "valueCode", name).text("value", member, value);
        output.parts("property", &parts)
    };
    if let Some(definition) = concept.definition.as_deref().filter(|_| wants("definition")) {
        output = property(output, "definition", "valueString", definition);
    }
    if let Some(parent) = system.line(concept).nth(1).filter(|_| wants("parent")) {
        output = property(output, "parent", "valueCode", &parent.code);
    }
    for child in system.children(concept).filter(|_| wants("child")) {
        output = property(output, "child", "valueCode", &child.code);
    }
    output.close()
}
