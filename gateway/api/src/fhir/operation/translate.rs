//! `$translate`: what a code is in another system (<https://hl7.org/fhir/R4/conceptmap-operation-translate.html>).
//!
//! By the code maps in force for the organisation: those of the mapping tables, and the ones it keeps itself. When no map
//! goes from that system to what is asked for, nobody can answer, and that is not "no".

use axum::response::Response;
use fhir_profiles::search::Query;
use gateway_core::json::Node;
use gateway_core::{Interaction, Issue, IssueCode, Problem, Resource, ResourceType};
use gateway_store::{Paging, Total};
use http::StatusCode;

use super::output::Output;
use super::terms::{Asked, asked, malformed};
use super::{Call, Kind, Takes};
use crate::fhir::place::At;
use crate::fhir::{answer, own};
use crate::problem::{Refused, outcome};

pub(super) const TAKES: &[Takes] = &[
    Takes::maybe("url", Kind::Uri),
    Takes::maybe("conceptMap", Kind::Resource),
    Takes::maybe("conceptMapVersion", Kind::String),
    Takes::maybe("code", Kind::Code),
    Takes::maybe("system", Kind::Uri),
    Takes::maybe("version", Kind::String),
    Takes::maybe("coding", Kind::Coding),
    Takes::maybe("codeableConcept", Kind::CodeableConcept),
    Takes::maybe("source", Kind::Uri),
    Takes::maybe("target", Kind::Uri),
    Takes::maybe("targetsystem", Kind::Uri),
    Takes::maybe("reverse", Kind::Boolean),
];

/// How many maps of its own an organisation may have before one must be named.
const MOST: u32 = 200;

/// What a code became.
struct Match {
    equivalence: String,
    system: String,
    code: String,
    display: String,
    /// The map that says so.
    source: String,
}

pub(super) async fn translate(call: Call) -> Result<Response, Refused> {
    let all = asked(&call, call.input.text("system"), "version")?;
    let maps = maps(&call).await?;
    let (mut goes, mut found) = (false, Vec::new());
    for map in maps.iter().filter(|map| is_meant(&call, map)) {
        for group in map.root().get("group").into_iter().flat_map(Node::items) {
            for one in &all {
                let way = Way { call: &call, map: map.root(), group };
                if way.goes_from(one) {
                    goes = true;
                    found.extend(way.matches(one));
                }
            }
        }
    }
    if !goes {
        let text = "No ConceptMap here goes from this system to what is asked for.";
        return Ok(outcome(StatusCode::NOT_FOUND, &[Issue::error(IssueCode::NotFound, text)]));
    }
    Ok(answer::json(told(found), &call.wish))
}

fn told(found: Vec<Match>) -> String {
    let any = found.iter().any(|one| !matches!(one.equivalence.as_str(), "unmatched" | "disjoint"));
    let mut output = Output::new().flag("result", any);
    if !any {
        output = output.text("message", "valueString", "The code becomes nothing there.");
    }
    for one in found {
        let mut parts = Output::new().text("equivalence", "valueCode", &one.equivalence);
        if !one.code.is_empty() {
            parts = parts.coding("concept", &one.system, &one.code, &one.display);
        }
        output = output.parts("match", &parts.text("source", "valueUri", &one.source));
    }
    output.close()
}

/// The maps that are asked: the one in the body or path, else all that are in force.
async fn maps(call: &Call) -> Result<Vec<Resource>, Refused> {
    if let Some(sent) = call.input.resource("conceptMap") {
        return Ok(vec![sent.clone()]);
    }
    let read = |text: String| Resource::from_text(text).ok();
    if let At::Instance(_) = &call.at {
        return Ok(vec![call.named().await?]);
    }
    let mut all: Vec<_> = own::maps::concept_maps(&call.app, &call.caller).filter_map(read).collect();
    if call.caller.scopes.allow(ResourceType::ConceptMap, Interaction::Search) {
        all.extend(kept(call).await?.into_iter().filter_map(read));
    }
    Ok(all)
}

