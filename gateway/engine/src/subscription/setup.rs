//! The link that sets subscriptions up: what a client wrote is put in force, the handshake is made, it becomes active.
//!
//! What it does follows from what the Subscription is now, not from which change is told, so that a worker that died in
//! the middle is followed by one that does the rest.

use std::sync::Arc;

use adapter_kit::{Deliver, ExchangeLog, Link, Policy};
use async_trait::async_trait;
use gateway_core::{Delivery, Failure, Id, Receipt, Resource, ResourceType, TenantId, Version};
use gateway_store::{InForce, StoreError, Stored, SubscriptionState};
use tokio::time::Instant;

use super::message::Status;
use super::names::{self, stable};
use super::notify::{Nothing, notification};
use super::send::{failed, later, problem};
use super::wanted::Form;
use super::{Hooks, key, ourselves};
use crate::Engine;

/// Sets subscriptions up.
struct Setup {
    engine: Arc<Engine>,
    hooks: Arc<Hooks>,
}

/// The link that sets subscriptions up.
pub(super) fn link(engine: &Arc<Engine>, hooks: &Arc<Hooks>) -> Link {
    let setup = Setup { engine: Arc::clone(engine), hooks: Arc::clone(hooks) };
    let policy = Policy { attempt_limit: hooks.attempt_limit(&engine.parts().store), ..Policy::default() };
    Link {
        check: Box::new(Nothing),
        deliver: Some(Box::new(setup)),
        poll: None,
        ask: None,
        sign_in: None,
        policy,
    }
}

#[async_trait]
impl Deliver for Setup {
    fn states(&self, _: ResourceType) -> bool {
        true
    }

    async fn deliver(&self, delivery: &Delivery, log: &ExchangeLog) -> Result<Receipt, Failure> {
        let (tenant, id) = (&delivery.tenant, &delivery.key.id);
        let stored = self.current(tenant, id).await.map_err(|e| later(&e))?;
        let Some(stored) = stored else { return Ok(Receipt::Withheld("there is no such Subscription")) };
        let status = stored.text.and_then(|text| Resource::from_text(text).ok());
        let state = status.as_ref().map_or(SubscriptionState::Gone, |resource| {
            resource
                .root()
                .text("status")
                .and_then(SubscriptionState::from_word)
                .unwrap_or(SubscriptionState::Off)
        });
        let in_force = in_force(tenant, id, stored.version, state);
        let looked = self.engine.put_in_force(&in_force).await.map_err(|e| later(&e))?;
        if state == SubscriptionState::Requested {
            let noticed = Instant::now() + self.hooks.waits(&self.engine.parts().store);
            let told = self.handshake(&looked.table, &in_force, log).await;
            let (state, why) = match told {
                Ok(()) => (SubscriptionState::Active, None),
                Err(why) => (SubscriptionState::Error, Some(why)),
            };
            if state == SubscriptionState::Active {
                tokio::time::sleep_until(noticed).await;
                self.engine.subscriptions().drained().await;
            }
            self.engine.becomes(&in_force, state, why.as_deref()).await.map_err(|e| problem(&e))?;
        }
        Ok(Receipt::Delivered { note: None })
    }
}

impl Setup {
    async fn current(&self, tenant: &TenantId, id: &Id) -> Result<Option<Stored>, StoreError> {
        self.engine.parts().store.of(&ourselves(tenant, "subscriptions")).read(&key(id)).await
    }

    /// Whether the subscriber wants what it is about to get. Plain R4 knows no handshake.
    async fn handshake(
        &self,
        table: &super::Table,
        in_force: &InForce,
        log: &ExchangeLog,
    ) -> Result<(), String> {
        let to = table.get(&in_force.link);
        let Some((to, wanted)) = to.and_then(|to| Some((to, to.wanted.as_ref()?))) else {
            return Err("it cannot be done as it is asked".to_owned());
        };
        let Form::Topic(topic) = &wanted.form else { return Ok(()) };
        let sending = self.engine.parts().store.subscription_sending(&in_force.link).await;
        let id = stable(&["handshake", in_force.link.as_str(), &in_force.version.to_string()]);
        let id = format!("msg_{}", id.simple());
        let status = Status {
            base: &self.hooks.base,
            id: &in_force.id,
            topic: Some(&topic.canonical),
            stands: "requested",
            kind: "handshake",
            events: sending.ok().flatten().map_or(0, |sending| sending.events),
            error: None,
        };
        let body = status.bundle(&id, self.engine.parts().clock.now(), topic.content, &[]);
        let message = notification(id, wanted, topic, body);
        let ended = self.engine.send(&self.hooks, (to, wanted), &message, log).await;
        failed(&ended).map_or(Ok(()), |why| Err(format!("the handshake failed: {why}")))
    }
}

fn in_force(tenant: &TenantId, id: &Id, version: Version, state: SubscriptionState) -> InForce {
    let link = names::link(tenant, id);
    InForce { tenant: tenant.clone(), id: id.clone(), link, version, state }
}
