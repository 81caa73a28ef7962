//! The Spreekuur-compatible door, `/spreekuur/fhir/r4`: what a XIS that speaks to Spreekuur.nl sends, taken in as native
//! FHIR (`spreekuur.md` sections 6, 7, 9 and 11b; rules A-01..A-26, N-01..N-26, V-01..V-10).
//!
//! The order of looking is the reference's: authentication, route and method, media type, organisation header,
//! organisation rights, JSON, structure, content. What content must be like, the profiles say; this door owns headers,
//! paths and what is already known.

mod answer;
mod appointment;
mod door;
mod held;
mod laying;
mod meaning;
mod metadata;
mod notification;
mod person;
mod shape;
mod unquoted;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};
use fhir_profiles::BsnCheck;
use gateway_core::Problem;

use crate::App;
use crate::caller::Denied;
use door::Client;
pub use held::Lanes;

/// Where the door stands under the gateway's address.
const BASE: &str = "/spreekuur/fhir/r4";

/// What can be set about this door.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Take `application/json`, a bare AGB code, and ids and BSNs without quotes too.
    pub lenient: bool,
    /// Take the header names of before May 2026 too (`organisation_agb`, `organization_agb`).
    pub old_headers: bool,
    /// How a BSN is looked at here, whatever the rest of the house asks for.
    pub bsn_check: BsnCheck,
    /// What a cancellation of an appointment that was never sent gets.
    pub unknown_cancel: UnknownCancel,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lenient: true,
            old_headers: false,
            bsn_check: BsnCheck::Format,
            unknown_cancel: UnknownCancel::Ok,
        }
    }
}

/// What a cancellation of an appointment that was never sent gets (`spreekuur.md` 6.2, row 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownCancel {
    /// 200; nothing is stored and nobody is told.
    Ok,
    /// 404.
    NotFound,
}

pub(crate) fn router() -> Router<Arc<App>> {
    let routes = Router::new()
        .route("/Appointment/{id}", put(appointment::put).fallback(only_put))
        .route("/Communication", post(notification::post).fallback(only_post))
        .route("/metadata", get(metadata::get))
        .fallback(nothing_here);
    Router::new().nest(BASE, routes)
}

async fn only_put(_client: Client) -> Denied {
    Problem::NotAllowed { allow: "PUT" }.into()
}

async fn only_post(_client: Client) -> Denied {
    Problem::NotAllowed { allow: "POST" }.into()
}

async fn nothing_here(_client: Client) -> Denied {
    Problem::NotFound.into()
}
