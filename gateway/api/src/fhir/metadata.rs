//! `GET /fhir/metadata`: the CapabilityStatement, made from the table of routes, what each type offers and the search
//! parameters of the package (`dutch-fhir.md` section 4.8). No token is needed.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use fhir_profiles::Profiles;
use fhir_profiles::outline::Outline;
use fhir_profiles::search::ParameterKind;
use fhir_profiles::terminology::Terms;
use gateway_core::json::quoted;
use gateway_core::{IssueCode, ResourceType, instant_text};
use gateway_engine::subscription;
use gateway_moulds::{Offered, Parameter, Statement, capability_statement};
use http::header::{ETAG, IF_NONE_MATCH};
use http::{HeaderValue, StatusCode};
use time::OffsetDateTime;

use super::offer::{Rest, SYSTEM, offered};
use super::operation::{Kind, Level, OPERATIONS};
use super::route::table;
use super::search::{include_values, revinclude_values};
use super::subset::Shown;
use super::wish::Wish;
use super::{address, answer};
use crate::App;
use crate::media::PATCH_FORMATS;
use crate::problem::{Refused, malformed};

/// The statement and its tag; made once.
pub(crate) struct Made {
    text: String,
    etag: HeaderValue,
}

/// Which statement is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Full,
    /// Only types that are normative in R4.
    Normative,
    Terminology,
}

/// The types of ours that are normative in R4 (<https://hl7.org/fhir/R4/versions.html#maturity>).
const NORMATIVE: [ResourceType; 5] = [
    ResourceType::Binary,
    ResourceType::CodeSystem,
    ResourceType::Patient,
    ResourceType::StructureDefinition,
    ResourceType::ValueSet,
];

pub(super) async fn metadata(
    State(app): State<Arc<App>>,
    mut wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    let asked = match wish.take("mode").as_deref() {
        None | Some("full") => Mode::Full,
        Some("normative") => Mode::Normative,
        Some("terminology") => Mode::Terminology,
        Some(_) => return Err(malformed(IssueCode::Value, "mode is full, normative or terminology.")),
    };
    let shown = Shown::take_of_one(&app, &mut wish, ResourceType::CapabilityStatement)?;
    wish.no_parameters()?;
    let other;
    let made = if asked == Mode::Full && shown == Shown::Whole {
        app.statement.get_or_init(|| Made::of(statement(&app, asked)))
    } else {
        other = Made::of(shown.text(&app, statement(&app, asked)));
        &other
    };
    let known = request.headers().get(IF_NONE_MATCH).is_some_and(|tag| *tag == made.etag);
    let mut response =
        if known { answer::status(StatusCode::NOT_MODIFIED) } else { answer::json(made.text.clone(), &wish) };
    response.headers_mut().insert(ETAG, made.etag.clone());
    Ok(response)
}