/// The organisation's own: the ones of the address that is asked for, else all.
async fn kept(call: &Call) -> Result<Vec<String>, Refused> {
    let url = call.input.text("url").map(|url| url.replace('\\', "\\\\").replace(',', "\\,"));
    let parameters: Vec<_> = url.map(|url| ("url".to_owned(), url)).into_iter().collect();
    let profiles = &call.app.engine.parts().profiles;
    let query = Query::parse(profiles, ResourceType::ConceptMap, &parameters).map_err(Problem::Malformed)?;
    let paging = Paging { count: MOST, total: Total::None, ..Paging::default() };
    let page = call.app.engine.search(&call.caller, &query, &paging).await?;
    if page.next.is_some() {
        let text = "There are too many ConceptMaps to ask them all; name one by its url.";
        return Err(malformed(IssueCode::TooCostly, text, "url"));
    }
    Ok(page.entries.into_iter().filter_map(|stored| stored.text).collect())
}

/// Whether a map is one of those that are asked for.
fn is_meant(call: &Call, map: &Resource) -> bool {
    let root = map.root();
    let is = |asked: &str, keys: &[&str]| {
        call.input.text(asked).is_none_or(|asked| keys.iter().any(|key| root.text(key) == Some(asked)))
    };
    is("url", &["url"])
        && is("conceptMapVersion", &["version"])
        && is("source", &["sourceUri", "sourceCanonical"])
        && is("target", &["targetUri", "targetCanonical"])
}

/// A group of a map, walked in one direction.
struct Way<'c> {
    call: &'c Call,
    map: Node<'c>,
    group: Node<'c>,
}

impl Way<'_> {
    fn reverse(&self) -> bool {
        self.call.input.flag("reverse") == Some(true)
    }

    /// From and to.
    fn ends(&self) -> (&str, &str) {
        let text = |key| self.group.text(key).unwrap_or_default();
        if self.reverse() { (text("target"), text("source")) } else { (text("source"), text("target")) }
    }

    fn goes_from(&self, asked: &Asked) -> bool {
        let (from, to) = self.ends();
        from == asked.bare_system() && self.call.input.text("targetsystem").is_none_or(|wanted| wanted == to)
    }

    fn matches(&self, asked: &Asked) -> Vec<Match> {
        let mut found = Vec::new();
        for element in self.group.get("element").into_iter().flat_map(Node::items) {
            for target in element.get("target").into_iter().flat_map(Node::items) {
                let (from, to) = if self.reverse() { (target, element) } else { (element, target) };
                if from.text("code") == Some(&asked.code) && target.get("dependsOn").is_none() {
                    found.push(self.found(to, target.text("equivalence").unwrap_or("relatedto")));
                }
            }
        }
        if found.is_empty() && !self.reverse() {
            found.extend(self.unmapped(asked));
        }
        found
    }

    fn found(&self, to: Node<'_>, equivalence: &str) -> Match {
        let text = |key| to.text(key).unwrap_or_default().to_owned();
        let equivalence = if self.reverse() { turned(equivalence) } else { equivalence };
        self.becomes(equivalence, text("code"), text("display"))
    }

    /// What codes become that the map does not name, when it says so.
    fn unmapped(&self, asked: &Asked) -> Option<Match> {
        let rule = self.group.get("unmapped")?;
        match rule.text("mode") {
            Some("provided") => Some(self.becomes("equal", asked.code.clone(), String::new())),
            Some("fixed") => {
                let text = |key| rule.text(key).unwrap_or_default().to_owned();
                Some(self.becomes("relatedto", text("code"), text("display")))
            }
            _ => None,
        }
    }

    fn becomes(&self, equivalence: &str, code: String, display: String) -> Match {
        Match {
            equivalence: equivalence.to_owned(),
            system: self.ends().1.to_owned(),
            code,
            display,
            source: self.map.text("url").unwrap_or_default().to_owned(),
        }
    }
}

/// An equivalence, seen from the other side.
fn turned(equivalence: &str) -> &str {
    match equivalence {
        "wider" => "narrower",
        "narrower" => "wider",
        "subsumes" => "specializes",
        "specializes" => "subsumes",
        same => same,
    }
}
