//! What must be done for subscriptions now and then: heartbeats where nothing else was sent, an end where one was set.

use std::sync::Arc;

use adapter_kit::{ExchangeLog, Link};
use gateway_core::LinkId;
use gateway_store::SubscriptionState;
use time::OffsetDateTime;

use super::live::Subscribed;
use super::message::Status;
use super::names::{SETUP, stable};
use super::notify::{self, notification};
use super::wanted::{Form, Wanted};
use super::{Hooks, Table, setup};
use crate::{Engine, fault};

/// Looks after every active subscription once.
pub(crate) async fn tend(engine: &Engine) {
    let Some(hooks) = engine.hooks() else { return };
    let (table, now) = (engine.subscriptions().known().table, engine.parts().clock.now());
    for (_, to) in table.all().filter(|(_, one)| one.row.in_force.state == SubscriptionState::Active) {
        let Some(wanted) = &to.wanted else {
            ends(engine, to, SubscriptionState::Error, Some("it cannot be done any more as it is asked"))
                .await;
            continue;
        };
        if wanted.end.is_some_and(|end| end <= now) {
            ends(engine, to, SubscriptionState::Off, None).await;
        } else {
            heartbeat(engine, hooks, (to, wanted), now).await;
        }
    }
}

async fn ends(engine: &Engine, to: &Subscribed, state: SubscriptionState, why: Option<&str>) {
    if let Err(problem) = engine.becomes(&to.row.in_force, state, why).await {
        tracing::warn!(%problem, "a subscription could not be ended; it is tried again");
    }
}

/// Sends a heartbeat when one is due, and no other node did.
async fn heartbeat(
    engine: &Engine,
    hooks: &Hooks,
    (to, wanted): (&Subscribed, &Wanted),
    now: OffsetDateTime,
) {
    let Form::Topic(topic) = &wanted.form else { return };
    let Some(period) = topic.heartbeat else { return };
    let (store, in_force) = (&engine.parts().store, &to.row.in_force);
    let sending = match store.claim_heartbeat(&in_force.link, now - period, now).await {
        Ok(true) => store.subscription_sending(&in_force.link).await,
        Ok(false) => return,
        Err(error) => Err(error),
    };
    let allowed = engine.may_be_told(to, wanted).await;
    let (sending, allowed) = match (sending, allowed) {
        (Ok(sending), Ok(allowed)) => (sending, allowed),
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(cause = %fault::chain(&error), "a heartbeat was not sent");
            return;
        }
    };
    if !allowed {
        ends(engine, to, SubscriptionState::Error, Some("its client may not read what it is about any more"))
            .await;
        return;
    }
    let id = stable(&["heartbeat", in_force.link.as_str(), &now.unix_timestamp_nanos().to_string()]);
    let id = format!("msg_{}", id.simple());
    let status = Status {
        base: &hooks.base,
        id: &in_force.id,
        topic: Some(&topic.canonical),
        stands: "active",
        kind: "heartbeat",
        events: sending.map_or(0, |sending| sending.events),
        error: None,
    };
    let message = notification(id.clone(), wanted, topic, status.bundle(&id, now, topic.content, &[]));
    let ended = engine.send(hooks, (to, wanted), &message, &ExchangeLog::default()).await;
    if engine.ended(hooks, to, &ended).await.is_err() {
        tracing::info!(link = %in_force.link, "a heartbeat did not arrive");
    }
}

/// The links of a table: each subscription's, and the one that sets them up.
pub(crate) fn links(engine: &Arc<Engine>, table: &Table) -> Vec<(LinkId, Link)> {
    let Some(hooks) = engine.hooks() else { return Vec::new() };
    let setup = (SETUP.parse().expect("a word is the name of a link"), setup::link(engine, hooks));
    let own = table.all().map(|(link, _)| (link.clone(), notify::link(engine, hooks, link.clone())));
    own.chain(std::iter::once(setup)).collect()
}