impl Made {
    fn of(text: String) -> Self {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        let tag = format!("W/\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(hash));
        Self { text, etag: HeaderValue::from_str(&tag).expect("base64 makes a header") }
    }
}

fn statement(app: &App, mode: Mode) -> String {
    let base = address::base(app);
    if mode == Mode::Terminology {
        return terminology_capabilities(app.opened, &base, env!("CARGO_PKG_VERSION"));
    }
    let token_url = format!("{}/oauth/token", app.settings.public_base.as_str().trim_end_matches('/'));
    let wanted = |of: &&ResourceType| mode == Mode::Full || NORMATIVE.contains(of);
    let over_all = OPERATIONS.iter().filter(|operation| operation.levels.contains(&Level::System));
    capability_statement(&Statement {
        version: env!("CARGO_PKG_VERSION"),
        base: &base,
        token_url: &token_url,
        patch_formats: &PATCH_FORMATS,
        date: app.opened,
        interactions: SYSTEM.iter().map(|rest| rest.code()).collect(),
        operations: over_all.map(|operation| (operation.name, operation.definition)).collect(),
        compartments: vec!["http://hl7.org/fhir/CompartmentDefinition/patient"],
        offered: ResourceType::ALL.iter().filter(wanted).filter_map(|of| describe(app, *of)).collect(),
    })
}

/// What can be asked about codes: the systems that are carried, and what the operations on them can do.
fn terminology_capabilities(at: OffsetDateTime, base: &str, version: &str) -> String {
    let mut systems: Vec<_> = Terms::embedded().systems().map(|system| quoted(&system.url)).collect();
    systems.sort_unstable();
    let systems: Vec<_> = systems.iter().map(|uri| format!("{{\"uri\":{uri}}}")).collect();
    let taken = OPERATIONS.iter().filter(|operation| operation.name == "expand");
    let taken = taken.flat_map(|operation| operation.takes).filter(|takes| takes.kind != Kind::Resource);
    let taken: Vec<_> = taken.map(|takes| format!("{{\"name\":\"{}\"}}", takes.name)).collect();
    format!(
        r#"{{"resourceType":"TerminologyCapabilities","status":"active","date":"{}","kind":"instance","software":{{"name":"Zorgtolk","version":"{version}"}},"implementation":{{"description":"Zorgtolk, integration gateway for Dutch health care","url":{}}},"codeSystem":[{}],"expansion":{{"hierarchical":false,"paging":true,"incomplete":false,"parameter":[{}]}},"codeSearch":"explicit","validateCode":{{"translations":false}},"translation":{{"needsMap":false}},"closure":{{"translation":false}}}}"#,
        instant_text(at),
        quoted(base),
        systems.join(","),
        taken.join(","),
    )
}

fn describe(app: &App, resource_type: ResourceType) -> Option<Offered> {
    let offered = offered(resource_type);
    let mut interactions: Vec<Rest> = Vec::new();
    for (_, _, rest) in table().filter(|(_, _, rest)| offered.contains(rest)) {
        if !interactions.contains(&rest) {
            interactions.push(rest);
        }
    }
    if interactions.is_empty() {
        return None;
    }
    let profiles = &app.engine.parts().profiles;
    Some(Offered {
        resource_type,
        versioned: interactions.contains(&Rest::Vread),
        profiles: kept_profiles(profiles, resource_type),
        interactions: interactions.into_iter().map(Rest::code).collect(),
        parameters: parameters(app, resource_type),
        includes: include_values(profiles, resource_type),
        revincludes: revinclude_values(profiles, resource_type),
        topics: topics(resource_type),
        operations: operations(resource_type),
    })
}

/// Our profiles of a type, and the one that subscriptions to a topic have.
fn kept_profiles(profiles: &Profiles, resource_type: ResourceType) -> Vec<String> {
    let outlines = profiles.outline_names().filter_map(|name| profiles.outline(name));
    let of_type = outlines.filter(|outline| outline.resource_type() == resource_type);
    let topical = (resource_type == ResourceType::Subscription).then_some(subscription::PROFILE);
    of_type.map(Outline::canonical).chain(topical).map(str::to_owned).collect()
}

/// The topics stand with the Subscription (R5 Backport 1.1.0, "Conformance in FHIR R4").
fn topics(resource_type: ResourceType) -> Vec<String> {
    if resource_type == ResourceType::Subscription { subscription::topics().collect() } else { Vec::new() }
}

fn parameters(app: &App, resource_type: ResourceType) -> Vec<Parameter> {
    let own = [
        Parameter {
            name: "_id",
            kind: "token",
            definition: "http://hl7.org/fhir/SearchParameter/Resource-id",
        },
        Parameter {
            name: "_lastUpdated",
            kind: "date",
            definition: "http://hl7.org/fhir/SearchParameter/Resource-lastUpdated",
        },
    ];
    let known = app.engine.parts().profiles.search_parameters(resource_type);
    let rest = known.iter().map(|p| Parameter { name: p.code, kind: kind(p.kind), definition: p.url });
    own.into_iter().chain(rest).collect()
}

fn operations(resource_type: ResourceType) -> Vec<(&'static str, &'static str)> {
    let of_type = OPERATIONS.iter().filter(|operation| operation.is_for(resource_type));
    of_type.map(|operation| (operation.name, operation.definition)).collect()
}

/// FHIR's code of a kind.
pub(super) fn kind(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::Token => "token",
        ParameterKind::String => "string",
        ParameterKind::Date => "date",
        ParameterKind::Reference => "reference",
        ParameterKind::Uri => "uri",
        ParameterKind::Number => "number",
        ParameterKind::Quantity => "quantity",
        ParameterKind::Composite => "composite",
        ParameterKind::Special => "special",
    }
}
