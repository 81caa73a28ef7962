//! `GET {base}/metadata`: what this door offers (V-10). Open to all, as a CapabilityStatement is.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use serde_json::{Value, json};

use crate::App;
use crate::media::FHIR_JSON;

/// When the contract of this door last changed.
const DATE: &str = "2026-11-21";

/// The handler.
pub(super) async fn get(State(app): State<Arc<App>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, FHIR_JSON)], statement(&app).to_string())
}

fn statement(app: &App) -> Value {
    let base = app.settings.public_base.as_str().trim_end_matches('/');
    let resource = |name: &str, profile: &str, interaction: &str| {
        json!({
            "type": name,
            "profile": format!("https://zorgtolk.example/fhir/StructureDefinition/{profile}"),
            "interaction": [{"code": interaction}],
            "versioning": "versioned",
            "updateCreate": interaction == "update"
        })
    };
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": DATE,
        "kind": "instance",
        "implementation": {
            "description": "Appointment updates and notifications, compatible with Spreekuur.nl",
            "url": format!("{base}{}", super::BASE)
        },
        "software": {"name": "Zorgtolk", "version": env!("CARGO_PKG_VERSION")},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{
            "mode": "server",
            "security": {
                "description": format!(
                    "OAuth 2.0 client credentials at {base}/oauth/token; the organisation in X-Organization-Identifier"
                )
            },
            "resource": [
                resource("Appointment", "zt-spreekuur-appointment", "update"),
                resource("Communication", "zt-spreekuur-notification", "create")
            ]
        }]
    })
}
