//! `$validate-code`: is this a code of the system, or of the value set
//! (<https://hl7.org/fhir/R4/codesystem-operation-validate-code.html>,
//! <https://hl7.org/fhir/R4/valueset-operation-validate-code.html>).
//!
//! "No" is said only where all of it is known: about a system or value set that is not here nobody can answer.

use axum::response::Response;
use fhir_profiles::terminology::{Content, Lack, Terms, ValueSet};
use gateway_core::Resource;

use super::expand::find;
use super::output::Output;
use super::terms::{Asked, ask, asked, lacking, missing, terms};
use super::{Call, Kind, Takes};
use crate::fhir::answer;
use crate::problem::Refused;

pub(super) const OF_SYSTEM: &[Takes] = &[
    Takes::maybe("url", Kind::Uri),
    Takes::maybe("codeSystem", Kind::Resource),
    Takes::maybe("code", Kind::Code),
    Takes::maybe("version", Kind::String),
    Takes::maybe("display", Kind::String),
    Takes::maybe("coding", Kind::Coding),
    Takes::maybe("codeableConcept", Kind::CodeableConcept),
    Takes::maybe("abstract", Kind::Boolean),
    Takes::maybe("displayLanguage", Kind::Code),
];

pub(super) const OF_VALUE_SET: &[Takes] = &[
    Takes::maybe("url", Kind::Uri),
    Takes::maybe("valueSet", Kind::Resource),
    Takes::maybe("valueSetVersion", Kind::String),
    Takes::maybe("code", Kind::Code),
    Takes::maybe("system", Kind::Uri),
    Takes::maybe("systemVersion", Kind::String),
    Takes::maybe("display", Kind::String),
    Takes::maybe("coding", Kind::Coding),
    Takes::maybe("codeableConcept", Kind::CodeableConcept),
    Takes::maybe("abstract", Kind::Boolean),
    Takes::maybe("displayLanguage", Kind::Code),
];

/// What is found about one code.
enum Found {
    /// It is one; this is what it is called.
    Code(String),
    /// It is one, and called otherwise than was said.
    Otherwise(String),
    /// It is none.
    None,
}

pub(super) async fn of_system(call: Call) -> Result<Response, Refused> {
    let (terms, named) = terms(&call, "codeSystem").await?;
    let url = named.as_ref().and_then(url_of).or_else(|| call.input.text("url").map(str::to_owned));
    let all = asked(&call, url.as_deref(), "version")?;
    let of = url.as_deref();
    told(&call, terms, &all, |terms, one| match of {
        // a coding of another system is none of this one
        Some(url) if url != one.bare_system() => Ok(Found::None),
        _ => in_system(terms, one),
    })
    .await
}

pub(super) async fn of_value_set(call: Call) -> Result<Response, Refused> {
    let (terms, named) = terms(&call, "valueSet").await?;
    let named = named.as_ref().map(|resource| ValueSet::read(resource.root()));
    let version = call.input.text("valueSetVersion").map(|version| format!("|{version}"));
    let url = call.input.text("url").map(|url| format!("{url}{}", version.unwrap_or_default()));
    if named.is_none() && url.is_none() {
        return Err(missing("url"));
    }
    let all = asked(&call, call.input.text("system"), "systemVersion")?;
    told(&call, terms, &all, |terms, one| {
        let value_set = find(terms, named.as_ref(), url.as_deref())?;
        in_value_set(terms, &value_set, one)
    })
    .await
}

fn url_of(resource: &Resource) -> Option<String> {
    resource.root().text("url").map(str::to_owned)
}

/// Yes when one of the codes is, as a concept is in a value set when one of its codings is.
async fn told(
    call: &Call,
    terms: Terms,
    all: &[Asked],
    look: impl Fn(&Terms, &Asked) -> Result<Found, Lack>,
) -> Result<Response, Refused> {
    let best = |terms: &Terms| {
        let (mut otherwise, mut lack) = (None, None);
        for one in all {
            match look(terms, one) {
                Ok(Found::Code(display)) => return Ok(Found::Code(display)),
                Ok(Found::Otherwise(display)) => otherwise = Some(display),
                Ok(Found::None) => {}
                Err(found) => lack = Some(found),
            }
        }
        match (otherwise, lack) {
            (Some(display), _) => Ok(Found::Otherwise(display)),
            (None, Some(lack)) => Err(lack),
            (None, None) => Ok(Found::None),
        }
    };
    let output = match ask(call, terms, best).await? {
        Ok(Found::Code(display)) => {
            Output::new().flag("result", true).text("display", "valueString", &display)
        }
        Ok(Found::Otherwise(display)) => Output::new()
            .flag("result", false)
            .text("message", "valueString", "The code is there, and called otherwise.")
            .text("display", "valueString", &display),
        Ok(Found::None) => {
            Output::new().flag("result", false).text("message", "valueString", "The code is not in it.")
        }
        Err(lack) => return Ok(lacking(&lack)),
    };
    Ok(answer::json(output.close(), &call.wish))
}

fn in_system(terms: &Terms, asked: &Asked) -> Result<Found, Lack> {
    let system = terms.system(&asked.system).ok_or_else(|| Lack::System(asked.system.clone()))?;
    match system.concept(&asked.code) {
        Some(concept) => Ok(named(asked, &concept.display)),
        None if system.content == Content::Part => Err(Lack::Incomplete(system.url.clone())),
        None => Ok(Found::None),
    }
}

fn in_value_set(terms: &Terms, value_set: &ValueSet, asked: &Asked) -> Result<Found, Lack> {
    let members = terms.expand(value_set)?;
    let system = terms.system(&asked.system);
    // a system that does not tell letters from capitals has one spelling of each code
    let code = system.and_then(|s| s.concept(&asked.code)).map_or(&asked.code, |concept| &concept.code);
    let found = members.iter().find(|m| m.system == asked.bare_system() && m.code == *code);
    Ok(found.map_or(Found::None, |member| named(asked, member.display.as_deref().unwrap_or_default())))
}

fn named(asked: &Asked, display: &str) -> Found {
    let right = asked
        .display
        .as_deref()
        .is_none_or(|said| display.is_empty() || said.to_lowercase() == display.to_lowercase());
    if right { Found::Code(display.to_owned()) } else { Found::Otherwise(display.to_owned()) }
}
