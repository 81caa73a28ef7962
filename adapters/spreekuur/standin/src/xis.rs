//! Spreekuur.nl as a client of a XIS (M-09): what it calls there, XS-01 to XS-15 of `spreekuur.md` section 5.2.
//!
//! `POST /_sim/xis` takes an [`Order`]: which operation, where, for which organisation and patient. It is carried out
//! call by call, answered with all that the XIS said, and kept for `/_sim/state`. A XIS that refuses is no failure of
//! the stand-in: it is told as the [`Ending`].

mod booking;
mod bundle;
mod cancel;
mod chat;
mod conversation;
mod discovery;
mod ending;
mod errand;
mod medication;
mod order;
mod pharmacy;
mod slots;
mod token;
mod triage;

use std::sync::Arc;

use adapter_kit::http::{HttpClient, HttpSettings};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Json, Response};
use http::StatusCode;
use serde_json::json;

pub(crate) use errand::Errand;

use crate::played::Played;
use conversation::Conversation;
use ending::Ending;
use order::{Operation, Order};

/// `POST /_sim/xis`.
pub(crate) async fn go(State(played): State<Arc<Played>>, body: Bytes) -> Response {
    let order = match Order::read(&body) {
        Ok(order) => order,
        Err(why) => return (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response(),
    };
    let errand = run(&played, &order).await;
    let told = errand.json();
    played.world().errands.put(errand);
    Json(told).into_response()
}

async fn run(played: &Played, order: &Order) -> Errand {
    let at = played.now();
    let settings = HttpSettings { hosts: order.hosts(), ..HttpSettings::default() };
    let Ok(transport) = settings.build() else {
        return Errand::of(order, at, Ending::Unreachable, Vec::new());
    };

    let http = HttpClient::new(transport, played.sim.clone());
    let mut conversation = Conversation::new(order, http, at);
    let ending = carry_out(played, order, &mut conversation).await;
    Errand::of(order, at, ending, conversation.into_calls())
}

async fn carry_out(played: &Played, order: &Order, with_xis: &mut Conversation<'_>) -> Ending {
    let bearer = token::bearer(played, order, with_xis).await;
    let ended = match bearer {
        Ok(bearer) => {
            with_xis.authorize(bearer);
            operate(played, order, with_xis).await
        }
        Err(refused) => Err(refused),
    };
    ended.unwrap_or_else(|refused| refused)
}

/// Both sides of the result are endings: `Ok` is the one hoped for.
async fn operate(played: &Played, order: &Order, xis: &mut Conversation<'_>) -> Result<Ending, Ending> {
    match &order.operation {
        Operation::BookV1(booking) => booking::v1(xis, booking).await,
        Operation::BookV2(booking) => booking::v2(xis, booking).await,
        Operation::Cancel(cancel) => cancel::cancel(xis, cancel).await,
        Operation::Discover(_) => discovery::discover(xis).await,
        Operation::Chat(message) => chat::send(xis, message, || played.world().next_id()).await,
        Operation::ReadMessage(message) => chat::read(xis, message).await,
        Operation::Triage(outcome) => triage::send(xis, outcome).await,
        Operation::Medication(list) => medication::list(xis, list).await,
        Operation::OrderMedication(chosen) => medication::order(xis, chosen).await,
        Operation::Pharmacies(asked) => pharmacy::look_up(xis, asked).await,
    }
}
