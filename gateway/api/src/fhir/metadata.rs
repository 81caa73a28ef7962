//! `GET /fhir/metadata`: the CapabilityStatement, made from the table of routes, what each type offers and the search
//! parameters of the package (`dutch-fhir.md` section 4.8). No token is needed.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use fhir_profiles::search::ParameterKind;
use gateway_core::{IssueCode, ResourceType};
use gateway_moulds::{Offered, Parameter, Statement, capability_statement};
use http::header::{ETAG, IF_NONE_MATCH};
use http::{HeaderValue, StatusCode};

use super::offer::{Rest, SYSTEM, offered};
use super::operation::OPERATIONS;
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

pub(super) async fn metadata(
    State(app): State<Arc<App>>,
    mut wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    if wish.take("mode").is_some_and(|mode| mode != "full") {
        return Err(malformed(IssueCode::NotSupported, "Of mode only full is offered."));
    }
    let part = Shown::take_of_one(&app, &mut wish, ResourceType::CapabilityStatement)?;
    wish.no_parameters()?;
    let made = app.statement.get_or_init(|| make(&app));
    let known = request.headers().get(IF_NONE_MATCH).is_some_and(|tag| *tag == made.etag);
    let mut response = if known {
        answer::status(StatusCode::NOT_MODIFIED)
    } else {
        answer::json(part.text(&app, made.text.clone()), &wish)
    };
    response.headers_mut().insert(ETAG, made.etag.clone());
    Ok(response)
}

fn make(app: &App) -> Made {
    let base = address::base(app);
    let token_url = format!("{}/oauth/token", app.settings.public_base.as_str().trim_end_matches('/'));
    let text = capability_statement(&Statement {
        version: env!("CARGO_PKG_VERSION"),
        base: &base,
        token_url: &token_url,
        patch_formats: &PATCH_FORMATS,
        date: app.opened,
        interactions: SYSTEM.iter().map(|rest| rest.code()).collect(),
        compartments: vec!["http://hl7.org/fhir/CompartmentDefinition/patient"],
        offered: ResourceType::ALL.iter().filter_map(|resource_type| describe(app, *resource_type)).collect(),
    });
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let tag = format!("W/\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(hash));
    let etag = HeaderValue::from_str(&tag).expect("base64 makes a header");
    Made { text, etag }
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
        update_create: interactions.contains(&Rest::Update),
        interactions: interactions.into_iter().map(Rest::code).collect(),
        parameters: parameters(app, resource_type),
        includes: include_values(profiles, resource_type),
        revincludes: revinclude_values(profiles, resource_type),
        operations: operations(resource_type),
    })
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

fn kind(kind: ParameterKind) -> &'static str {
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
