//! `$export`: takes the order and answers with where to look for it.

use std::sync::Arc;

use axum::response::Response;
use gateway_core::{Caller, Issue, IssueCode, Problem};
use gateway_store::Export;
use http::header::CONTENT_LOCATION;
use http::{HeaderValue, StatusCode};

use super::asked::Asked;
use super::{KEPT, LEASE, client, prepare};
use crate::App;
use crate::fhir::operation::Call;
use crate::fhir::place::At;
use crate::fhir::prefer::Handling;
use crate::fhir::{address, answer};
use crate::problem::{Refused, malformed};

/// Somebody who asks again while the first order is prepared may come back after this.
const SOON: std::time::Duration = std::time::Duration::from_secs(5);

pub(in crate::fhir) async fn kick_off(call: Call) -> Result<Response, Refused> {
    let Call { app, caller, at, input, wish, query, .. } = call;
    let client = permitted(&app, &caller)?.to_owned();
    if !wish.prefer.later {
        let text = "An export is prepared while you wait elsewhere: send the header Prefer: respond-async.";
        return Err(malformed(IssueCode::Required, text));
    }
    let lenient = wish.prefer.handling == Some(Handling::Lenient);
    let patients = matches!(at, At::Type(_));
    let mut asked = Asked::read(&app, &caller, &input, patients, lenient)?;
    asked.request = format!("{}/{}$export", address::base(&app), if patients { "Patient/" } else { "" });
    if !query.is_empty() {
        asked.request = format!("{}?{query}", asked.request);
    }

    let parts = app.engine.parts();
    let now = parts.clock.now();
    let export = Export {
        id: parts.ids.next().to_string(),
        client,
        asked: serde_json::to_string(&asked).expect("plain members become JSON"),
        at: now,
        expires: now + KEPT,
        progress: "begun".to_owned(),
        files: None,
    };
    if !app.engine.begin_export(&caller, &export, now + LEASE).await? {
        return Err(Refused(Problem::TooMany { retry_after: SOON }));
    }
    tracing::info!(tenant = %caller.tenant, client = %caller.origin, export = export.id, "A bulk export was ordered");
    let address = format!("{}/$export/{}", address::base(&app), export.id);
    prepare::begin(Arc::clone(&app), caller, export);
    let mut response = answer::status(StatusCode::ACCEPTED);
    let address = HeaderValue::from_str(&address).expect("a URL with an id of ours is ASCII");
    response.headers_mut().insert(CONTENT_LOCATION, address);
    Ok(response)
}

/// The client, if an operator lets it export.
fn permitted<'c>(app: &App, caller: &'c Caller) -> Result<&'c str, Problem> {
    let listed = |client: &&str| app.settings.export_clients.iter().any(|listed| listed == client);
    client(caller).filter(listed).ok_or_else(|| {
        let text = "This client may not export; an operator lists those who may under [export] clients.";
        Problem::Forbidden(Issue::error(IssueCode::Forbidden, text))
    })
}
