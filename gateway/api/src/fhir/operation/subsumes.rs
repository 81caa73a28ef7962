//! `$subsumes`: which of two codes stands above the other
//! (<https://hl7.org/fhir/R4/codesystem-operation-subsumes.html>).

use axum::response::Response;
use fhir_profiles::terminology::{Lack, Terms};
use gateway_core::IssueCode;
use gateway_core::json::Node;

use super::output::Output;
use super::terms::{ask, lacking, malformed, missing, terms};
use super::{Call, Kind, Takes};
use crate::fhir::answer;
use crate::problem::Refused;

pub(super) const TAKES: &[Takes] = &[
    Takes::maybe("codeA", Kind::Code),
    Takes::maybe("codeB", Kind::Code),
    Takes::maybe("system", Kind::Uri),
    Takes::maybe("version", Kind::String),
    Takes::maybe("codingA", Kind::Coding),
    Takes::maybe("codingB", Kind::Coding),
];

pub(super) async fn subsumes(call: Call) -> Result<Response, Refused> {
    let (terms, named) = terms(&call, "").await?;
    let stored = named.as_ref().and_then(|resource| resource.root().text("url").map(str::to_owned));
    let (system_a, a) = one(&call, "codeA", "codingA", stored.as_deref())?;
    let (system_b, b) = one(&call, "codeB", "codingB", stored.as_deref())?;
    if system_a != system_b {
        let text = "Both codes must be of the same system.";
        return Err(malformed(IssueCode::Invalid, text, "codingB"));
    }
    let version = call.input.text("version").map(|version| format!("|{version}")).unwrap_or_default();
    let canonical = format!("{system_a}{version}");
    match ask(&call, terms, |terms| relation(terms, &canonical, &a, &b)).await? {
        Ok(Some(relation)) => {
            let output = Output::new().text("outcome", "valueCode", relation);
            Ok(answer::json(output.close(), &call.wish))
        }
        Ok(None) => {
            Err(malformed(IssueCode::CodeInvalid, "One of the codes is not of this system.", "codeA"))
        }
        Err(lack) => Ok(lacking(&lack)),
    }
}

fn one(call: &Call, code: &str, coding: &str, stored: Option<&str>) -> Result<(String, String), Refused> {
    let text = |node: Node<'_>, key| node.text(key).map(str::to_owned);
    if let Some(coding) = call.input.part(coding) {
        return text(coding, "system").zip(text(coding, "code")).ok_or_else(|| missing(code));
    }
    let system = call.input.text("system").or(stored).ok_or_else(|| missing("system"))?;
    let code = call.input.text(code).ok_or_else(|| missing(code))?;
    Ok((system.to_owned(), code.to_owned()))
}

/// FHIR's word for how two codes stand to each other; `None` when one of them is no code.
fn relation(terms: &Terms, canonical: &str, a: &str, b: &str) -> Result<Option<&'static str>, Lack> {
    let system = terms.system(canonical).ok_or_else(|| Lack::System(canonical.to_owned()))?;
    if system.concept(a).is_none() || system.concept(b).is_none() {
        return Ok(None);
    }
    Ok(Some(match (system.is_a(b, a), system.is_a(a, b)) {
        (true, true) => "equivalent",
        (true, false) => "subsumes",
        (false, true) => "subsumed-by",
        (false, false) => "not-subsumed",
    }))
}
